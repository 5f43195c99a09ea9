import Basics
import MeshModel
import SQLite

extension RecordTables {
  private static let queueInstance = Transitions<InstanceState>(
    """
    INSERT INTO task_instances (run, task, each_index, state, since, attempts, ready_at, reason_code,
      reason_text)
    SELECT id, ?2, ?3, 'queued', ?4, 0, ?4, ?5, ?6 FROM runs WHERE id = ?1 AND state = 'running'
    ON CONFLICT DO UPDATE SET state = 'queued', since = ?4, ready_at = coalesce(ready_at, ?4),
      retry_at = NULL, reason_code = ?5, reason_text = ?6
      WHERE STATE_MAY
    """, mayBecome: { $0.mayBecome($1) })

  func queue(_ instance: InstanceID, _ reason: Reason, _ at: Instant) throws {
    try changeOne(Self.queueInstance[.queued]) {
      $0.add(instance)
      $0.add(at)
      $0.add(reason)
    } else: {
      try refusal(of: instance, to: .queued)
    }
  }

  /// What may have an attempt now: what is queued, and what may be queued in the same moment.
  static func mayStart(_ from: InstanceState, _ target: InstanceState) -> Bool {
    from.mayBecome(target) || from.mayBecome(.queued) && InstanceState.queued.mayBecome(target)
  }

  private static let startFirst = Transitions<InstanceState>(
    """
    INSERT INTO task_instances (run, task, each_index, state, since, attempts, ready_at, started_at)
    SELECT id, ?2, ?3, 'running', ?4, 1, ?4, ?4 FROM runs WHERE id = ?1 AND state = 'running'
    ON CONFLICT DO UPDATE SET state = 'running', since = ?4, attempts = 1, ready_at = coalesce(ready_at, ?4),
      started_at = ?4, reason_code = NULL, reason_text = NULL
      WHERE attempts = 0 AND STATE_MAY
    """, mayBecome: mayStart)[.running]

  private static let startAgain = Transitions<InstanceState>(
    """
    UPDATE task_instances SET state = 'running', since = ?4, attempts = ?5, retry_at = NULL,
      reason_code = NULL, reason_text = NULL
    WHERE run = ?1 AND task = ?2 AND each_index = ?3 AND attempts = ?5 - 1 AND STATE_MAY
    """, mayBecome: mayStart)[.running]

  private static let insertAttempt = """
    INSERT INTO attempts (run, task, each_index, number, state, attempt_key, started_at, inputs)
    VALUES (?, ?, ?, ?, 'starting', ?, ?, ?)
    """

  func start(
    _ attempt: AttemptID, _ key: AttemptKey, _ inputs: [InputVersion], _ at: Instant
  ) throws {
    let isFirst = attempt.number == 1
    try changeOne(isFirst ? Self.startFirst : Self.startAgain) {
      $0.add(attempt.instance)
      $0.add(at)
      if !isFirst { $0.add(attempt.number) }
    } else: {
      try refusal(of: attempt.instance, to: .running) + " with attempt \(attempt.number)"
    }
    try statement(Self.insertAttempt) {
      $0.add(attempt)
      $0.add(key.text)
      $0.add(at)
      $0.add(inputs.isEmpty ? nil : json { $0.inputVersions(inputs) })
    }.run()
  }

  private static let runAttempt = Transitions<AttemptState>(
    """
    UPDATE attempts SET state = 'running', running_at = ?5, pid = ?6, process_start = ?7, boot = ?8
    WHERE run = ?1 AND task = ?2 AND each_index = ?3 AND number = ?4 AND STATE_MAY
    """, mayBecome: { $0.mayBecome($1) })

  func run(_ attempt: AttemptID, _ process: ProcessIdentity, _ at: Instant) throws {
    try changeOne(Self.runAttempt[.running]) {
      $0.add(attempt)
      $0.add(at)
      $0.add(Int64(process.pid))
      $0.add(Int64(bitPattern: process.startTime))
      $0.add(process.boot)
    } else: {
      try refusal(of: attempt, to: .running)
    }
  }

  private static let stopAttempt = Transitions<AttemptState>(
    """
    UPDATE attempts SET state = 'stopping', stopping_at = ?5, reason_code = ?6, reason_text = ?7
    WHERE run = ?1 AND task = ?2 AND each_index = ?3 AND number = ?4 AND STATE_MAY
    """, mayBecome: { $0.mayBecome($1) })

  func stop(_ attempt: AttemptID, _ reason: Reason, _ at: Instant) throws {
    try changeOne(Self.stopAttempt[.stopping]) {
      $0.add(attempt)
      $0.add(at)
      $0.add(reason)
    } else: {
      try refusal(of: attempt, to: .stopping)
    }
  }

