import Basics
import MeshModel
import SQLite

extension StateReader {
  /// Runs among the next numbers that may be removed, with how many rows hang on each; and where to look
  /// next, nil at the end.
  public func removableRuns(
    after last: RunID, finishedBefore moment: Instant, window: Int64
  ) throws(RecordsError) -> (runs: [(id: RunID, rows: Int)], next: RunID?) {
    try snapshot { _ in
      let (end, _) = last.addingReportingOverflow(window)
      let runs = try rows(
        """
        SELECT id, (SELECT count(*) FROM task_instances WHERE run = runs.id) FROM runs
        WHERE id > ?1 AND id <= ?2 AND finished_at < ?3 AND \(RecordTables.isRemovable) ORDER BY id
        """
      ) {
        $0.add(last)
        $0.add(end)
        $0.add(moment)
      } _: {
        (id: try $0.int64(0), rows: 1 + 3 * (try $0.int(1)))
      }
      let more = try firstRow("SELECT 1 FROM runs WHERE id > ?") {
        $0.add(end)
      } _: { _ in
        true
      }
      return (runs, more == nil ? nil : end)
    }
  }

  /// Whether a run was final before a moment, or was removed.
  public func isOver(_ run: RunID, before moment: Instant) throws(RecordsError) -> Bool {
    try snapshot { _ in
      let found = try firstRow("SELECT finished_at FROM runs WHERE id = ?") {
        $0.add(run)
      } _: {
        try $0.optionalInstant(0)
      }
      guard let found else { return try connection.integer(of: "SELECT max(id) FROM runs") >= run }
      return found.map { $0 < moment } ?? false
    }
  }

  /// The releases whose files may still be needed: those of unfinished runs, the latest, and those that were
  /// taken after a moment.
  public func releasesInUse(since moment: Instant) throws(RecordsError) -> Set<ReleaseID> {
    try snapshot { _ in
      Set(
        try rows(
          """
          SELECT id FROM releases WHERE taken_at >= ?
          UNION SELECT coalesce(max(id), 0) FROM releases
          UNION SELECT release FROM runs WHERE state IN ('queued', 'running')
          """
        ) {
          $0.add(moment)
        } _: {
          try $0.int64(0)
        })
    }
  }

  /// The last event that may go: older than the moment, and never the newest of all. 0: none.
  public func lastEvent(before moment: Instant) throws(RecordsError) -> Int64 {
    try snapshot { _ in
      // The clock may have stepped, so what counts is the first event that is young enough. Events are looked
      // through from the end of the last snapshot on.
      let first = try firstRow(
        "SELECT seq FROM events WHERE at >= ? ORDER BY seq LIMIT 1"
      ) {
        $0.add(moment)
      } _: {
        try $0.int64(0)
      }
      let last = try connection.integer(of: "SELECT max(seq) FROM events")
      return min(first ?? last, last) - 1
    }
  }

  /// The last event that the latest snapshot holds, and the first that is still in the log.
  public func logEnds() throws(RecordsError) -> (folded: Int64, first: Int64) {
    try snapshot { _ in
      (
        try connection.integer(of: "SELECT max(seq) FROM snapshots"),
        try connection.integer(of: "SELECT min(seq) FROM events")
      )
    }
  }
}
