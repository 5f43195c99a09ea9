import SQLite

/// What is stored in the tree of a table or index that begins at some page.
struct PageShape {
  var table: String
  /// The columns in the order in which they are stored; nil for an expression.
  var columns: [String?]
  /// The column that is another name of the row number.
  var rowNumber: String?

  /// The names that a use of the tree takes.
  func names(of use: TableUse) -> [String] {
    var names = (use.readsWholeRows ? Array(columns.indices) : use.columns).compactMap {
      $0 < columns.count ? columns[$0] : nil
    }
    if use.readsRowNumber || use.readsWholeRows, let rowNumber { names.append(rowNumber) }
    return names
  }
}

extension CompilerStage {
  /// Enters the trees of a table and its indexes.
  func enter(_ table: String) throws(SQLiteError) {
    let trees = try rows(
      """
      SELECT rootpage, name FROM sqlite_schema
       WHERE tbl_name = ?1 AND rootpage > 0 AND type IN ('table', 'index')
      """, [table])
    let key = try rows(
      """
      SELECT name FROM pragma_table_xinfo(?1) WHERE pk > 0 AND type = 'INTEGER' COLLATE NOCASE
         AND (SELECT count(*) FROM pragma_table_xinfo(?1) WHERE pk > 0) = 1
      """, [table]
    ).first?[0]
    let isKeyed = try rows("SELECT wr FROM pragma_table_list WHERE name = ?1", [table]).first?[0] == "1"
    for tree in trees {
      guard let page = Int(tree[0]) else { continue }
      var columns: [String]
      if tree[1] != table {
        columns = try rows("SELECT coalesce(name, '') FROM pragma_index_xinfo(?1)", [tree[1]]).map { $0[0] }
      } else if isKeyed {
        columns = try rows(
          """
          SELECT coalesce(x.name, '') FROM pragma_index_list(?1) l, pragma_index_xinfo(l.name) x
           WHERE l.origin = 'pk'
          """, [table]
        ).map { $0[0] }
      } else {
        columns = try rows("SELECT name FROM pragma_table_xinfo(?1) WHERE hidden <> 2", [table]).map { $0[0] }
      }
      pages[page] = PageShape(
        table: table, columns: columns.map { $0.isEmpty ? nil : $0 }, rowNumber: isKeyed ? nil : key)
    }
  }

  /// All rows of a statement as text, with values bound in order.
  func rows(_ sql: String, _ values: [String]) throws(SQLiteError) -> [[String]] {
    let statement = try connection.cached(sql)
    defer { statement.reset() }
    for (index, value) in values.enumerated() { statement.bind(value, at: index + 1) }
    var rows: [[String]] = []
    while try statement.step() { rows.append((0..<statement.columnCount).map(statement.text)) }
    return rows
  }
}
