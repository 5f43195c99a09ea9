import Access
import MeshModel
import SQLite

/// The table of a dataset in the domain's store, and the columns that are about to be written to it.
struct TargetTable {
  let dataset: DatasetName
  /// In the order of the rows that come.
  let columns: [Column]
  /// The column whose values are the row numbers, chosen by whoever writes the rows.
  let rowNumberColumn: String?
  let hasRowNumbers: Bool

  /// The dataset's table in SQL, in the main database, which is the domain's store.
  var name: String { dataset.sqlName }

  /// Makes the table where there is none, and adds columns that are new. Any other difference is refused.
  init(
    _ dataset: DatasetName, columns: [Column], key: [String], on connection: Connection
  ) throws {
    self.dataset = dataset
    self.columns = columns
    try Self.checkNames(columns, dataset)
    var existing = try Self.columns(of: dataset, on: connection)
    if existing.isEmpty {
      try Self.create(dataset, columns, on: connection)
      existing = try Self.columns(of: dataset, on: connection)
    } else {
      try Self.adapt(dataset, existing, to: columns, on: connection)
    }
    let kind = try connection.prepare(
      "SELECT wr, type FROM pragma_table_list WHERE schema = ?1 AND name = ?2")
    kind.bind(dataset.domain, at: 1)
    kind.bind(dataset.name, at: 2)
    guard try kind.step(), kind.text(1) == "table" else {
      throw AttemptFailure("shape", "'\(dataset)' is no table in the store", isPermanent: true)
    }
    hasRowNumbers = kind.int(0) == 0
    kind.reset()
    let keys = existing.filter(\.isPrimaryKey)
    rowNumberColumn =
      hasRowNumbers && keys.count == 1 && keys[0].type.lowercased() == "integer" ? keys[0].name : nil
    if !key.isEmpty { try makeUnique(key, on: connection) }
  }

  /// A column as the store has it.
  private struct Existing {
    var name: String
    var type: String
    var isPrimaryKey: Bool
    var isGenerated: Bool
  }

  /// Whether the dataset's table has all of these columns.
  static func has(_ columns: [Column], of dataset: DatasetName, on connection: Connection) throws -> Bool {
    let names = Set(try Self.columns(of: dataset, on: connection).map { $0.name.lowercased() })
    return columns.allSatisfy { names.contains($0.name.lowercased()) }
  }

  /// Makes the table of a dataset whose columns are known.
  static func create(
    _ dataset: DatasetName, _ columns: [Column], on connection: Connection
  ) throws(SQLiteError) {
    let list = columns.map { "\($0.name.sqlName) \($0.type.declaration)" }.joined(separator: ", ")
    try connection.execute("CREATE TABLE \(dataset.sqlName)(\(list))")
    let forget = try connection.prepare("DELETE FROM _heddle_appended WHERE dataset = ?1")
    forget.bind(dataset.description, at: 1)
    try forget.run()
  }

  private static func checkNames(_ columns: [Column], _ dataset: DatasetName) throws(AttemptFailure) {
    var names = Set<String>()
    for column in columns where !names.insert(column.name.lowercased()).inserted {
      throw AttemptFailure(
        "shape", "two columns of what goes into '\(dataset)' are called '\(column.name)'", isPermanent: true)
    }
  }

  private static func columns(
    of dataset: DatasetName, on connection: Connection
  ) throws(SQLiteError) -> [Existing] {
    let statement = try connection.prepare(
      "SELECT name, type, pk, hidden FROM pragma_table_xinfo(?1, ?2)")
    statement.bind(dataset.name, at: 1)
    statement.bind(dataset.domain, at: 2)
    var columns: [Existing] = []
    while try statement.step() {
      columns.append(
        Existing(
          name: statement.text(0), type: statement.text(1), isPrimaryKey: statement.int(2) > 0,
          isGenerated: statement.int(3) > 1))
    }
    return columns
  }

  private static func adapt(
    _ dataset: DatasetName, _ existing: [Existing], to columns: [Column], on connection: Connection
  ) throws {
    let wanted = Dictionary(columns.map { ($0.name.lowercased(), $0) }) { first, _ in first }
    let present = Set(existing.map { $0.name.lowercased() })
    for column in existing where wanted[column.name.lowercased()] == nil {
      // The row number is given by SQLite, a generated column by its own expression.
      if column.isGenerated || (column.isPrimaryKey && column.type.lowercased() == "integer") { continue }
      throw refusal(dataset, "has the column '\(column.name)', which the new rows have not")
    }
    for column in existing {
      guard let new = wanted[column.name.lowercased()], !new.type.declaration.isEmpty,
        Affinity(column.type) != Affinity(new.type.declaration), !column.type.isEmpty
      else { continue }
      throw refusal(
        dataset, "has the column '\(column.name)' as \(column.type), and the new rows as \(new.type.rawValue)"
      )
    }
    for column in columns where !present.contains(column.name.lowercased()) {
      try connection.execute(
        "ALTER TABLE \(dataset.sqlName) ADD COLUMN \(column.name.sqlName) \(column.type.declaration)")
    }
  }

  private static func refusal(_ dataset: DatasetName, _ text: String) -> AttemptFailure {
    AttemptFailure(
      "shape",
      "the table of '\(dataset)' \(text): drop or rename the table by hand, or let the columns be as "
        + "they were",
      isPermanent: true)
  }

  /// Rows are told apart by the key, so the store must refuse two of one key.
  private func makeUnique(_ key: [String], on connection: Connection) throws {
    let wanted = Set(key.map { $0.lowercased() })
    let indexes = try connection.prepare(
      """
      SELECT group_concat(lower(i.name), char(10))
      FROM pragma_index_list(?1, ?2) AS l, pragma_index_info(l.name, ?2) AS i
      WHERE l."unique" = 1 AND l.partial = 0 GROUP BY l.name
      """)
    indexes.bind(dataset.name, at: 1)
    indexes.bind(dataset.domain, at: 2)
    while try indexes.step() {
      let columns = indexes.text(0).split(separator: "\n").map(String.init)
      if Set(columns) == wanted && columns.count == wanted.count { return }
    }
    if wanted.count == 1, let rowNumberColumn, wanted.contains(rowNumberColumn.lowercased()) { return }
    let index = "\(dataset.domain.sqlName).\("_heddle_key_\(dataset.name)".sqlName)"
    let list = key.map(\.sqlName).joined(separator: ", ")
    do {
      try connection.execute("DROP INDEX IF EXISTS \(index)")
      try connection.execute("CREATE UNIQUE INDEX \(index) ON \(dataset.name.sqlName)(\(list))")
    } catch {
      throw AttemptFailure(
        "key",
        "the rows that are in '\(dataset)' cannot be told apart by \(list): \(error.message)",
        isPermanent: true)
    }
  }
}

/// How SQLite treats values of a column, told from its declared type.
///
/// Source: sqlite.org/datatype3.html, section 3.1.
private enum Affinity {
  case integer, text, blob, real, numeric

  init(_ type: String) {
    let type = type.uppercased()
    if type.contains("INT") {
      self = .integer
    } else if type.contains("CHAR") || type.contains("CLOB") || type.contains("TEXT") {
      self = .text
    } else if type.isEmpty || type.contains("BLOB") {
      self = .blob
    } else if type.contains("REAL") || type.contains("FLOA") || type.contains("DOUB") {
      self = .real
    } else {
      self = .numeric
    }
  }
}
