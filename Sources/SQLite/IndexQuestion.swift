import CSQLite

/// What SQLite wants to know from a virtual table while it compiles a statement: given these constraints and
/// this order, what would reading cost? And the place for the answer.
public struct IndexQuestion {
  /// How a column is compared.
  public enum Comparison: Hashable, Sendable {
    case equal, greater, greaterOrEqual, less, lessOrEqual, isSame, isNull, isNotNull
  }

  /// A comparison of a column with a value that is known when reading starts.
  public struct Constraint: Sendable {
    /// Its place among the constraints.
    public var number: Int
    public var column: Int
    public var comparison: Comparison
  }

  let info: UnsafeMutablePointer<sqlite3_index_info>

  /// Those that can be used, on columns and by comparisons that a table can serve.
  public var constraints: [Constraint] {
    var found: [Constraint] = []
    for number in 0..<Int(info.pointee.nConstraint) {
      let constraint = info.pointee.aConstraint[number]
      guard constraint.usable != 0, constraint.iColumn >= 0,
        let comparison = Self.comparison(constraint.op)
      else { continue }
      found.append(Constraint(number: number, column: Int(constraint.iColumn), comparison: comparison))
    }
    return found
  }

  /// The collation that the statement compares by.
  public func collation(of constraint: Constraint) -> String {
    sqlite3_vtab_collation(info, Int32(constraint.number)).map { String(cString: $0) } ?? "BINARY"
  }

  /// The order asked for; a column of -1 is the row's number.
  public var order: [(column: Int, descending: Bool)] {
    (0..<Int(info.pointee.nOrderBy)).map {
      (Int(info.pointee.aOrderBy[$0].iColumn), info.pointee.aOrderBy[$0].desc != 0)
    }
  }

  /// The columns, of so many, that the statement may ask for.
  public func usedColumns(of count: Int) -> [Int] {
    let mask = info.pointee.colUsed
    return (0..<count).filter { mask >> UInt64(min($0, 63)) & 1 != 0 }
  }

  /// Hands the value of a constraint to the cursor as its `argument`, counted from 0. SQLite still checks the
  /// rows.
  public mutating func use(_ constraint: Constraint, asArgument argument: Int) {
    info.pointee.aConstraintUsage[constraint.number].argvIndex = Int32(clamping: argument + 1)
    info.pointee.aConstraintUsage[constraint.number].omit = 0
  }

  /// The answer: the cursor's `filter` will be given `plan`.
  public mutating func answer(
    plan: Int, cost: Double, rows: Int64, isUnique: Bool, isOrdered: Bool
  ) {
    info.pointee.idxNum = Int32(clamping: plan)
    info.pointee.estimatedCost = cost
    info.pointee.estimatedRows = rows
    info.pointee.idxFlags = isUnique ? SQLITE_INDEX_SCAN_UNIQUE : 0
    info.pointee.orderByConsumed = isOrdered ? 1 : 0
  }

  private static func comparison(_ code: UInt8) -> Comparison? {
    switch Int32(code) {
    case SQLITE_INDEX_CONSTRAINT_EQ: .equal
    case SQLITE_INDEX_CONSTRAINT_GT: .greater
    case SQLITE_INDEX_CONSTRAINT_GE: .greaterOrEqual
    case SQLITE_INDEX_CONSTRAINT_LT: .less
    case SQLITE_INDEX_CONSTRAINT_LE: .lessOrEqual
    case SQLITE_INDEX_CONSTRAINT_IS: .isSame
    case SQLITE_INDEX_CONSTRAINT_ISNULL: .isNull
    case SQLITE_INDEX_CONSTRAINT_ISNOTNULL: .isNotNull
    default: nil
    }
  }
}

/// The values that a cursor starts with; gone when `filter` returns.
public struct CursorArguments {
  let values: UnsafeMutablePointer<OpaquePointer?>?
  public let count: Int

  /// How SQLite holds a value, counted from 0; null where there is none.
  public func storage(_ index: Int) -> Statement.Storage {
    guard index < count, let value = values?[index] else { return .null }
    switch sqlite3_value_type(value) {
    case SQLITE_INTEGER: return .integer
    case SQLITE_FLOAT: return .real
    case SQLITE_TEXT: return .text
    case SQLITE_BLOB: return .blob
    default: return .null
    }
  }

  /// Whether SQLite would take a text for a number where it is compared with one.
  public func looksNumeric(_ index: Int) -> Bool {
    guard index < count, let value = values?[index], let copy = sqlite3_value_dup(value) else { return true }
    defer { sqlite3_value_free(copy) }
    return sqlite3_value_numeric_type(copy) != SQLITE_TEXT
  }

  /// Binds a value to a parameter of another connection's statement.
  public func bind(_ index: Int, to statement: Statement, at parameter: Int) {
    guard index < count, let value = values?[index] else { return statement.bindNull(at: parameter) }
    sqlite3_bind_value(statement.handle, Int32(parameter), value)
  }
}

/// Where a cursor puts the value of a column.
public struct ResultSlot {
  let context: OpaquePointer

  /// A column of the current row of another connection's statement; SQLite takes a copy.
  public func set(_ statement: Statement, column: Int) {
    sqlite3_result_value(context, sqlite3_column_value(statement.handle, Int32(column)))
  }

  /// Answers with NULL.
  public func setNull() { sqlite3_result_null(context) }
}
