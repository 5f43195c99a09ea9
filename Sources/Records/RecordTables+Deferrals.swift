import Basics
import MeshModel
import SQLite

/// Attempts that wait without a worker.
extension RecordTables {
  private static let deferFirst = Transitions<InstanceState>(
    """
    INSERT INTO task_instances (run, task, each_index, state, since, attempts, ready_at, started_at,
      reason_code, reason_text)
    SELECT id, ?2, ?3, 'deferred', ?4, 1, ?4, ?4, ?5, ?6 FROM runs WHERE id = ?1 AND state = 'running'
    ON CONFLICT DO UPDATE SET state = 'deferred', since = ?4, attempts = 1, ready_at = coalesce(ready_at, ?4),
      started_at = ?4, reason_code = ?5, reason_text = ?6
      WHERE attempts = 0 AND STATE_MAY
    """, mayBecome: mayStart)[.deferred]

  private static let deferAgain = Transitions<InstanceState>(
    """
    UPDATE task_instances SET state = 'deferred', since = ?4, attempts = ?7, retry_at = NULL,
      reason_code = ?5, reason_text = ?6
    WHERE run = ?1 AND task = ?2 AND each_index = ?3 AND attempts = ?7 - 1 AND STATE_MAY
    """, mayBecome: mayStart)[.deferred]

  private static let insertDeferred = """
    INSERT INTO attempts (run, task, each_index, number, state, attempt_key, started_at, running_at,
      waits_until, child, made_child)
    VALUES (?1, ?2, ?3, ?4, 'running', ?5, ?6, ?6, ?7, ?8, ?9)
    """

  func putOff(
    _ attempt: AttemptID, _ key: AttemptKey, _ deferral: Deferral, _ at: Instant
  ) throws {
    let isFirst = attempt.number == 1
    try changeOne(isFirst ? Self.deferFirst : Self.deferAgain) {
      $0.add(attempt.instance)
      $0.add(at)
      $0.add(deferral.reason)
      if !isFirst { $0.add(attempt.number) }
    } else: {
      try refusal(of: attempt.instance, to: .deferred) + " with attempt \(attempt.number)"
    }
    try statement(Self.insertDeferred) {
      $0.add(attempt)
      $0.add(key.text)
      $0.add(at)
      $0.add(deferral.until)
      $0.add(deferral.child)
      $0.add(deferral.madeChild ? 1 : nil)
    }.run()
  }

  func answer(_ attempt: AttemptID, _ reason: Reason) throws {
    try changeOne(
      """
      UPDATE task_instances SET reason_code = ?5, reason_text = ?6
      WHERE run = ?1 AND task = ?2 AND each_index = ?3 AND attempts = ?4 AND state = 'deferred'
      """
    ) {
      $0.add(attempt)
      $0.add(reason)
    } else: {
      "attempt \(attempt.number) of task \(attempt.instance.task)[\(attempt.instance.index)] of run "
        + "\(attempt.instance.run) waits for no answer"
    }
  }
}
