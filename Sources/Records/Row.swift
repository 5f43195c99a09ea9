import Basics
import MeshModel
import SQLite

/// The current row of a statement, with every column checked: the file may have been edited or damaged.
struct Row {
  let statement: Statement

  func int64(_ column: Int) throws -> Int64 {
    guard statement.storage(column) == .integer else { throw wrong(column) }
    return statement.int64(column)
  }

  func optionalInt64(_ column: Int) throws -> Int64? {
    statement.isNull(column) ? nil : try int64(column)
  }

  func int(_ column: Int) throws -> Int { Int(try int64(column)) }
  func optionalInt(_ column: Int) throws -> Int? { try optionalInt64(column).map { Int($0) } }
  func instant(_ column: Int) throws -> Instant { Instant(milliseconds: try int64(column)) }
  func optionalInstant(_ column: Int) throws -> Instant? {
    try optionalInt64(column).map(Instant.init(milliseconds:))
  }

  func text(_ column: Int) throws -> String {
    guard statement.storage(column) == .text else { throw wrong(column) }
    return statement.text(column)
  }

  /// Whether the column is that text, without making a string of it.
  func isText(_ text: String, _ column: Int) throws -> Bool {
    guard statement.storage(column) == .text else { throw wrong(column) }
    return statement.withUTF8(column) { bytes in bytes.map { $0.elementsEqual(text.utf8) } ?? false }
  }

  func optionalText(_ column: Int) throws -> String? { statement.isNull(column) ? nil : try text(column) }

  /// A word of one of the enumerations.
  func word<Word: RawRepresentable<String>>(_ column: Int, _ kind: Word.Type = Word.self) throws -> Word {
    guard let word = Word(rawValue: try text(column)) else { throw wrong(column) }
    return word
  }

  func pipeline(_ column: Int) throws -> PipelineName {
    guard let name = PipelineName(try text(column)) else { throw wrong(column) }
    return name
  }

  func dataset(_ column: Int) throws -> DatasetName {
    guard let name = DatasetName(try text(column)) else { throw wrong(column) }
    return name
  }

  /// A code and a sentence in two columns.
  func reason(_ column: Int) throws -> Reason? {
    guard let code = try optionalText(column) else { return nil }
    return Reason(code, try optionalText(column + 1) ?? "")
  }

  /// Key, start and end in three columns; nil without a start.
  func partition(_ column: Int) throws -> PartitionInterval? {
    guard let key = try optionalText(column), let start = try optionalInstant(column + 1),
      let end = try optionalInstant(column + 2)
    else { return nil }
    return PartitionInterval(key: key, start: start, end: end)
  }

  func instance(_ column: Int) throws -> InstanceID {
    InstanceID(run: try int64(column), task: try int(column + 1), index: try int(column + 2))
  }

  func attempt(_ column: Int) throws -> AttemptID {
    AttemptID(instance: try instance(column), number: try int(column + 3))
  }

  /// Process, start and boot in three columns; nil without a process.
  func process(_ column: Int) throws -> ProcessIdentity? {
    guard let pid = try optionalInt64(column) else { return nil }
    guard let pid = Int32(exactly: pid) else { throw wrong(column) }
    return ProcessIdentity(
      pid: pid, startTime: UInt64(bitPattern: try int64(column + 1)), boot: try text(column + 2))
  }

  func json(_ column: Int) throws -> JSONValue {
    let parsed = statement.withUTF8(column) { bytes in bytes.flatMap { try? JSONValue(parsing: $0) } }
    guard let parsed else { throw wrong(column) }
    return parsed
  }

  /// A JSON array of the places of tasks; nil for NULL.
  func places(_ column: Int) throws -> [Int]? {
    guard !statement.isNull(column) else { return nil }
    guard let items = try json(column).array else { throw wrong(column) }
    return try items.map { item in
      guard let place = item.integer else { throw wrong(column) }
      return Int(place)
    }
  }

  /// What to throw when a column cannot be what it says.
  func wrong(_ column: Int) -> RecordsError {
    RecordsError(
      .damaged,
      "the state file has a row whose '\(statement.columnName(column))' cannot be: "
        + (statement.optionalText(column).map { "'\($0.prefix(80))'" } ?? "nothing"),
      help: "put back a copy of the file")
  }
}

extension StateReader {
  /// All rows of a query, each made into a value.
  func rows<Value>(
    _ sql: String, _ bind: (inout Binding) -> Void = { _ in }, _ value: (Row) throws -> Value
  ) throws -> [Value] {
    var values: [Value] = []
    try eachRow(sql, bind) { values.append(try value($0)) }
    return values
  }

  /// Hands each row of a query to `body`.
  func eachRow(
    _ sql: String, _ bind: (inout Binding) -> Void = { _ in }, _ body: (Row) throws -> Void
  ) throws {
    let statement = try connection.cached(sql)
    defer { statement.rewind() }
    var binding = Binding(statement)
    bind(&binding)
    let row = Row(statement: statement)
    while try statement.step() { try body(row) }
  }

  /// The first row of a query.
  func firstRow<Value>(
    _ sql: String, _ bind: (inout Binding) -> Void = { _ in }, _ value: (Row) throws -> Value
  ) throws -> Value? {
    let statement = try connection.cached(sql)
    defer { statement.rewind() }
    var binding = Binding(statement)
    bind(&binding)
    return try statement.step() ? try value(Row(statement: statement)) : nil
  }
}
