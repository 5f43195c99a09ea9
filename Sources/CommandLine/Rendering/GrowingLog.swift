import Execution
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
  /// How much of `rest` was handed on; it is held because a secret may begin there.
  private var shown = 0

  init(path: String) { self.path = path }

  /// Hands on the lines that were written since the last time, without their ends, and with their secrets
  /// hidden.
  ///
  /// - Parameters:
  ///   - isFinal: nobody writes any more, so what is left is a line too.
  ///   - isWanted: asked now and then whether anybody still wants lines.
  /// - Returns: whether the file is there.
  @discardableResult
  mutating func read(
    isFinal: Bool, _ mask: SecretMask, while isWanted: () -> Bool = { true }, _ line: (String) -> Void
  ) -> Bool {
    if file == nil { file = File(path) }
    guard let file else { return false }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while isWanted() {
      let got = buffer.withUnsafeMutableBytes { Glibc.read(file.descriptor, $0.baseAddress, $0.count) }
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { break }
      var start = 0
      while let end = buffer[start..<got].firstIndex(of: UInt8(ascii: "\n")) {
        rest += buffer[start..<end]
        handOn(upTo: rest.count, mask, line)
        rest.removeAll(keepingCapacity: true)
        shown = 0
        start = end + 1
      }
      rest += buffer[start..<got]
      if rest.count - shown > Self.longestLine {
        // What may be the beginning of a secret waits for its end.
        handOn(upTo: rest.count - mask.reach, mask, line)
        let told = max(0, shown - mask.reach)
        rest.removeFirst(told)
        shown -= told
      }
    }
    if isFinal, shown < rest.count {
      handOn(upTo: rest.count, mask, line)
      rest.removeAll()
      shown = 0
    }
    return true
  }

  private mutating func handOn(upTo end: Int, _ mask: SecretMask, _ line: (String) -> Void) {
    var bytes = rest
    mask.hide(in: &bytes)
    line(String(decoding: bytes[shown..<end], as: UTF8.self))
    shown = end
  }
}
