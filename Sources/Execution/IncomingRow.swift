import SQLite

/// A row on its way into a dataset.
enum IncomingRow {
  case selected(Statement)
  case read(RowBuffer)

  func bind(_ column: Int, to statement: Statement, at index: Int) {
    switch self {
    case .selected(let row): statement.bind(column: column, of: row, at: index)
    case .read(let row):
      switch row.fields[column] {
      case .null: statement.bindNull(at: index)
      case .integer(let value): statement.bind(value, at: index)
      case .real(let value): statement.bind(value, at: index)
      case .text(let range):
        row.bytes.withUnsafeBufferPointer { statement.bind(utf8: .init(rebasing: $0[range]), at: index) }
      case .blob(let range): statement.bind(blob: Array(row.bytes[range]), at: index)
      }
    }
  }

  func isNull(_ column: Int) -> Bool {
    switch self {
    case .selected(let row): row.isNull(column)
    case .read(let row): row.fields[column] == .null
    }
  }

  /// Whether the column shows as exactly this text; nil stands for NULL.
  func shows(_ expected: [UInt8]?, in column: Int) -> Bool {
    if isNull(column) { return expected == nil }
    guard let expected else { return false }
    switch self {
    case .selected(let row):
      return row.withUTF8(column) { $0?.elementsEqual(expected) ?? false }
    case .read(let row):
      if case .text(let range) = row.fields[column] { return row.bytes[range].elementsEqual(expected) }
      return row.text(row.fields[column]).utf8.elementsEqual(expected)
    }
  }

  /// The column for messages.
  func text(_ column: Int) -> String {
    switch self {
    case .selected(let row): row.isNull(column) ? "NULL" : row.text(column)
    case .read(let row): row.text(row.fields[column])
    }
  }
}
