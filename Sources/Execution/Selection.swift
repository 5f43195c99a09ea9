import Access
import MeshModel
import SQLite

/// The rows of a SELECT on their way into a dataset.
struct Selection {
  let target: Target
  let text: LocatedText
  let script: PreparedScript
  let values: [String: Scalar]

  init(target: Target, text: LocatedText, script: PreparedScript, values: [String: Scalar]) {
    self.target = target
    self.text = text
    self.script = script
    self.values = values
  }

  /// Runs inside the attempt's transaction.
  func run(site: TaskSite, task: StoreWorker, on connection: DomainConnection) throws(AttemptFailure)
    -> StoreWorker.Work
  {
    let scope = try TargetScope(target, site: site, stateIdentity: task.stateIdentity)
    let known = task.connections.columns(of: target.dataset, in: site.release) ?? []
    let columns = try task.perform(text) { () throws(AccessError) in
      try Self.columns(of: text.text, known: known, on: connection)
    }
    let key = target.mode == .merge ? target.key : []
    let table = try task.own(connection) { own in
      try TargetTable(target.dataset, columns: columns, key: key, on: own)
    }
    var source: SpooledRows?
    if try task.own(connection, { try mayReadTarget(on: $0) }) {
      source = try spool(columns.count, task: task, on: connection)
    }
    var writer = try task.own(connection) { own in
      try TargetWriter(table, target: target, scope: scope, on: own)
    }
    if let source {
      try task.own(connection) { own in
        try source.forEach(on: own) { try writer.add(.selected($0)) }
        try source.remove(on: own)
      }
    } else {
      try stream(task: task, on: connection) { row in try writer.add(.selected(row)) }
    }
    try task.own(connection) { _ in try writer.finish() }
    return StoreWorker.Work(rows: writer.rows, dataset: target.dataset, result: writer.result)
  }

  /// Steps through the SELECT as the task's own SQL, and hands each row to Heddle's statements.
  private func stream(
    task: StoreWorker, on connection: DomainConnection, _ body: (Statement) throws -> Void
  ) throws(AttemptFailure) {
    var failure: AttemptFailure?
    try withoutActuallyEscaping(body) { (body) throws(AttemptFailure) in
      try task.perform(text) { () throws(AccessError) in
        _ = try connection.run(script, values: values) { row in
          do throws(AttemptFailure) { try task.own(connection) { _ in try body(row) } } catch {
            failure = error
          }
          return failure == nil
        }
      }
    }
    if let failure { throw failure }
  }

  /// A SELECT that reads the table it goes into must be over before that table is touched. Names are looked
  /// for in the text, and any view may read any table: one time too many costs a copy, one too few would
  /// cost rows.
  private func mayReadTarget(on connection: Connection) throws(SQLiteError) -> Bool {
    if text.text.lowercased().contains(target.dataset.name) { return true }
    let views = try connection.cached(
      "SELECT 1 FROM \(target.dataset.domain.sqlName).sqlite_schema WHERE type = 'view' LIMIT 1")
    defer { views.reset() }
    return try views.step()
  }

  private func spool(
    _ width: Int, task: StoreWorker, on connection: DomainConnection
  ) throws(AttemptFailure) -> SpooledRows {
    let spooled = try task.own(connection) { try SpooledRows(width: width, on: $0) }
    try stream(task: task, on: connection) { try spooled.add($0) }
    return spooled
  }

  /// The names of the SELECT's columns, with the types that the release knows, or that the tables they come
  /// from have. The statement is only compiled.
  private static func columns(
    of sql: String, known: [Column], on connection: DomainConnection
  ) throws(AccessError) -> [Column] {
    let statement: Statement
    do { statement = try connection.trusted { try $0.prepare(sql) } } catch let error as SQLiteError {
      let reason = connection.mistake(error)
      guard reason.kind == .other else { throw reason }
      throw AccessError(.syntax, error.message, offset: error.offset, code: error.extendedCode)
    } catch {
      throw AccessError(.other, "\(error)")
    }
    guard statement.columnCount > 0 else {
      throw AccessError(.syntax, "'into' needs one SELECT", offset: 0)
    }
    let types = Dictionary(known.map { ($0.name.lowercased(), $0.type) }) { first, _ in first }
    return (0..<statement.columnCount).map { index in
      let name = statement.columnName(index)
      return Column(
        name: name, type: types[name.lowercased()] ?? ColumnType(declared: statement.declaredType(index)))
    }
  }
}

extension ColumnType {
  /// The type that a table's declaration means; `any` for what it does not say.
  fileprivate init(declared: String?) {
    let declared = declared?.uppercased() ?? ""
    self =
      if declared.contains("INT") { .integer } else if declared.contains("CHAR") || declared.contains("TEXT")
      {
        .text
      } else if declared.contains("REAL") || declared.contains("DOUB") || declared.contains("FLOA") {
        .real
      } else if declared.contains("BLOB") { .blob } else if declared.isEmpty { .any } else { .numeric }
  }
}

/// Rows kept in a temporary table of the connection, for the time of a transaction.
struct SpooledRows {
  private static let table = "temp._heddle_rows"

  private let insert: Statement
  private let width: Int

  init(width: Int, on connection: Connection) throws(SQLiteError) {
    self.width = width
    let columns = (0..<width).map { "c\($0)" }.joined(separator: ", ")
    let marks = (0..<width).map { _ in "?" }.joined(separator: ", ")
    try connection.execute("DROP TABLE IF EXISTS \(Self.table); CREATE TABLE \(Self.table)(\(columns))")
    insert = try connection.prepare("INSERT INTO \(Self.table) VALUES(\(marks))")
  }

  func add(_ row: Statement) throws(SQLiteError) {
    for column in 0..<width { insert.bind(column: column, of: row, at: column + 1) }
    try insert.run()
  }

  func forEach(on connection: Connection, _ body: (Statement) throws -> Void) throws {
    let rows = try connection.prepare("SELECT * FROM \(Self.table) ORDER BY rowid")
    while try rows.step() { try body(rows) }
  }

  func remove(on connection: Connection) throws(SQLiteError) {
    try connection.execute("DROP TABLE IF EXISTS \(Self.table)")
  }
}
