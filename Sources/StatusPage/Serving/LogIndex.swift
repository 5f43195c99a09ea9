import CSystem
import Glibc
import Threads

/// Where the lines of a log begin, as far as it was read; a log that grows is read on from there.
///
/// Every 256th line is noted, so a log of a gigabyte costs some hundred kilobytes, and any line is found by
/// reading less than that many others.
final class LogIndex: Sendable {
  /// Lines of a log.
  struct Page: Sendable {
    /// The number of the first, from 1.
    var from: Int
    var lines: [String]
    /// The bytes that they take.
    var bytes: Range<Int>
  }

  private struct State {
    /// Where the lines 1, 257, 513, ... begin.
    var marks = [0]
    /// How many ends of lines there are before `scanned`.
    var ends = 0
    var scanned = 0
    /// Where the line after the last end begins.
    var lastEnd = 0
  }

  static let stride = 256
  /// What a line may hold before it is cut.
  static let longestLine = 64 << 10
  private static let piece = 1 << 20

  private let descriptor: Int32
  /// Tells the file from another one of its name.
  let identity: ino_t
  private let state = Guarded(State())

  /// Nil: it cannot be opened, or is no file.
  init?(path: String) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return nil }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      return nil
    }
    identity = status.st_ino
  }

  deinit { close(descriptor) }

  /// How many bytes there are now.
  var size: Int {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  /// How many lines there are now; one that has not ended counts.
  var lineCount: Int {
    state.withLock { state in
      scan(&state)
      return state.ends + (state.scanned > state.lastEnd ? 1 : 0)
    }
  }

  /// Lines from a number on, with their secrets hidden.
  func lines(from first: Int, count: Int, _ mask: SecretMask) -> Page {
    state.withLock { state in
      scan(&state)
      let first = max(1, first)
      let mark = min((first - 1) / Self.stride, state.marks.count - 1)
      var reader = LineReader(descriptor: descriptor, offset: state.marks[mark], end: state.scanned)
      var number = mark * Self.stride + 1
      while number < first, reader.skip() { number += 1 }
      let start = reader.offset
      var lines: [String] = []
      while lines.count < count, let line = reader.nextBytes() {
        lines.append(LineReader.text(of: line, mask))
      }
      return Page(from: first, lines: lines, bytes: start..<reader.offset)
    }
  }

  /// The last lines, with their secrets hidden.
  func last(_ count: Int, _ mask: SecretMask) -> Page {
    lines(from: max(1, lineCount - count + 1), count: count, mask)
  }

  /// The lines from a number on that hold a text, whatever its case. Secrets are hidden before they are
  /// looked at, or asking for one would tell whether it is there.
  ///
  /// - Returns: the lines, and where to go on; nil: at the end.
  func search(
    _ text: String, from first: Int, limit: Int, _ mask: SecretMask
  ) -> (found: [(Int, String)], next: Int?) {
    state.withLock { state in
      scan(&state)
      let mark = min((max(1, first) - 1) / Self.stride, state.marks.count - 1)
      var reader = LineReader(descriptor: descriptor, offset: state.marks[mark], end: state.scanned)
      let sought = text.utf8.map(Self.lowercased)
      var number = mark * Self.stride + 1
      var found: [(Int, String)] = []
      while var bytes = reader.nextBytes() {
        mask.hide(in: &bytes)
        if number >= first, Self.holds(bytes, sought) {
          if found.count == limit { return (found, number) }
          found.append((number, LineReader.text(of: bytes, SecretMask(pieces: []))))
        }
        number += 1
      }
      return (found, nil)
    }
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 { (65...90).contains(byte) ? byte | 0x20 : byte }

  private static func holds(_ bytes: [UInt8], _ sought: [UInt8]) -> Bool {
    let folded = bytes.map(lowercased)
    return folded.withUnsafeBytes { line in
      sought.withUnsafeBytes { heddle_find(line.baseAddress, line.count, $0.baseAddress, $0.count) != nil }
    }
  }

  /// Notes the lines of what was written since.
  private func scan(_ state: inout State) {
    var buffer = [UInt8](repeating: 0, count: min(Self.piece, max(4096, size - state.scanned)))
    while true {
      let got = pread(descriptor, &buffer, buffer.count, off_t(state.scanned))
      guard got > 0 else { return }
      buffer.withUnsafeBytes { bytes in
        guard let base = bytes.baseAddress else { return }
        var place = 0
        while place < got, let end = memchr(base + place, 10, got - place) {
          place = base.distance(to: UnsafeRawPointer(end)) + 1
          state.ends += 1
          state.lastEnd = state.scanned + place
          if state.ends % Self.stride == 0 { state.marks.append(state.scanned + place) }
        }
      }
      state.scanned += got
    }
  }
}

/// Reads lines of a file one after another.
private struct LineReader {
  private let descriptor: Int32
  private let end: Int
  private(set) var offset: Int
  private var buffer: [UInt8] = []
  private var place = 0

  init(descriptor: Int32, offset: Int, end: Int) {
    self.descriptor = descriptor
    self.offset = offset
    self.end = end
  }

  /// The text of a line; what is no UTF-8 is replaced, and what is too long is cut.
  static func text(of line: [UInt8], _ mask: SecretMask) -> String {
    var bytes = line
    mask.hide(in: &bytes)
    guard bytes.count > LogIndex.longestLine else { return String(decoding: bytes, as: UTF8.self) }
    return String(decoding: bytes.prefix(LogIndex.longestLine), as: UTF8.self) + "…"
  }

  mutating func skip() -> Bool { nextBytes() != nil }

  /// A line without its end; of one that is too long its beginning. Nil at the end.
  mutating func nextBytes() -> [UInt8]? {
    guard offset < end else { return nil }
    var line: [UInt8] = []
    while offset < end {
      if place == buffer.count, !fill() { break }
      let rest = buffer[place...]
      let stop = rest.firstIndex(of: UInt8(ascii: "\n"))
      let part = rest[..<(stop ?? rest.endIndex)]
      line += part.prefix(max(0, LogIndex.longestLine + 1 - line.count))
      let taken = part.count + (stop == nil ? 0 : 1)
      place += taken
      offset += taken
      if stop != nil { break }
    }
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    return line
  }

  private mutating func fill() -> Bool {
    var piece = [UInt8](repeating: 0, count: min(1 << 16, end - offset))
    let got = pread(descriptor, &piece, piece.count, off_t(offset))
    guard got > 0 else {
      offset = end
      return false
    }
    buffer = Array(piece.prefix(got))
    place = 0
    return true
  }
}
