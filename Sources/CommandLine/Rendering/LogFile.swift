import Glibc

/// A log file of an attempt.
enum LogFile {
  /// More than this is never read for a tail.
  private static let mostBytes = 64 << 10

  /// The last lines of a file, without line ends; empty when it cannot be read or holds nothing.
  static func tail(of path: String, lines count: Int) -> [String] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    let end = lseek(descriptor, 0, SEEK_END)
    let start = max(0, end - mostBytes)
    guard end > 0, lseek(descriptor, start, SEEK_SET) >= 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: end - start)
    let got = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
    guard got > 0 else { return [] }
    var text = bytes[..<got]
    if text.last == UInt8(ascii: "\n") { text.removeLast() }
    var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    // The first line may have begun before what was read.
    if start > 0, lines.count > 1 { lines.removeFirst() }
    return lines.suffix(count).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Hands on every line without its end, however large the file is; false when it cannot be read.
  static func lines(of path: String, _ body: (String) -> Void) -> Bool {
    var log = GrowingLog(path: path)
    return log.read(isFinal: true, body)
  }
}
