import Basics
import MeshModel

extension StateReader {
  /// How far the ledger of ticks is, sorted by pipeline.
  func schedules() throws -> [ScheduleRecord] {
    try rows("SELECT pipeline, rhythm, counted_to FROM schedules ORDER BY pipeline") { row in
      guard let pipeline = PipelineName(try row.text(0)) else { throw row.wrong(0) }
      return ScheduleRecord(pipeline: pipeline, rhythm: try row.text(1), countedTo: try row.instant(2))
    }
  }

  /// The last tick of each pipeline, from name to name without a look at those in between.
  func lastTicks() throws -> [PipelineName: Instant] {
    let last = try rows(
      """
      WITH RECURSIVE names (name) AS (
        SELECT min(pipeline) FROM ticks
        UNION ALL SELECT (SELECT min(pipeline) FROM ticks WHERE pipeline > name) FROM names
        WHERE name IS NOT NULL)
      SELECT name, (SELECT coalesce(through, at) FROM ticks WHERE pipeline = name ORDER BY at DESC LIMIT 1)
      FROM names WHERE name IS NOT NULL
      """
    ) { row in
      guard let pipeline = PipelineName(try row.text(0)) else { throw row.wrong(0) }
      return (pipeline, try row.instant(1))
    }
    return Dictionary(uniqueKeysWithValues: last)
  }

  /// The moment of the last tick that the ledger has of any pipeline; nil: none was ever due.
  public func lastTick() throws(RecordsError) -> Instant? {
    try snapshot { _ in try lastTicks().values.max() }
  }

  /// What became of the latest ticks of a pipeline, the latest first.
  public func ticks(of pipeline: PipelineName, limit: Int) throws(RecordsError) -> [TickRecord] {
    try snapshot { _ in
      try rows(
        """
        SELECT at, through, outcome, run, reason_code, reason_text, decided_at
        FROM ticks WHERE pipeline = ? ORDER BY at DESC LIMIT ?
        """
      ) {
        $0.add(pipeline.description)
        $0.add(limit)
      } _: { row in
        let outcome = TickRecord.Outcome(
          word: try row.text(2), run: try row.optionalInt64(3), reason: try row.reason(4))
        guard let outcome else { throw row.wrong(2) }
        return TickRecord(
          pipeline: pipeline, at: try row.instant(0), through: try row.optionalInstant(1), outcome: outcome,
          decidedAt: try row.instant(6))
      }
    }
  }
}
