import Diagnostics
import MeshModel

extension YAMLNode {
  /// The text of a scalar with the places of its bytes in the file.
  var locatedText: LocatedText {
    let place = position
    switch style {
    case .literal: return literalText(indicator: place)
    case .folded:
      let content = SourcePosition(
        file: document.file, line: place.line + 1, column: indentation(ofLine: place.line + 1) + 1)
      return LocatedText(text: text, position: content, laterLinesColumn: nil)
    case .singleQuoted, .doubleQuoted:
      let start = SourcePosition(file: document.file, line: place.line, column: place.column + 1)
      let isPlain = length - 2 == text.unicodeScalars.count
      return LocatedText(text: text, position: start, laterLinesColumn: isPlain ? start.column : nil)
    default:
      let isPlain = length == text.unicodeScalars.count
      return LocatedText(text: text, position: place, laterLinesColumn: isPlain ? place.column : nil)
    }
  }

  /// A `|` block: each line of the text is one line of the file, all indented alike.
  private func literalText(indicator: SourcePosition) -> LocatedText {
    var indent = 0
    var line = indicator.line + 1
    var spaces = 0
    for byte in text.utf8 {
      if byte == UInt8(ascii: "\n") {
        line += 1
        spaces = 0
      } else if byte == UInt8(ascii: " ") {
        spaces += 1
      } else {
        indent = max(0, indentation(ofLine: line) - spaces)
        break
      }
    }
    let start = SourcePosition(file: document.file, line: indicator.line + 1, column: indent + 1)
    return LocatedText(text: text, position: start, laterLinesColumn: indent + 1)
  }

  private func indentation(ofLine number: Int) -> Int {
    document.file.line(number)?.utf8.prefix { $0 == UInt8(ascii: " ") }.count ?? 0
  }
}
