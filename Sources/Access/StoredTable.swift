import MeshModel
import SQLite

/// A table of another domain's store as a port needs to know it: true types and collations, indexes, sizes.
struct StoredTable {
  /// How SQLite treats values of a column that are compared.
  enum Affinity { case text, numeric, none }

  struct StoredColumn {
    var name: String
    var type: String
    var collation: String
    var affinity: Affinity
  }

  struct Index {
    /// Places in `columns`; an index ends for us where a column is not known.
    var columns: [Int]
    var isUnique: Bool
    /// Rows for each number of leading columns that are given; the first is the whole table.
    var rows: [Double]
  }

  /// As it stands in the store.
  let name: String
  var columns: [StoredColumn]
  var indexes: [Index] = []
  var rows: Double = 1_000_000
  /// The name under which the row number can be read; nil: there is none (a view, WITHOUT ROWID).
  var rowNumber: String?

  /// Nil when the store has no such table.
  init?(_ dataset: DatasetName, known: [Column], in store: Connection) throws(SQLiteError) {
    let table = try store.cached("SELECT type FROM sqlite_schema WHERE name = ?1 COLLATE NOCASE")
    table.bind(dataset.name, at: 1)
    defer { table.reset() }
    guard try table.step() else { return nil }
    let isView = table.text(0) == "view"
    name = dataset.name
    columns = []
    // A column that the catalog knows and the store lacks fails where it is read.
    let sample = try store.prepare("SELECT * FROM main.\(name.sqlName)")
    var places: [String: Int] = [:]
    for index in 0..<sample.columnCount { places[sample.columnName(index).lowercased()] = index }
    for column in known {
      let origin = places[column.name.lowercased()].flatMap { sample.origin($0) }
      let declared = origin.flatMap { store.declaration(of: $0.column, in: $0.table, database: $0.database) }
      let type = declared?.type ?? places[column.name.lowercased()].flatMap { sample.declaredType($0) } ?? ""
      columns.append(
        StoredColumn(
          name: column.name, type: Self.plainType(type), collation: declared?.collation ?? "BINARY",
          affinity: Self.affinity(type)))
    }
    guard !isView else { return }
    try readRowNumber(store)
    try readIndexes(store)
  }

  private mutating func readRowNumber(_ store: Connection) throws(SQLiteError) {
    let list = try store.cached("SELECT wr FROM pragma_table_list(?1) WHERE schema = 'main'")
    list.bind(name, at: 1)
    defer { list.reset() }
    guard try list.step(), list.int(0) == 0 else { return }
    let taken = Set(try names("SELECT name FROM pragma_table_xinfo(?1)", store).map { $0.lowercased() })
    rowNumber = ["rowid", "_rowid_", "oid"].first { !taken.contains($0) }
    guard let rowNumber else { return }
    // Rows are seldom deleted from the middle, so the last number is a fair guess at their count.
    rows = max(1, Double(try store.integer(of: "SELECT max(\(rowNumber)) FROM main.\(name.sqlName)")))
  }

  private mutating func readIndexes(_ store: Connection) throws(SQLiteError) {
    let statistics = try self.statistics(store)
    let list = try store.cached("SELECT name, \"unique\" FROM pragma_index_list(?1) WHERE partial = 0")
    list.bind(name, at: 1)
    defer { list.reset() }
    while try list.step() {
      let index = list.text(0)
      var found = Index(columns: [], isUnique: list.int(1) == 1, rows: [rows])
      let parts = try store.prepare("SELECT name FROM pragma_index_xinfo(?1) WHERE key = 1 ORDER BY seqno")
      parts.bind(index, at: 1)
      while try parts.step() {
        guard let place = columns.firstIndex(where: { $0.name.lowercased() == parts.text(0).lowercased() })
        else {
          found.isUnique = false
          break
        }
        found.columns.append(place)
      }
      let told = statistics[index] ?? []
      for depth in found.columns.indices {
        let isWhole = found.isUnique && depth == found.columns.count - 1
        let guess = max(1, min(rows / 10, Double(10 - min(depth, 5))))
        found.rows.append(isWhole ? 1 : depth + 1 < told.count ? told[depth + 1] : guess)
      }
      if let whole = told.first { rows = max(1, whole) }
      if !found.columns.isEmpty { indexes.append(found) }
    }
    for place in indexes.indices { indexes[place].rows[0] = rows }
  }

  /// What ANALYZE found, by index.
  private func statistics(_ store: Connection) throws(SQLiteError) -> [String: [Double]] {
    guard try store.integer(of: "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'") > 0 else {
      return [:]
    }
    let statement = try store.prepare("SELECT idx, stat FROM sqlite_stat1 WHERE tbl = ?1 AND idx IS NOT NULL")
    statement.bind(name, at: 1)
    var found: [String: [Double]] = [:]
    while try statement.step() {
      found[statement.text(0)] = statement.text(1).split(separator: " ").compactMap { Double($0) }
    }
    return found
  }

  private func names(_ sql: String, _ store: Connection) throws(SQLiteError) -> [String] {
    let statement = try store.cached(sql)
    statement.bind(name, at: 1)
    defer { statement.reset() }
    var names: [String] = []
    while try statement.step() { names.append(statement.text(0)) }
    return names
  }

  /// The affinity that a declared type gives (https://www.sqlite.org/datatype3.html, 3.1).
  private static func affinity(_ declared: String) -> Affinity {
    switch ColumnType(declared: declared) {
    case .text, .date, .timestamp: .text
    case .blob, .any: .none
    case .integer, .real, .numeric, .boolean: .numeric
    }
  }

  /// A type of the same affinity whose name is ours: what the store calls it goes into no SQL of ours.
  private static func plainType(_ declared: String) -> String { ColumnType(declared: declared).declaration }
}
