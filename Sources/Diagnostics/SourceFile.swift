/// A text from outside, with its name and where its lines begin.
///
/// Shared by reference: thousands of positions point into one file.
public final class SourceFile: Sendable {
  /// The path as users see it, relative to the project; `-` for standard input.
  public let path: String
  /// The text as UTF-8. Invalid bytes were refused before.
  public let text: String
  private let lineStarts: [Int]

  public init(path: String, text: String) {
    self.path = path
    self.text = text
    var starts = [0]
    var offset = 0
    for byte in text.utf8 {
      offset += 1
      if byte == UInt8(ascii: "\n") { starts.append(offset) }
    }
    lineStarts = starts
  }

  /// How many lines the text has, the last one perhaps empty.
  public var lineCount: Int { lineStarts.count }

  /// The text of a line, counted from 1, without its line end; nil when there is no such line.
  public func line(_ number: Int) -> String? {
    guard number >= 1, number <= lineStarts.count else { return nil }
    let start = lineStarts[number - 1]
    let end = number < lineStarts.count ? lineStarts[number] : text.utf8.count
    var bytes = Array(text.utf8.dropFirst(start).prefix(end - start))
    while let last = bytes.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") {
      bytes.removeLast()
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The place of a byte of the text; past the end it is the end.
  public func position(atByte offset: Int) -> SourcePosition {
    let held = min(max(offset, 0), text.utf8.count)
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= held { low = middle } else { high = middle }
    }
    let start = lineStarts[low]
    let before = String(decoding: text.utf8.dropFirst(start).prefix(held - start), as: UTF8.self)
    return SourcePosition(file: self, line: low + 1, column: before.unicodeScalars.count + 1)
  }
}

/// A place in a file. Lines and columns count from 1; columns count Unicode scalars.
public struct SourcePosition: Sendable {
  public let file: SourceFile
  private let packedLine: Int32
  private let packedColumn: Int32

  public init(file: SourceFile, line: Int, column: Int) {
    self.file = file
    packedLine = Int32(clamping: line)
    packedColumn = Int32(clamping: column)
  }

  public var line: Int { Int(packedLine) }
  public var column: Int { Int(packedColumn) }
}

extension SourcePosition: Hashable, Comparable, CustomStringConvertible {
  public static func == (left: SourcePosition, right: SourcePosition) -> Bool {
    left.file.path == right.file.path && left.line == right.line && left.column == right.column
  }

  public static func < (left: SourcePosition, right: SourcePosition) -> Bool {
    (left.file.path, left.line, left.column) < (right.file.path, right.line, right.column)
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(file.path)
    hasher.combine(packedLine)
    hasher.combine(packedColumn)
  }

  /// `file:line:column`.
  public var description: String { "\(file.path):\(line):\(column)" }
}

/// A value and where it was written.
public struct Located<Value> {
  public var value: Value
  public var position: SourcePosition

  public init(_ value: Value, at position: SourcePosition) {
    self.value = value
    self.position = position
  }
}

extension Located: Sendable where Value: Sendable {}
