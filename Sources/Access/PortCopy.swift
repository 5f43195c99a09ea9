import SQLite

/// SQLite makes no index for a virtual table by itself; so the port does, for a snapshot, when rows are
/// looked up again and again by columns that no index of the store serves: a copy of the columns that a plan
/// takes, indexed by those that it looks up; in the store connection's temporary database, for as long as the
/// snapshot.
struct PortCopy {
  let snapshot: Int
  let forms: [PortPlan.Form]
  /// As a name in SQL.
  let name: String
  let table: StoredTable

  /// A copy costs about as much as this many readings of the table.
  static let lookupsBefore = 4

  /// Whether there is something to look rows up by, and the table is not small.
  static func pays(_ plan: PortPlan, _ forms: [PortPlan.Form], _ table: StoredTable) -> Bool {
    table.rows > 100 && !keys(plan, forms).isEmpty
  }

  private static func keys(_ plan: PortPlan, _ forms: [PortPlan.Form]) -> [Int] {
    var keys: [Int] = []
    for (index, filter) in plan.filters.enumerated() where forms[index] == .exact {
      guard filter.comparison == .equal || filter.comparison == .isSame, !keys.contains(filter.column) else {
        continue
      }
      keys.append(filter.column)
    }
    return keys
  }

  init(
    of table: StoredTable, for plan: PortPlan, _ forms: [PortPlan.Form], number: Int, source: PortSource
  ) throws(SQLiteError) {
    snapshot = source.snapshot
    self.forms = forms
    let copy = "port_\(snapshot)_\(number)"
    name = "temp.\(copy.sqlName)"
    self.table = table
    guard let store = source.connection, let rowNumber = table.rowNumber else { return }
    let used = Set(plan.columns + plan.filters.map(\.column) + plan.order.map(\.column)).sorted()
    let columns = used.map { table.columns[$0] }
    let declarations = columns.map { "\($0.name.sqlName) \($0.type) COLLATE \($0.collation)" }
    let names = columns.map(\.name.sqlName).joined(separator: ", ")
    let keys = Self.keys(plan, forms).map { table.columns[$0].name.sqlName }.joined(separator: ", ")
    try store.execute("PRAGMA query_only = 0")
    defer { try? store.execute("PRAGMA query_only = 1") }
    try store.execute(
      """
      CREATE TABLE \(name) (\(declarations.joined(separator: ", ")));
      INSERT INTO \(name) (\(rowNumber), \(names))
      SELECT \(rowNumber), \(names) FROM main.\(table.name.sqlName);
      CREATE INDEX temp.\("\(copy)_keys".sqlName) ON \(copy.sqlName) (\(keys));
      """)
  }
}
