import Basics
import MeshModel
import SQLite

extension StateReader {
  /// Everything that is not final, what is paused, and the numbers given out so far. Every unfinished row is
  /// checked against the legal states; what cannot be is an error.
  ///
  /// - Parameter now: silences that are over by then are left out; nil: none are.
  public func recoveredState(at now: Instant? = nil) throws(RecordsError) -> RecoveredState {
    try snapshot { _ in
      RecoveredState(
        last: try lastNumbers(), backfills: try unfinishedBackfills(), runs: try unfinishedRuns(),
        paused: try pauses(), schedules: try schedules(),
        lastTicks: try lastTicks(), triggers: try triggers(), alerts: try recoveredAlerts(at: now))
    }
  }

  private func lastNumbers() throws -> RecoveredState.LastNumbers {
    RecoveredState.LastNumbers(
      run: try connection.integer(of: "SELECT max(id) FROM runs"),
      backfill: try connection.integer(of: "SELECT max(id) FROM backfills"),
      release: try connection.integer(of: "SELECT max(id) FROM releases"),
      materialization: try connection.integer(
        of: """
          SELECT max((SELECT coalesce(max(id), 0) FROM materializations),
            (SELECT coalesce(max(published), 0) FROM dataset_partitions
              WHERE standing IN ('skipped', 'missing')),
            (SELECT coalesce(max(counted_to), 0) FROM data_triggers))
          """))
  }

  private func unfinishedBackfills() throws -> [RecoveredState.UnfinishedBackfill] {
    try rows(
      """
      SELECT b.id, b.max_active, count(*) FILTER (WHERE r.state = 'failed'),
        count(*) FILTER (WHERE r.state = 'cancelled')
      FROM backfills AS b LEFT JOIN runs AS r ON r.backfill = b.id
      WHERE b.state = 'running' GROUP BY b.id ORDER BY b.id
      """
    ) { row in
      .init(
        id: try row.int64(0), maxActive: try row.optionalInt(1), failed: try row.int(2),
        cancelled: try row.int(3))
    }
  }

  private func unfinishedRuns() throws -> [UnfinishedRun] {
    var runs = try rows(
      "SELECT \(RunSummary.columns) FROM runs WHERE state IN ('queued', 'running') ORDER BY id"
    ) { row in
      let run = try RunSummary(row)
      return UnfinishedRun(record: run.record, state: run.state, cancellation: run.cancellation)
    }
    let places = Dictionary(runs.enumerated().map { ($1.record.id, $0) }) { first, _ in first }
    try readInstances(into: &runs, places)
    try readAttempts(into: &runs, places)
    try readAnswers(into: &runs, places)
    return runs
  }

  private func readInstances(into runs: inout [UnfinishedRun], _ places: [RunID: Int]) throws {
    let stray = try firstRow(
      """
      SELECT i.run, i.task, i.each_index
      FROM task_instances AS i INDEXED BY task_instances_unfinished JOIN runs AS r ON r.id = i.run
      WHERE i.finished_at IS NULL AND r.state <> 'running' LIMIT 1
      """
    ) { try $0.instance(0) }
    if let stray { throw Self.impossible("it is not final, and its run does not run", stray) }
    try eachRow(
      """
      SELECT i.run, i.task, i.each_index, i.state, i.attempts, i.retry_at, i.finished_at
      FROM runs AS r JOIN task_instances AS i ON i.run = r.id
      WHERE r.state IN ('queued', 'running') ORDER BY i.run, i.task, i.each_index
      """
    ) { row in
      let instance = UnfinishedRun.Instance(
        id: try row.instance(0), state: try row.word(3), attempts: try row.int(4),
        retryAt: try row.optionalInstant(5))
      guard instance.state.isFinal == (try row.optionalInstant(6) != nil),
        (instance.state == .retrying) == (instance.retryAt != nil), let run = places[instance.id.run]
      else { throw row.wrong(3) }
      runs[run].instances.append(instance)
    }
  }

