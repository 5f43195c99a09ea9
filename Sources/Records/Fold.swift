import Basics
import MeshModel
import SQLite

/// The tables as the event log makes them, in a database of its own, to hold the real ones against (law 10).
///
/// Used by one thread at a time.
final class Fold {
  /// Where the database lies.
  enum Place {
    case memory
    /// A file without a name, which goes with the connection: for logs of any length.
    case scratchFile
  }

  let connection: Connection
  private let tables: RecordTables
  /// The last event that is part of it.
  var last: Int64 = 0

  init(in place: Place) throws {
    connection = try Connection(path: "", mode: place == .memory ? .memory : .create)
    try connection.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536")
    // What is removed, and in which order a snapshot has its rows, is the writer's care.
    try connection.execute("PRAGMA foreign_keys = 0")
    try connection.migrate(Schema.migrations)
    tables = RecordTables(connection: connection)
  }

  /// Adds the next events; answers whether there were any.
  func advance(with reader: StateReader, upTo end: Int64 = .max, limit: Int = 5000) throws -> Bool {
    let page = try reader.events(after: last, limit: limit).prefix { $0.sequence <= end }
    guard !page.isEmpty else { return false }
    try connection.execute("BEGIN")
    for event in page {
      guard event.sequence == last + 1 else {
        throw RecordsError(.damaged, "the event log has a gap before \(event.sequence)")
      }
      last = event.sequence
      try tables.apply(event.change)
    }
    try connection.execute("COMMIT")
    return true
  }

  /// Where a table of the reader's snapshot differs, in one sentence; nil where it does not.
  func difference(of table: String, in reader: StateReader) throws -> String? {
    // No index covers all columns, so both scans are in the order of the key.
    let query = "SELECT * FROM \(table) NOT INDEXED"
    let mine = try reader.connection.prepare(query)
    let folded = try connection.prepare(query)
    var row = 0
    while true {
      row += 1
      let more = try (mine.step(), folded.step())
      if more == (false, false) { return nil }
      guard more == (true, true) else { return "table '\(table)' has another number of rows" }
      for column in 0..<mine.columnCount where !Self.isEqual(mine, folded, column) {
        return "row \(row) of table '\(table)' differs in '\(mine.columnName(column))'"
      }
    }
  }

  private static func isEqual(_ left: Statement, _ right: Statement, _ column: Int) -> Bool {
    guard left.storage(column) == right.storage(column) else { return false }
    return switch left.storage(column) {
    case .null: true
    case .integer: left.int64(column) == right.int64(column)
    case .real: left.double(column) == right.double(column)
    case .text: left.text(column) == right.text(column)
    case .blob: left.blob(column) == right.blob(column)
    }
  }
}
