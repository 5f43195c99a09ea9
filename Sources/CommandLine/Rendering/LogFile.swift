import Execution
import Glibc

/// A log file of an attempt.
enum LogFile {
  /// More than this is never read for a tail.
  private static let mostBytes = 64 << 10

  /// The last lines of a file, without line ends and with their secrets hidden; empty when it cannot be read
  /// or holds nothing.
  static func tail(of path: String, lines count: Int, _ mask: SecretMask) -> [String] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    let end = lseek(descriptor, 0, SEEK_END)
    let start = max(0, end - mostBytes)
    guard end > 0, var text = mask.stretch(start..<end, of: descriptor) else { return [] }
    if text.last == UInt8(ascii: "\n") { text.removeLast() }
    var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    // The first line may have begun before what was read.
    if start > 0, lines.count > 1 { lines.removeFirst() }
    return lines.suffix(count).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Hands on every line without its end and with its secrets hidden, however large the file is; false when
  /// it cannot be read.
  static func lines(of path: String, _ mask: SecretMask, _ body: (String) -> Void) -> Bool {
    var log = GrowingLog(path: path)
    return log.read(isFinal: true, mask, body)
  }
}
