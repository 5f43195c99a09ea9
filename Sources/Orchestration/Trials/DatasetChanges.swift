import Glibc
import MeshModel
import SQLite

/// How the rows of a dataset became others.
public struct DatasetChange: Sendable {
  public var dataset: DatasetName
  public var columns: [String]
  /// How many rows there were, and how many there are.
  public var before: Int64
  public var after: Int64
  public var added: Int64
  public var removed: Int64
  /// The first of them.
  public var addedRows: [[Scalar]]
  public var removedRows: [[Scalar]]
}

/// What datasets of a store held at one moment, to be compared with what they hold later.
struct DatasetChanges {
  /// Rows that are kept of each difference.
  private static let mostRows = 5

  private let store: String
  private let copy: String

  /// Copies the datasets of a store into a database of their own, which is made.
  init(_ datasets: [DatasetName], store: String, copy: String) throws {
    self.store = store
    self.copy = copy
    if FileTree.exists(copy) { throw FileTreeError(copy, "is there already", code: EEXIST) }
    let connection = try Connection(path: copy, mode: .create)
    guard FileTree.exists(store) else { return }
    try attach(store, to: connection)
    for dataset in Set(datasets) where try connection.has(dataset.name, in: "other") {
      let name = dataset.name.sqlName
      try connection.execute("CREATE TABLE main.\(name) AS SELECT * FROM other.\(name)")
    }
  }

  /// How a dataset changed since.
  func change(of dataset: DatasetName) throws -> DatasetChange {
    var change = DatasetChange(
      dataset: dataset, columns: [], before: 0, after: 0, added: 0, removed: 0, addedRows: [],
      removedRows: [])
    guard FileTree.exists(store) else { return change }
    let connection = try Connection(path: store, mode: .readOnly)
    try attach(copy, to: connection)
    guard try connection.has(dataset.name) else { return change }
    let old = try Self.columns(of: dataset, in: "other", connection)
    change.columns = try Self.columns(of: dataset, in: "main", connection)
    let name = dataset.name.sqlName
    change.after = try connection.integer(of: "SELECT count(*) FROM main.\(name)")
    let list = change.columns.map(\.sqlName).joined(separator: ", ")
    var sides = "SELECT \(list), 1 AS _heddle_n FROM main.\(name)"
    if !old.isEmpty {
      change.before = try connection.integer(of: "SELECT count(*) FROM other.\(name)")
      let same = change.columns.map { old.contains($0) ? $0.sqlName : "NULL" }.joined(separator: ", ")
      sides += " UNION ALL SELECT \(same), -1 FROM other.\(name)"
    }
    let rows = try connection.prepare(
      "SELECT sum(_heddle_n), \(list) FROM (\(sides)) GROUP BY \(list) HAVING sum(_heddle_n) <> 0")
    while try rows.step() {
      let count = rows.int64(0)
      let row = change.columns.indices.map { rows.scalar($0 + 1) }
      if count > 0 {
        change.added += count
        if change.addedRows.count < Self.mostRows { change.addedRows.append(row) }
      } else {
        change.removed -= count
        if change.removedRows.count < Self.mostRows { change.removedRows.append(row) }
      }
    }
    return change
  }

  private func attach(_ path: String, to connection: Connection) throws {
    let statement = try connection.prepare("ATTACH ?1 AS other")
    statement.bind(path, at: 1)
    try statement.run()
  }

  private static func columns(
    of dataset: DatasetName, in schema: String, _ connection: Connection
  ) throws -> [String] {
    let statement = try connection.prepare("SELECT name FROM pragma_table_xinfo(?1, ?2) WHERE hidden <> 1")
    statement.bind(dataset.name, at: 1)
    statement.bind(schema, at: 2)
    var names: [String] = []
    while try statement.step() { names.append(statement.text(0)) }
    return names
  }
}
