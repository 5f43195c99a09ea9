/// Rows for people and programs: aligned under headings on a terminal, separated by tabs elsewhere.
///
/// Nothing is cut: an identity that is cut is no identity.
struct Table {
  /// One cell.
  enum Cell: Equatable {
    case text(String)
    /// Right-aligned.
    case number(String)
    case state(StateLabel)

    static func number(_ value: (some BinaryInteger)?) -> Cell { .number(value.map { String($0) } ?? "") }
  }

  var headings: [String]
  var rows: [[Cell]] = []

  init(_ headings: [String]) { self.headings = headings }

  mutating func add(_ cells: Cell...) { rows.append(cells) }

  /// Writes the table as its reader wants it.
  func write(to output: Output) {
    if output.isTerminal {
      writeAligned(to: output)
    } else {
      for row in rows { output.line(row.map(\.plain).joined(separator: "\t")) }
    }
  }

  private func writeAligned(to output: Output) {
    let paint = Paint(output)
    var widths = headings.map(TerminalText.width)
    for row in rows {
      for (column, cell) in row.enumerated() where column < widths.count {
        widths[column] = max(widths[column], cell.width)
      }
    }
    let head = zip(headings, widths).enumerated().map { column, pair in
      pad(pair.0, width: TerminalText.width(pair.0), to: pair.1, right: isNumeric(column))
    }
    output.line(paint.dim(trimmed(head.joined(separator: "  "))))
    for row in rows {
      let cells = zip(row, widths).map { cell, width in
        pad(cell.shown(paint), width: cell.width, to: width, right: cell.isNumber)
      }
      output.line(trimmed(cells.joined(separator: "  ")))
    }
  }

  private func isNumeric(_ column: Int) -> Bool {
    guard let row = rows.first, column < row.count else { return false }
    return row[column].isNumber
  }

  private func pad(_ text: String, width: Int, to wanted: Int, right: Bool) -> String {
    let space = String(repeating: " ", count: max(0, wanted - width))
    return right ? space + text : text + space
  }

  private func trimmed(_ line: String) -> String {
    var line = Substring(line)
    while line.last == " " { line.removeLast() }
    return String(line)
  }
}

extension Table.Cell {
  fileprivate var isNumber: Bool { if case .number = self { true } else { false } }

  fileprivate var width: Int { TerminalText.width(shown(Paint(isOn: false))) }

  fileprivate func shown(_ paint: Paint) -> String {
    switch self {
    case .text(let text), .number(let text): TerminalText.clean(text)
    case .state(let label): label.text(paint)
    }
  }

  /// For programs: states by their own names.
  fileprivate var plain: String {
    switch self {
    case .text(let text), .number(let text): TerminalText.clean(text)
    case .state(let label): label.name
    }
  }
}
