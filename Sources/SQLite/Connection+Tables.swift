extension Connection {
  /// Whether a database of the connection has a table, or a view, of that name.
  public func has(_ table: String, in schema: String = "main") throws(SQLiteError) -> Bool {
    let statement = try cached(
      "SELECT 1 FROM \(schema.sqlName).sqlite_schema WHERE name = ?1 COLLATE NOCASE")
    defer { statement.reset() }
    statement.bind(table, at: 1)
    return try statement.step()
  }
}
