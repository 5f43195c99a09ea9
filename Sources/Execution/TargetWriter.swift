import Basics
import MeshModel
import SQLite

/// Writes the rows of one attempt into a dataset, in the way of its mode, inside the attempt's transaction.
///
/// What was there is removed when the writer is made: rows that are read from the same dataset must be kept
/// somewhere else before.
struct TargetWriter {
  private let table: TargetTable
  private let target: Target
  private let scope: TargetScope
  private let connection: Connection
  private let insert: Statement
  /// The places in a row of the scope's columns.
  private let scopePlaces: [Int]
  private let keyPlaces: [Int]
  private let hashedColumns: [ContentHash.Column]
  private var hash = ContentHash()
  /// For `merge`: finds a row that is in the table already, as it is.
  private let twin: Statement?
  private var isUnchanged = true
  private var appended: AppendedRows?
  private var merged: Set<Int64> = []
  /// Rows of another partition: how many, and what the first one says.
  private var strangers = 0
  private var firstStranger = ""
  private(set) var rows: Int64 = 0

  init(_ table: TargetTable, target: Target, scope: TargetScope, on connection: Connection) throws {
    self.table = table
    self.target = target
    self.scope = scope
    self.connection = connection
    let places = Dictionary(table.columns.enumerated().map { ($1.name.lowercased(), $0) }) { first, _ in first
    }
    func place(_ column: String) throws(AttemptFailure) -> Int {
      if let place = places[column.lowercased()] { return place }
      throw AttemptFailure(
        "shape", "the rows for '\(target.dataset)' have no column '\(column)'", isPermanent: true)
    }
    scopePlaces = try scope.parts.map { try place($0.column) }
    keyPlaces = try target.mode == .merge ? target.key.map(place) : []
    switch target.mode {
    case .replace, .partition: try Self.removeRows(of: scope, table, on: connection)
    case .append: appended = try AppendedRows(table, scope: scope.name, on: connection)
    case .merge: break
    }
    insert = try connection.prepare(Self.insertion(table, target, numbered: appended?.next != nil))
    hashedColumns = table.columns.map { ContentHash.Column($0.name) }
    let same = table.columns.map { "\($0.name.sqlName) IS ?" }.joined(separator: " AND ")
    twin =
      try target.mode == .merge ? connection.prepare("SELECT 1 FROM \(table.name) WHERE \(same)") : nil
  }

  /// What it has done to the rows that it answers for.
  var result: StoreContents.Outcome {
    guard target.mode == .merge else { return .rows(hash) }
    return isUnchanged ? .unchanged : .changed
  }

  private static func removeRows(
    of scope: TargetScope, _ table: TargetTable, on connection: Connection
  ) throws(SQLiteError) {
    var sql = "DELETE FROM \(table.name)"
    var values: [Scalar] = []
    for part in scope.parts {
      let same = part.alike.map { _ in "\(part.column.sqlName) IS ?" }.joined(separator: " OR ")
      sql += (values.isEmpty ? " WHERE " : " AND ") + "(\(same))"
      values += part.alike
    }
    let statement = try connection.prepare(sql)
    for (index, value) in values.enumerated() { statement.bind(value, at: index + 1) }
    try statement.run()
  }

  private static func insertion(_ table: TargetTable, _ target: Target, numbered: Bool) -> String {
    var names = table.columns.map(\.name.sqlName)
    if numbered { names.append("rowid") }
    let marks = names.map { _ in "?" }.joined(separator: ", ")
    var sql = "INSERT INTO \(table.name)(\(names.joined(separator: ", "))) VALUES(\(marks))"
    guard target.mode == .merge else { return sql }
    let key = Set(target.key.map { $0.lowercased() })
    let changes = table.columns.filter { !key.contains($0.name.lowercased()) }
      .map { "\($0.name.sqlName) = excluded.\($0.name.sqlName)" }
    // Without a change of some column nothing would be answered for a row that is there already.
    let assignments = changes.isEmpty ? target.key.prefix(1).map { "\($0.sqlName) = \($0.sqlName)" } : changes
    sql += " ON CONFLICT(\(target.key.map(\.sqlName).joined(separator: ", "))) DO UPDATE SET "
    sql += assignments.joined(separator: ", ")
    return table.hasRowNumbers ? sql + " RETURNING rowid" : sql
  }

  mutating func add(_ row: IncomingRow) throws {
    for (index, part) in scope.parts.enumerated() where !row.shows(part.text, in: scopePlaces[index]) {
      strangers += 1
      if strangers == 1 { firstStranger = "'\(part.column)' is '\(row.text(scopePlaces[index]))'" }
      return
    }
    // Once it has failed, the rest is only counted.
    guard strangers == 0 else { return }
    for place in keyPlaces where row.isNull(place) {
      throw AttemptFailure("key", "the key column '\(table.columns[place].name)' is NULL in row \(rows + 1)")
    }
    if isUnchanged, let twin { isUnchanged = try has(row, twin) }
    for column in table.columns.indices {
      row.bind(column, to: insert, at: column + 1)
      row.add(column, as: hashedColumns[column], to: &hash)
    }
    hash.endRow()
    if let next = appended?.next { insert.bind(next, at: table.columns.count + 1) }
    defer { insert.rewind() }
    if try insert.step() {
      let number = insert.int64(0)
      guard merged.insert(number).inserted else { throw twice(row) }
      _ = try insert.step()
    }
    appended?.add(connection.lastInsertedRow)
    rows += 1
  }

  private func has(_ row: IncomingRow, _ twin: Statement) throws(SQLiteError) -> Bool {
    for column in table.columns.indices { row.bind(column, to: twin, at: column + 1) }
    defer { twin.rewind() }
    return try twin.step()
  }

  private func twice(_ row: IncomingRow) -> AttemptFailure {
    let key = keyPlaces.map { "\(table.columns[$0].name) = \(row.text($0))" }.joined(separator: ", ")
    return AttemptFailure("key", "two of the rows for '\(table.dataset)' have the same key: \(key)")
  }

  /// Fails if rows of another partition came; else what was appended is remembered.
  mutating func finish() throws {
    if strangers > 0 {
      let expected = scope.parts.map { "'\($0.column)' = '\($0.value.text)'" }.joined(separator: " and ")
      throw AttemptFailure(
        "partition",
        "\(strangers) of the rows for '\(table.dataset)' are not of this partition (\(expected)): "
          + "in the first \(firstStranger)")
    }
    try appended?.remember(on: connection)
  }
}
