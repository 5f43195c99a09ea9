/// A value as YAML, params and SQLite know it.
public enum Scalar: Hashable, Sendable {
  case null
  case boolean(Bool)
  case integer(Int64)
  case real(Double)
  case text(String)
}

extension Scalar {
  /// The value as an environment variable or an argument shows it; null is empty.
  public var text: String {
    switch self {
    case .null: ""
    case .boolean(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .real(let value): String(value)
    case .text(let value): value
    }
  }
}

/// A value written down, or computed by SQL (one row, one column) with the run's bound values.
public enum ValueExpression: Sendable {
  case literal(Scalar)
  case sql(LocatedText)
}

/// The type of a column as declarations and SELECTs tell it; the affinity that SQLite gives it.
public enum ColumnType: String, Sendable, CaseIterable {
  case text, integer, real, numeric, blob, boolean, date, timestamp, any

  /// What stands in CREATE TABLE.
  public var declaration: String {
    switch self {
    case .text, .date, .timestamp: "TEXT"
    case .integer, .boolean: "INTEGER"
    case .real: "REAL"
    case .numeric: "NUMERIC"
    case .blob: "BLOB"
    case .any: ""
    }
  }
}

/// A column of a dataset.
public struct Column: Hashable, Sendable {
  public var name: String
  public var type: ColumnType

  public init(name: String, type: ColumnType) {
    self.name = name
    self.type = type
  }
}
