import Basics
import MeshModel
import SQLite

extension RecordTables {
  func insert(_ release: ReleaseRecord) throws {
    try statement("INSERT INTO releases (id, digest, taken_at, summary) VALUES (?, ?, ?, ?)") {
      $0.add(release.id)
      $0.add(release.digest)
      $0.add(release.takenAt)
      $0.add(release.summary)
    }.run()
    for pipeline in release.pipelines {
      let name = pipeline.name.description
      for (place, task) in pipeline.tasks.enumerated() {
        try statement(
          "INSERT INTO release_tasks (release, pipeline, task, name, kind) VALUES (?, ?, ?, ?, ?)"
        ) {
          $0.add(release.id)
          $0.add(name)
          $0.add(place)
          $0.add(task.name)
          $0.add(task.kind)
        }.run()
      }
    }
    for source in release.columnSources {
      try statement("INSERT INTO column_lineage VALUES (?, ?, ?, ?, ?)") {
        $0.add(release.id)
        $0.add(source.dataset.description)
        $0.add(source.column)
        $0.add(source.sourceDataset.description)
        $0.add(source.sourceColumn)
      }.run()
    }
  }

  func insert(_ backfill: BackfillRecord) throws {
    try statement(
      """
      INSERT INTO backfills (id, request, runs, max_active, state, created_at)
      VALUES (?, ?, ?, ?, 'running', ?)
      """
    ) {
      $0.add(backfill.id)
      $0.add(backfill.request)
      $0.add(backfill.runs)
      $0.add(backfill.maxActive)
      $0.add(backfill.createdAt)
    }.run()
  }

  private static let finishBackfill = Transitions<BackfillState>(
    """
    UPDATE backfills SET state = ?1, finished_at = ?2 WHERE id = ?3 AND STATE_MAY
      AND NOT EXISTS (SELECT 1 FROM runs WHERE backfill = ?3 AND finished_at IS NULL)
    """, mayBecome: { $0.mayBecome($1) })

  func finish(_ backfill: BackfillID, _ state: BackfillState, _ at: Instant) throws {
    try changeOne(Self.finishBackfill[state]) {
      $0.add(state.rawValue)
      $0.add(at)
      $0.add(backfill)
    } else: {
      let from = try word("SELECT state FROM backfills WHERE id = ?") { $0.add(backfill) }
      return "backfill b\(backfill) may not go from '\(from ?? "none")' to '\(state.rawValue)' now"
    }
  }

  private static let insertRun = """
    INSERT INTO runs (id, pipeline, partition, interval_start, interval_end, params, tasks, cause, backfill,
      retry_of, release, state, created_at, kept, asked_by, trigger_run, trigger_task, trigger_index,
      trigger_number)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?)
    """

  private static let replaceCurrentRun = """
    INSERT INTO current_runs (pipeline, partition, run) VALUES (?1, ?2, ?3)
    ON CONFLICT DO UPDATE SET run = excluded.run WHERE excluded.run > run
    """

  func insert(_ run: RunRecord) throws {
    let pipeline = run.pipeline.description
    try statement(Self.insertRun) {
      $0.add(run.id)
      $0.add(pipeline)
      $0.add(run.partition?.key)
      let interval = run.partition?.interval ?? run.ticks
      $0.add(interval?.start)
      $0.add(interval?.end)
      $0.add(json { $0.scalars(run.params) })
      $0.add(run.tasks.map { tasks in json { $0.places(tasks) } })
      $0.add(run.cause.rawValue)
      $0.add(run.backfill)
      $0.add(run.retryOf)
      $0.add(run.release)
      $0.add(run.createdAt)
      $0.add(run.kept.isEmpty ? nil : json { $0.places(run.kept) })
      $0.add(run.askedBy)
      if let trigger = run.trigger { $0.add(trigger) }
    }.run()
    let partition = run.partition?.key ?? ""
    try changeOne(Self.replaceCurrentRun) {
      $0.add(pipeline)
      $0.add(partition)
      $0.add(run.id)
    } else: {
      "run \(run.id) of '\(pipeline)' may not be created: partition '\(partition)' has a later one"
    }
  }

