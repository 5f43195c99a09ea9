import Basics
import SQLite

extension StateReader {
  /// Where the tables differ from the fold of the event log: one sentence a table, none when the law holds.
  ///
  /// Replays the whole log into a database in memory, with the function that the writer uses, and compares
  /// column by column.
  public func differencesFromFold() throws(RecordsError) -> [String] {
    try snapshot { reader in
      let fold = try Connection(path: "", mode: .memory)
      try fold.migrate(Schema.migrations)
      try fold.transaction { try reader.replay(into: RecordTables(connection: fold)) }
      return try Self.foldedTables.compactMap { try reader.difference(of: $0, from: fold) }
    }
  }

  /// All tables that changes lead to.
  static let foldedTables = [
    "releases", "release_tasks", "column_lineage", "backfills", "runs", "current_runs", "fan_outs",
    "conditions", "task_instances", "attempts", "outputs", "materializations", "materialization_inputs",
    "dataset_partitions", "ticks", "pauses",
  ]

  private func replay(into tables: RecordTables) throws {
    var last: Int64 = 0
    while true {
      let page = try events(after: last)
      guard !page.isEmpty else { return }
      for event in page {
        guard event.sequence == last + 1 else {
          throw RecordsError(.damaged, "the event log has a gap before \(event.sequence)")
        }
        last = event.sequence
        try tables.apply(event.change)
      }
    }
  }

  private func difference(of table: String, from fold: Connection) throws -> String? {
    // No index covers all columns, so both scans are in the order of the key.
    let query = "SELECT * FROM \(table) NOT INDEXED"
    let mine = try connection.prepare(query)
    let folded = try fold.prepare(query)
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
