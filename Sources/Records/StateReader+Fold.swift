import Basics
import SQLite

extension StateReader {
  /// Where the tables differ from the fold of the event log: one sentence a table, none when the law holds.
  ///
  /// Replays the log since the last snapshot into a database in memory, with the function that the writer
  /// uses, and compares column by column, all on one snapshot of the state.
  public func differencesFromFold() throws(RecordsError) -> [String] {
    try snapshot { reader in
      let fold = try Fold(in: .memory)
      try fold.begin(with: reader)
      while try fold.advance(with: reader) {}
      return try Self.foldedTables.compactMap { try fold.difference(of: $0, in: reader) }
    }
  }

  /// The same for a log of any length and beside a busy owner: a snapshot for each page of the log and for
  /// each table, whose fold is first brought up to that snapshot.
  func differencesFromLongFold() throws -> [String] {
    let before = try logEnds()
    do { return try differencesFromPagedFold() } catch {
      // Maintenance took a snapshot meanwhile, and events that it holds are gone.
      guard try logEnds() != before else { throw error }
      return try differencesFromPagedFold()
    }
  }

  private func differencesFromPagedFold() throws -> [String] {
    let fold = try Fold(in: .scratchFile)
    try fold.begin(with: self)
    while try fold.advance(with: self) {}
    return try Self.foldedTables.compactMap { table in
      try snapshot { reader in
        while try fold.advance(with: reader) {}
        return try fold.difference(of: table, in: reader)
      }
    }
  }

  /// All tables that changes lead to.
  static let foldedTables = [
    "releases", "release_tasks", "column_lineage", "backfills", "runs", "current_runs", "fan_outs",
    "conditions", "task_instances", "attempts", "outputs", "materializations", "materialization_inputs",
    "dataset_partitions", "ticks", "pauses", "schedules", "tokens", "audit", "data_triggers", "arrivals",
    "alerts", "silences", "notifications", "deliveries", "deadlines",
  ]
}