  private static let endAttempt = Transitions<AttemptState>(
    """
    UPDATE attempts SET state = ?5, finished_at = ?6, reason_code = coalesce(?7, reason_code),
      reason_text = coalesce(?8, reason_text), exit_code = ?9, signal = ?10, asks_retry = ?11,
      is_permanent = ?12, rows = ?13, bytes = ?14, processor_ms = ?15, peak_memory = ?16, content = ?17,
      inputs = coalesce(?18, inputs)
    WHERE run = ?1 AND task = ?2 AND each_index = ?3 AND number = ?4 AND STATE_MAY
    """, mayBecome: { $0.mayBecome($1) })

  private static let endInstance = Transitions<InstanceState>(
    """
    UPDATE task_instances SET state = ?5, since = ?6, retry_at = ?7, finished_at = ?8, reason_code = ?9,
      reason_text = ?10
    WHERE run = ?1 AND task = ?2 AND each_index = ?3 AND attempts = ?4 AND STATE_MAY
    """, mayBecome: { ($0 == .running || $0 == .deferred) && $0.mayBecome($1) })

  func end(
    _ attempt: AttemptID, _ outcome: AttemptOutcome, _ instance: InstanceState, _ retryAt: Instant?,
    _ at: Instant
  ) throws {
    guard outcome.state.isFinal else {
      throw RecordsError(.illegalChange, try refusal(of: attempt, to: outcome.state))
    }
    guard instance.isFinal == (retryAt == nil) else {
      throw RecordsError(.illegalChange, try refusal(of: attempt.instance, to: instance))
    }
    try changeOne(Self.endAttempt[outcome.state]) {
      $0.add(attempt)
      $0.add(outcome.state.rawValue)
      $0.add(at)
      $0.add(outcome.reason)
      $0.add(outcome.exitCode)
      $0.add(outcome.signal)
      $0.add(outcome.asksRetry ? 1 : 0)
      $0.add(outcome.isPermanent ? 1 : 0)
      $0.add(outcome.rows)
      $0.add(outcome.bytes)
      $0.add(outcome.processorMilliseconds)
      $0.add(outcome.peakMemory)
      $0.add(outcome.content)
      $0.add(outcome.inputs.map { inputs in json { $0.inputVersions(inputs) } })
    } else: {
      try refusal(of: attempt, to: outcome.state)
    }
    try changeOne(Self.endInstance[instance]) {
      $0.add(attempt)
      $0.add(instance.rawValue)
      $0.add(at)
      $0.add(retryAt)
      $0.add(instance.isFinal ? at : nil)
      $0.add(outcome.reason)
    } else: {
      try refusal(of: attempt.instance, to: instance)
    }
    guard let output = outcome.output else { return }
    try statement("INSERT INTO outputs (run, task, each_index, number, output) VALUES (?, ?, ?, ?, ?)") {
      $0.add(attempt)
      $0.add(output)
    }.run()
  }

  /// What has a live attempt ends with that, never by itself.
  private static let finishInstance = Transitions<InstanceState>(
    """
    INSERT INTO task_instances (run, task, each_index, state, since, attempts, finished_at, reason_code,
      reason_text)
    SELECT id, ?2, ?3, ?4, ?5, 0, ?5, ?6, ?7 FROM runs WHERE id = ?1 AND finished_at IS NULL
    ON CONFLICT DO UPDATE SET state = ?4, since = ?5, retry_at = NULL, finished_at = ?5, reason_code = ?6,
      reason_text = ?7
      WHERE STATE_MAY
    """, mayBecome: { $0 != .running && $0 != .deferred && $0.mayBecome($1) })

  func finish(_ instance: InstanceID, _ state: InstanceState, _ reason: Reason, _ at: Instant) throws {
    guard state.isFinal else {
      throw RecordsError(.illegalChange, try refusal(of: instance, to: state))
    }
    try changeOne(Self.finishInstance[state]) {
      $0.add(instance)
      $0.add(state.rawValue)
      $0.add(at)
      $0.add(reason)
    } else: {
      try refusal(of: instance, to: state)
    }
  }

  func refusal(of instance: InstanceID, to state: InstanceState) throws -> String {
    let from = try word(
      """
      SELECT state || ' after attempt ' || attempts FROM task_instances
      WHERE run = ? AND task = ? AND each_index = ?
      """
    ) { $0.add(instance) }
    return "task \(instance.task)[\(instance.index)] of run \(instance.run) may not go from "
      + "'\(from ?? "waiting")' to '\(state.rawValue)' now"
  }

  private func refusal(of attempt: AttemptID, to state: AttemptState) throws -> String {
    let from = try word(
      "SELECT state FROM attempts WHERE run = ? AND task = ? AND each_index = ? AND number = ?"
    ) { $0.add(attempt) }
    return "attempt \(attempt.number) of task \(attempt.instance.task)[\(attempt.instance.index)] of run "
      + "\(attempt.instance.run) may not go from '\(from ?? "none")' to '\(state.rawValue)'"
  }
}
