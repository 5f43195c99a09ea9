import Basics
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

  /// Adds the column's value to a digest.
  func add(_ column: Int, as hashed: ContentHash.Column, to hash: inout ContentHash) {
    switch self {
    case .selected(let row):
      switch row.storage(column) {
      case .null: hash.addNull(in: hashed)
      case .integer: hash.add(row.int64(column), in: hashed)
      case .real: hash.add(row.double(column), in: hashed)
      case .text:
        row.withUTF8(column) {
          hash.add(text: UnsafeRawBufferPointer($0 ?? .init(start: nil, count: 0)), in: hashed)
        }
      case .blob: row.blob(column).withUnsafeBytes { hash.add(blob: $0, in: hashed) }
      }
    case .read(let row):
      switch row.fields[column] {
      case .null: hash.addNull(in: hashed)
      case .integer(let value): hash.add(value, in: hashed)
      case .real(let value): hash.add(value, in: hashed)
      case .text(let range):
        row.bytes.withUnsafeBytes { hash.add(text: .init(rebasing: $0[range]), in: hashed) }
      case .blob(let range):
        row.bytes.withUnsafeBytes { hash.add(blob: .init(rebasing: $0[range]), in: hashed) }
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
