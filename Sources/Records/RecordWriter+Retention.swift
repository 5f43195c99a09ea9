import Basics
import MeshModel
import SQLite

/// What keeps the state file small. None of it changes what the tables say but the removal of runs, which is
/// a change like any other.
extension RecordWriter {
  /// Keeps a part of a snapshot that is not finished.
  func add(part: Int64, _ content: [UInt8], toSnapshot sequence: Int64) throws(RecordsError) {
    try upkeep("INSERT INTO snapshot_rows (seq, part, content) VALUES (?, ?, ?)") {
      $0.add(sequence)
      $0.add(part)
      $0.add(utf8: content)
    }
  }

  /// From now on the tables can be folded from here, and what was before may go.
  func finishSnapshot(_ sequence: Int64, at now: Instant) throws(RecordsError) {
    try upkeep("INSERT INTO snapshots (seq, taken_at, content) VALUES (?, ?, x'')") {
      $0.add(sequence)
      $0.add(now)
    }
  }

  /// Removes some parts of snapshots that were never finished, or that a later one replaces; answers whether
  /// there were any.
  func removeStaleParts() throws(RecordsError) -> Bool {
    try upkeep(
      """
      DELETE FROM snapshot_rows WHERE (seq, part) IN (SELECT seq, part FROM snapshot_rows
        WHERE seq <> (SELECT coalesce(max(seq), 0) FROM snapshots) LIMIT 8)
      """) > 0
  }

  /// Removes the lines of snapshots that a later one replaces.
  func removeStaleSnapshots() throws(RecordsError) {
    try upkeep("DELETE FROM snapshots WHERE seq < (SELECT max(seq) FROM snapshots)")
  }

  /// Removes some events that the latest snapshot holds; answers whether there were any.
  func removeFoldedEvents() throws(RecordsError) -> Bool {
    try upkeep(
      """
      DELETE FROM events WHERE seq <= (SELECT max(seq) FROM snapshots)
        AND seq < (SELECT min(seq) FROM events) + ?
      """
    ) {
      $0.add(RetentionRule.eventsAtOnce)
    } > 0
  }

  /// Has SQLite look after its statistics, and writes the log into the file.
  func tidy() throws(RecordsError) {
    try recordsErrors {
      try connection.execute("PRAGMA optimize")
      try connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    }
  }

  @discardableResult
  private func upkeep(
    _ sql: String, _ bind: (inout Binding) -> Void = { _ in }
  ) throws(RecordsError) -> Int64 {
    try recordsErrors {
      let statement = try connection.cached(sql)
      var binding = Binding(statement)
      bind(&binding)
      try statement.run()
      return connection.changedRows
    }
  }
}
