import Diagnostics

/// A text that was written inside a file, SQL mostly, and how its bytes map to places in that file.
public struct LocatedText: Sendable {
  public let text: String
  /// Where the text begins: its first scalar.
  public let position: SourcePosition
  /// The column at which each later line of the text begins in the file, counted from 1: 1 in a file of its
  /// own, the indentation of a YAML block. Nil when the text was folded or escaped, so that only its
  /// beginning has a place, which then stands for all of it.
  public let laterLinesColumn: Int?

  public init(text: String, position: SourcePosition, laterLinesColumn: Int?) {
    self.text = text
    self.position = position
    self.laterLinesColumn = laterLinesColumn
  }

  /// The place in the file of a byte of the text; past the end it is the end.
  public func position(atByte offset: Int) -> SourcePosition {
    guard let start = laterLinesColumn else { return position }
    var line = 0
    var column = 0
    for byte in text.utf8.prefix(max(0, offset)) {
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 0
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
    if line == 0 {
      return SourcePosition(file: position.file, line: position.line, column: position.column + column)
    }
    return SourcePosition(file: position.file, line: position.line + line, column: start + column)
  }
}