  /// Adds what attempts tell of their instances; both come in the same order.
  private func readAttempts(into runs: inout [UnfinishedRun], _ places: [RunID: Int]) throws {
    var run = 0
    var place = 0
    try eachRow(
      """
      SELECT a.run, a.task, a.each_index, a.number, a.state, a.started_at, a.finished_at, a.rows,
        a.reason_code, a.reason_text, a.inputs, a.pid, a.process_start, a.boot, o.output, a.content,
        a.waits_until, a.child, a.made_child, i.reason_code, i.reason_text
      FROM runs AS r JOIN attempts AS a ON a.run = r.id
        JOIN task_instances AS i ON (i.run, i.task, i.each_index) = (a.run, a.task, a.each_index)
        LEFT JOIN outputs AS o
          ON (o.run, o.task, o.each_index, o.number) = (a.run, a.task, a.each_index, a.number)
      WHERE r.state IN ('queued', 'running') ORDER BY a.run, a.task, a.each_index, a.number
      """
    ) { row in
      let id = try row.attempt(0)
      while run < runs.count, runs[run].record.id < id.instance.run { (run, place) = (run + 1, 0) }
      guard run < runs.count else { throw row.wrong(0) }
      while place < runs[run].instances.count, runs[run].instances[place].id < id.instance { place += 1 }
      guard place < runs[run].instances.count, runs[run].instances[place].id == id.instance else {
        throw row.wrong(1)
      }
      let state: AttemptState = try row.word(4)
      guard state.isFinal == (try row.optionalInstant(6) != nil) else { throw row.wrong(4) }
      if let written = try row.optionalInt64(7) {
        runs[run].instances[place].rows = (runs[run].instances[place].rows ?? 0) + written
      }
      runs[run].instances[place].output = try row.optionalText(14)
      runs[run].instances[place].inputs = try row.inputs(10)
      runs[run].instances[place].content = try row.optionalInt64(15)
      if state == .lost { runs[run].instances[place].lost += 1 }
      guard !state.isFinal else { return }
      guard id.number == runs[run].instances[place].attempts else { throw row.wrong(3) }
      runs[run].instances[place].live = .init(
        state: state, startedAt: try row.instant(5), stopReason: try row.reason(8),
        inputs: runs[run].instances[place].inputs, process: try row.process(11),
        deferral: try row.deferral(16))
    }
    for instance in runs.lazy.flatMap(\.instances)
    where (instance.state == .running || instance.state == .deferred) != (instance.live != nil)
      || (instance.state == .deferred) != (instance.live?.deferral != nil)
    {
      throw Self.impossible("it runs or waits without a live attempt, or does neither with one", instance.id)
    }
  }

  /// What `each` and `when` gave.
  private func readAnswers(into runs: inout [UnfinishedRun], _ places: [RunID: Int]) throws {
    try eachRow(
      """
      SELECT f.run, f.task, f.each_values FROM runs AS r JOIN fan_outs AS f ON f.run = r.id
      WHERE r.state IN ('queued', 'running')
      """
    ) { row in
      guard let run = places[try row.int64(0)], let list = try row.json(2).array else { throw row.wrong(2) }
      runs[run].fanOuts[try row.int(1)] = try list.map { value in
        guard let value = Scalar(json: value) else { throw row.wrong(2) }
        return value
      }
    }
    try eachRow(
      """
      SELECT c.run, c.task FROM runs AS r JOIN conditions AS c ON c.run = r.id
      WHERE r.state IN ('queued', 'running') AND c.holds
      """
    ) { row in
      guard let run = places[try row.int64(0)] else { throw row.wrong(0) }
      runs[run].conditions.insert(try row.int(1))
    }
  }

  private static func impossible(_ what: String, _ instance: InstanceID) -> RecordsError {
    RecordsError(
      .damaged,
      "task \(instance.task)[\(instance.index)] of run \(instance.run) cannot be as the state file says: "
        + what,
      help: "put back a copy of the file")
  }
}

extension RunSummary {
  /// The run as it was created.
  public var record: RunRecord {
    RunRecord(
      id: id, pipeline: pipeline, partition: partition, ticks: ticks, params: params, cause: cause,
      backfill: backfill, retryOf: retryOf, release: release, createdAt: createdAt, tasks: tasks, kept: kept,
      askedBy: askedBy, trigger: trigger)
  }
}

extension Row {
  /// Until when, the run, whether it made that, and the reason in two columns; nil where the first is NULL.
  fileprivate func deferral(_ column: Int) throws -> Deferral? {
    guard let until = try optionalInstant(column) else { return nil }
    guard let reason = try reason(column + 3) else { throw wrong(column + 3) }
    return Deferral(
      until: until, reason: reason, child: try optionalInt64(column + 1),
      madeChild: try optionalInt(column + 2) != nil)
  }

  /// A JSON array of versions; none for NULL.
  fileprivate func inputs(_ column: Int) throws -> [InputVersion] {
    guard !statement.isNull(column) else { return [] }
    guard let inputs = [InputVersion](json: try json(column)) else { throw wrong(column) }
    return inputs
  }
}
