import MeshModel
import SQLite

/// Which rows of a dataset were appended for one partition, kept as ranges of row numbers beside the tables
/// so that no column is added to them.
struct AppendedRows {
  private let dataset: DatasetName
  private let scope: String
  /// The number of the next row; nil where a column of the table is the row number, so that its rows bring
  /// theirs.
  private(set) var next: Int64?
  private var ranges: [ClosedRange<Int64>] = []

  /// Removes what was appended for this scope before.
  init(_ table: TargetTable, scope: String, on connection: Connection) throws {
    guard table.hasRowNumbers else {
      throw AttemptFailure(
        "shape", "mode 'append' needs a table with row numbers, and '\(table.dataset)' is WITHOUT ROWID",
        isPermanent: true)
    }
    dataset = table.dataset
    self.scope = scope
    try RowNumbering.follow(domain: dataset.domain, on: connection)
    let remove = try connection.prepare("DELETE FROM \(table.name) WHERE rowid BETWEEN ?1 AND ?2")
    let earlier = try connection.prepare(
      "SELECT first, last FROM _heddle_appended WHERE dataset = ?1 AND scope = ?2")
    earlier.bind(dataset.description, at: 1)
    earlier.bind(scope, at: 2)
    while try earlier.step() {
      remove.bind(earlier.int64(0), at: 1)
      remove.bind(earlier.int64(1), at: 2)
      try remove.run()
    }
    if table.rowNumberColumn == nil {
      // Numbers that were used for any scope are not used again while they are remembered.
      let last = try connection.prepare(
        """
        SELECT max(ifnull((SELECT max(rowid) FROM \(table.name)), 0),
                   ifnull((SELECT max(last) FROM _heddle_appended WHERE dataset = ?1), 0))
        """)
      last.bind(dataset.description, at: 1)
      guard try last.step(), last.int64(0) < .max else {
        throw AttemptFailure("shape", "'\(dataset)' has no row numbers left", isPermanent: true)
      }
      next = last.int64(0) + 1
    }
  }

  /// A row was inserted with this number.
  mutating func add(_ number: Int64) {
    if let last = ranges.last, last.upperBound < .max, last.upperBound + 1 == number {
      ranges[ranges.count - 1] = last.lowerBound...number
    } else {
      ranges.append(number...number)
    }
    if next != nil { next = number < .max ? number + 1 : number }
  }

  func remember(on connection: Connection) throws(SQLiteError) {
    let forget = try connection.prepare("DELETE FROM _heddle_appended WHERE dataset = ?1 AND scope = ?2")
    forget.bind(dataset.description, at: 1)
    forget.bind(scope, at: 2)
    try forget.run()
    let insert = try connection.prepare("INSERT INTO _heddle_appended VALUES(?1, ?2, ?3, ?4)")
    for range in ranges {
      insert.bind(dataset.description, at: 1)
      insert.bind(scope, at: 2)
      insert.bind(range.lowerBound, at: 3)
      insert.bind(range.upperBound, at: 4)
      try insert.run()
    }
  }
}
