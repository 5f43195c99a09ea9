import MeshModel
import Orchestration

/// Rows that differ, a line each: `-` for what is missing, `+` for what is too many.
struct RowDifferenceView {
  /// More are counted only.
  private static let mostShown = 10

  let difference: RowDifference

  /// What is wrong, in one sentence.
  var summary: String {
    var parts: [String] = []
    if !difference.missing.isEmpty {
      parts.append("\(Counted.text(difference.missing.count, "row")) expected and not there")
    }
    if !difference.surplus.isEmpty {
      parts.append("\(Counted.text(difference.surplus.count, "row")) there and not expected")
    }
    return "\(difference.dataset): " + parts.joined(separator: ", ")
  }

  func write(to output: Output, indent: String) {
    let paint = Paint(output)
    output.line("\(indent)\(summary)")
    for row in difference.missing.prefix(Self.mostShown) {
      output.line(
        "\(indent)" + paint.colour(.red, "- \(text(row.values))") + "  \(row.position)")
    }
    writeRest(difference.missing.count, to: output, indent)
    for row in difference.surplus.prefix(Self.mostShown) {
      output.line("\(indent)" + paint.colour(.green, "+ \(text(row))"))
    }
    writeRest(difference.surplus.count, to: output, indent)
  }

  private func writeRest(_ count: Int, to output: Output, _ indent: String) {
    if count > Self.mostShown { output.line("\(indent)  and \(count - Self.mostShown) more") }
  }

  private func text(_ values: [Scalar]) -> String {
    difference.columns.isEmpty ? "a row" : Self.text(values, of: difference.columns)
  }

  /// A row, its columns named.
  static func text(_ values: [Scalar], of columns: [String]) -> String {
    zip(columns, values).map { "\($0)=\(text($1))" }.joined(separator: " ")
  }

  /// A value of a row, so that NULL and an empty text differ.
  private static func text(_ value: Scalar) -> String {
    switch value {
    case .null: "NULL"
    case .text(let text): text.isEmpty ? "''" : TerminalText.clean(text)
    default: value.text
    }
  }
}
