import Basics
import MeshModel
import SQLite

extension RecordTables {
  /// Data makes a pipeline due from a publication on, or a stretch of what came was looked at.
  func begin(_ trigger: TriggerRecord) throws {
    try changeOne(
      """
      INSERT INTO data_triggers (pipeline, meaning, counts_from, counted_to) VALUES (?1, ?2, ?3, ?4)
      ON CONFLICT (pipeline) DO UPDATE SET meaning = ?2, counts_from = ?3, counted_to = ?4
        WHERE counted_to <= ?4 AND counts_from <= ?3
      """
    ) {
      $0.add(trigger.pipeline.description)
      $0.add(trigger.meaning)
      $0.add(trigger.countsFrom)
      $0.add(trigger.countedTo)
    } else: {
      "the data of '\(trigger.pipeline)' was looked at further than to \(trigger.countedTo)"
    }
  }

  func endTrigger(of pipeline: PipelineName) throws {
    try changeOne("DELETE FROM data_triggers WHERE pipeline = ?") {
      $0.add(pipeline.description)
    } else: {
      "no data makes '\(pipeline)' due"
    }
  }

  /// Enters what became of data that was complete: never of what was there before the trigger.
  func enter(_ arrival: ArrivalRecord) throws {
    try changeOne(
      """
      UPDATE data_triggers SET counted_to = ?1
      WHERE pipeline = ?2 AND counted_to <= ?1 AND counts_from < ?3 AND ?1 <= ?3
      """
    ) {
      $0.add(arrival.countedTo)
      $0.add(arrival.pipeline.description)
      $0.add(arrival.number)
    } else: {
      "what '\(arrival.pipeline)' is due by at \(arrival.number) is decided already, or is of no trigger"
    }
    var because = JSONWriter()
    because.inputVersions(arrival.because)
    try statement(
      """
      INSERT INTO arrivals (pipeline, partition, number, interval_start, interval_end, because, outcome, run,
        reason_code, reason_text, decided_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """
    ) {
      $0.add(arrival.pipeline.description)
      $0.add(arrival.partition?.key ?? "")
      $0.add(arrival.number)
      $0.add(arrival.partition?.start)
      $0.add(arrival.partition?.end)
      $0.add(because.text)
      $0.add(arrival.outcome.word)
      $0.add(arrival.outcome.run)
      $0.add(arrival.outcome.reason)
      $0.add(arrival.decidedAt)
    }.run()
  }
}
