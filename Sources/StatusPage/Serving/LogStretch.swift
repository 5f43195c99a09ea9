import Execution

/// The lines of a log from one mark to the next, with their secrets hidden. Only the last may be long, and of
/// that what is cut away is not read.
struct LogStretch {
  let bytes: [UInt8]
  private let offset: Int
  private let end: Int

  init(from descriptor: Int32, at offset: Int, to end: Int, _ mask: SecretMask) {
    let most = LogIndex.stride + LogIndex.longestLine + 2
    bytes = mask.stretch(offset..<min(end, offset + most), of: descriptor) ?? []
    self.offset = offset
    self.end = end
  }

  /// The places of the lines, with their ends.
  var lines: [Range<Int>] {
    var lines: [Range<Int>] = []
    var place = 0
    while place < bytes.count {
      let stop = bytes[place...].firstIndex(of: UInt8(ascii: "\n"))
      lines.append(offset + place..<(stop.map { offset + $0 + 1 } ?? end))
      place = stop.map { $0 + 1 } ?? bytes.count
    }
    return lines
  }

  /// A line without its end, as far as it was read.
  func content(of line: Range<Int>) -> Range<Int> {
    let start = line.lowerBound - offset
    var stop = min(bytes.count, line.upperBound - offset)
    if stop > start, bytes[stop - 1] == UInt8(ascii: "\n") { stop -= 1 }
    if stop > start, bytes[stop - 1] == UInt8(ascii: "\r") { stop -= 1 }
    return start..<stop
  }

  /// The text of a line; what is no UTF-8 is replaced, and what is too long is cut.
  func text(of line: Range<Int>) -> String {
    let content = content(of: line)
    guard content.count > LogIndex.longestLine else { return String(decoding: bytes[content], as: UTF8.self) }
    return String(decoding: bytes[content].prefix(LogIndex.longestLine), as: UTF8.self) + "…"
  }
  /// How grave a line is; nil: it does not say.
  func level(of line: Range<Int>) -> LogLevel? {
    bytes.withUnsafeBytes { LogLevel(ofLine: UnsafeRawBufferPointer(rebasing: $0[content(of: line)])) }
  }
}
