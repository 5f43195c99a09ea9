import Basics
import MeshModel
import SQLite

extension RecordTables {
  /// A schedule counts from a moment on: it is new, or it was edited.
  func begin(_ schedule: ScheduleRecord) throws {
    try statement(
      """
      INSERT INTO schedules (pipeline, rhythm, counted_to) VALUES (?, ?, ?)
      ON CONFLICT (pipeline) DO UPDATE SET rhythm = excluded.rhythm, counted_to = excluded.counted_to
      """
    ) {
      $0.add(schedule.pipeline.description)
      $0.add(schedule.rhythm)
      $0.add(schedule.countedTo)
    }.run()
  }

  func endSchedule(of pipeline: PipelineName) throws {
    try changeOne("DELETE FROM schedules WHERE pipeline = ?") {
      $0.add(pipeline.description)
    } else: {
      "'\(pipeline)' has no schedule that counts"
    }
  }

  /// Enters a tick in the ledger; none is entered twice, nor before one that is there.
  func enter(_ tick: TickRecord) throws {
    try changeOne("UPDATE schedules SET counted_to = ?1 WHERE pipeline = ?2 AND counted_to < ?3 AND ?3 <= ?1")
    {
      $0.add(tick.through)
      $0.add(tick.pipeline.description)
      $0.add(tick.at)
    } else: {
      "the tick of '\(tick.pipeline)' at \(tick.at.milliseconds) is decided already, or is of no schedule"
    }
    try statement(
      """
      INSERT INTO ticks (pipeline, at, outcome, run, reason_code, reason_text, decided_at, through)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """
    ) {
      $0.add(tick.pipeline.description)
      $0.add(tick.at)
      $0.add(tick.outcome.word)
      $0.add(tick.outcome.run)
      $0.add(tick.outcome.reason)
      $0.add(tick.decidedAt)
      $0.add(tick.through == tick.at ? nil : tick.through)
    }.run()
  }
}