  /// At most one run of a pipeline's partition is under way.
  private static let startRun = Transitions<RunState>(
    """
    UPDATE runs SET state = ?1, started_at = ?2 WHERE id = ?3 AND STATE_MAY
      AND (partition IS NULL OR NOT EXISTS (SELECT 1 FROM runs AS other
        WHERE other.partition = runs.partition AND other.pipeline = runs.pipeline AND other.state = ?1))
    """, mayBecome: { $0.mayBecome($1) })

  func start(_ run: RunID, _ at: Instant) throws {
    try changeOne(Self.startRun[.running]) {
      $0.add(RunState.running.rawValue)
      $0.add(at)
      $0.add(run)
    } else: {
      try refusal(of: run, to: .running)
    }
  }

  private static let finishRun = Transitions<RunState>(
    """
    UPDATE runs SET state = ?1, finished_at = ?2, reason_code = ?3, reason_text = ?4
    WHERE id = ?5 AND STATE_MAY
      AND NOT EXISTS (SELECT 1 FROM task_instances WHERE run = ?5 AND finished_at IS NULL)
    """, mayBecome: { $0.mayBecome($1) })

  func finish(_ run: RunID, _ state: RunState, _ reason: Reason?, _ at: Instant) throws {
    guard state.isFinal else { throw RecordsError(.illegalChange, try refusal(of: run, to: state)) }
    try changeOne(Self.finishRun[state]) {
      $0.add(state.rawValue)
      $0.add(at)
      $0.add(reason)
      $0.add(run)
    } else: {
      try refusal(of: run, to: state)
    }
  }

  private func refusal(of run: RunID, to state: RunState) throws -> String {
    let from = try word("SELECT state FROM runs WHERE id = ?") { $0.add(run) }
    return "run \(run) may not go from '\(from ?? "none")' to '\(state.rawValue)' now"
  }

  func cancel(_ run: RunID, _ cancellation: Cancellation) throws {
    try changeOne(
      """
      UPDATE runs SET cancellation = ?1 WHERE id = ?2 AND finished_at IS NULL
        AND (cancellation IS NULL OR ?1 = 'everything')
      """
    ) {
      $0.add(cancellation.rawValue)
      $0.add(run)
    } else: {
      "run \(run) is not live, or is cancelled already"
    }
  }

  func pause(_ target: PauseTarget, _ at: Instant) throws {
    try changeOne("INSERT INTO pauses (target, paused_at) VALUES (?, ?) ON CONFLICT DO NOTHING") {
      $0.add(target.description)
      $0.add(at)
    } else: {
      "'\(target)' is paused already"
    }
  }

  func resume(_ target: PauseTarget) throws {
    try changeOne("DELETE FROM pauses WHERE target = ?") {
      $0.add(target.description)
    } else: {
      "'\(target)' is not paused"
    }
  }

  func json(_ write: (inout JSONWriter) -> Void) -> String {
    var writer = JSONWriter()
    write(&writer)
    return writer.text
  }

  func fanOut(_ run: RunID, _ task: Int, _ values: [Scalar], _ at: Instant) throws {
    try changeOne(
      """
      INSERT INTO fan_outs (run, task, each_values, at)
      SELECT id, ?2, ?3, ?4 FROM runs WHERE id = ?1 AND finished_at IS NULL
      """
    ) {
      $0.add(run)
      $0.add(task)
      $0.add(json { $0.scalars(values) })
      $0.add(at)
    } else: {
      "'each' of task \(task) may not be answered: run \(run) is not live"
    }
  }

  func answer(_ instance: InstanceID, _ holds: Bool, _ at: Instant) throws {
    try changeOne(
      """
      INSERT INTO conditions (run, task, each_index, holds, at)
      SELECT id, ?2, ?3, ?4, ?5 FROM runs WHERE id = ?1 AND finished_at IS NULL
      """
    ) {
      $0.add(instance)
      $0.add(holds ? 1 : 0)
      $0.add(at)
    } else: {
      "'when' of task \(instance.task) may not be answered: run \(instance.run) is not live"
    }
  }
}
