import CSystem

/// The text of a token: `hdl_`, the eight digits of its id, and 64 that nobody can guess.
public enum TokenText {
  private static let prefix = "hdl_"

  /// A new one; nil: the machine gives no chance.
  public static func make() -> String? {
    var bytes = [UInt8](repeating: 0, count: 36)
    guard heddle_random(&bytes, bytes.count) == 0 else { return nil }
    let digits = bytes.flatMap { [$0 >> 4, $0 & 15] }.map { String($0, radix: 16) }.joined()
    return "\(prefix)\(digits.prefix(8))_\(digits.dropFirst(8))"
  }

  /// The id in a token's text; nil: it is none.
  public static func id(in text: String) -> String? {
    let parts = text.split(separator: "_", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "hdl", isID(parts[1]), parts[2].utf8.count == 64 else { return nil }
    return String(parts[1])
  }

  /// Whether a text is an id as tokens have them.
  public static func isID(_ text: some StringProtocol) -> Bool {
    text.utf8.count == 8
      && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }
}
