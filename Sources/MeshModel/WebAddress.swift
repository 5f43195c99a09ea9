/// What may be asked over the web.
public enum WebAddress {
  /// Whether a text is an address of HTTP: a program that fetches it can take it for nothing else.
  public static func isValid(_ text: String) -> Bool {
    let rest = ["http://", "https://"].first { text.lowercased().hasPrefix($0) }.map {
      text.utf8.dropFirst($0.utf8.count)
    }
    guard let rest, let first = rest.first, first != UInt8(ascii: "/") else { return false }
    return text.utf8.count <= 4096 && text.utf8.allSatisfy { $0 > 32 && $0 != 127 }
  }
}
