import CSQLite

extension Statement {
  /// The column of a table that a column of the result plainly is.
  public struct Origin: Hashable, Sendable {
    public var database: String
    public var table: String
    public var column: String
  }

  /// The type that the table's declaration gives a column of the result; nil for an expression.
  public func declaredType(_ index: Int) -> String? {
    sqlite3_column_decltype(handle, Int32(index)).map { String(cString: $0) }
  }

  /// Nil for an expression. For UNION it names a column of one arm only.
  public func origin(_ index: Int) -> Origin? {
    guard let database = sqlite3_column_database_name(handle, Int32(index)),
      let table = sqlite3_column_table_name(handle, Int32(index)),
      let column = sqlite3_column_origin_name(handle, Int32(index))
    else { return nil }
    return Origin(
      database: String(cString: database), table: String(cString: table), column: String(cString: column))
  }
}

extension Connection {
  /// How a column of a table was declared.
  public struct ColumnDeclaration: Hashable, Sendable {
    public var type: String
    /// `BINARY`, `NOCASE` or `RTRIM`.
    public var collation: String
    public var isNotNull: Bool
    public var isPrimaryKey: Bool
  }

  /// Nil when there is no such table or column, or when it is a view.
  public func declaration(of column: String, in table: String, database: String) -> ColumnDeclaration? {
    var type: UnsafePointer<CChar>?
    var collation: UnsafePointer<CChar>?
    var notNull: Int32 = 0
    var key: Int32 = 0
    guard
      sqlite3_table_column_metadata(
        handle, database, table, column, &type, &collation, &notNull, &key, nil) == SQLITE_OK
    else { return nil }
    return ColumnDeclaration(
      type: type.map { String(cString: $0) } ?? "",
      collation: collation.map { String(cString: $0) } ?? "BINARY", isNotNull: notNull != 0,
      isPrimaryKey: key != 0)
  }
}
