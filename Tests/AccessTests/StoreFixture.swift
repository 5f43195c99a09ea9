import Access
import MeshModel
import SQLite
import TestKit

/// Three domains with stores in a folder of their own: `shop`, whose SQL is tried, `stock` and `people`.
struct StoreFixture {
  let folder: TemporaryFolder
  var catalog = Catalog()

  init() throws {
    folder = try TemporaryFolder()
    for domain in ["shop", "stock", "people", "void"] { catalog.stores[domain] = path(domain) }
  }

  func path(_ domain: String) -> String { folder.file("\(domain).db") }

  /// Runs statements on a domain's store, as its own tasks would have.
  func fill(_ domain: String, _ sql: String) throws {
    let store = try Connection(path: path(domain), mode: .create)
    try store.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF")
    try store.execute(sql)
  }

  /// Enters the columns of every table and view of a store in the catalog.
  mutating func publish(_ domain: String) throws {
    let store = try Connection(path: path(domain), mode: .readWrite)
    let tables = try store.prepare(
      "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'")
    while try tables.step() {
      let columns = try store.prepare("SELECT name, type FROM pragma_table_xinfo(?1)")
      columns.bind(tables.text(0), at: 1)
      var found: [Column] = []
      while try columns.step() {
        found.append(Column(name: columns.text(0), type: ColumnType(declared: columns.text(1))))
      }
      catalog.datasets[DatasetName(domain: domain, name: tables.text(0))] = found
    }
  }

  func connection(_ domain: String = "shop", _ mode: DomainConnection.Mode = .reading) throws
    -> DomainConnection
  {
    try DomainConnection(domain: domain, catalog: catalog, mode: mode)
  }

  /// The same stores with the others attached as they are, without ports.
  func direct() throws -> Connection {
    let connection = try Connection(path: path("shop"), mode: .create, mainName: "shop")
    for domain in ["stock", "people"] { try connection.execute("ATTACH '\(path(domain))' AS \(domain)") }
    return connection
  }
}

extension DomainConnection {
  /// One script in a transaction of its own.
  @discardableResult
  func answer(
    _ sql: String, values: [String: Scalar] = [:], emptyWhenMissing: Set<DatasetName> = []
  ) throws -> [[Scalar]] {
    let script = try script(sql)
    try begin([script], emptyWhenMissing: emptyWhenMissing)
    do {
      let rows = try rows(of: script, values: values, most: 1_000_000)
      try commit()
      return rows
    } catch {
      rollback()
      throw error
    }
  }
}

extension Connection {
  func answer(_ sql: String) throws -> [[Scalar]] {
    let statement = try prepare(sql)
    var rows: [[Scalar]] = []
    while try statement.step() { rows.append((0..<statement.columnCount).map(statement.scalar)) }
    return rows
  }
}
