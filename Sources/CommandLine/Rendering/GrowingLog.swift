import Glibc

/// A log file that may still be written to, or not be there yet, read line by line.
struct GrowingLog {
  private let path: String
  private var file: File?
  /// The beginning of a line whose end is not written yet.
  private var rest: [UInt8] = []

  /// An open file, closed when nothing holds it any more. It stays the same whatever becomes of its name.
  private final class File {
    let descriptor: Int32

    init?(_ path: String) {
      descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
      if descriptor < 0 { return nil }
    }

    deinit { close(descriptor) }
  }

  /// A line without end is handed on in pieces of this size rather than held.
  private static let longestLine = 1 << 20

  init(path: String) { self.path = path }

  /// Hands on the lines that were written since the last time, without their ends.
  ///
  /// - Parameter isFinal: nobody writes any more, so what is left is a line too.
  /// - Returns: whether the file is there.
  @discardableResult
  mutating func read(isFinal: Bool, _ line: (String) -> Void) -> Bool {
    if file == nil { file = File(path) }
    guard let file else { return false }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let got = buffer.withUnsafeMutableBytes { Glibc.read(file.descriptor, $0.baseAddress, $0.count) }
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { break }
      var start = 0
      while let end = buffer[start..<got].firstIndex(of: UInt8(ascii: "\n")) {
        rest += buffer[start..<end]
        line(String(decoding: rest, as: UTF8.self))
        rest.removeAll(keepingCapacity: true)
        start = end + 1
      }
      rest += buffer[start..<got]
      if rest.count > Self.longestLine { handOn(line) }
    }
    if isFinal { handOn(line) }
    return true
  }

  private mutating func handOn(_ line: (String) -> Void) {
    guard !rest.isEmpty else { return }
    line(String(decoding: rest, as: UTF8.self))
    rest.removeAll(keepingCapacity: true)
  }
}
