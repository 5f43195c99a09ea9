import Basics
import MeshModel

/// How a day of a pipeline's calendar ended.
public struct DayOutcome: Sendable, Hashable {
  /// `2013-01-31`.
  public var date: String
  /// The latest run of the day.
  public var run: RunID
  /// The worst end among the latest runs of the day's partitions.
  public var state: RunState
  /// How many partitions of the day have a run, or runs where there are no partitions.
  public var count: Int
}

extension StateReader {
  /// The worst state among the instances of each task of a run, by the task's name; what never left `waiting`
  /// is so, or cancelled with its run.
  public func worstStates(of run: RunSummary) throws(RecordsError) -> [String: InstanceState] {
    try snapshot { reader in
      let tasks = try reader.tasks(of: run.pipeline, release: run.release)
      var worst: [String: InstanceState] = [:]
      for task in run.tasks ?? Array(tasks.indices) where tasks.indices.contains(task) {
        worst[tasks[task].name] = run.state.isFinal ? .cancelled : .waiting
      }
      var known: [String: InstanceState] = [:]
      let found = try rows("SELECT DISTINCT task, state FROM task_instances WHERE run = ?") {
        $0.add(run.id)
      } _: {
        (try $0.int(0), try $0.word(1, InstanceState.self))
      }
      for (task, state) in found where tasks.indices.contains(task) {
        let name = tasks[task].name
        known[name] = known[name].map { max($0, state) { $0.severity < $1.severity } } ?? state
      }
      return worst.merging(known) { $1 }
    }
  }

  /// How many instances of live runs are in each state that is not final; those that wait have no row.
  public func openInstances() throws(RecordsError) -> [InstanceState: Int] {
    try snapshot { _ in
      let counts = try rows(
        "SELECT state, count(*) FROM task_instances WHERE finished_at IS NULL GROUP BY state"
      ) { row in
        (try row.word(0, InstanceState.self), try row.int(1))
      }
      return Dictionary(counts, uniquingKeysWith: +)
    }
  }

  /// The instances that have a slot or wait for one, counted by the pipeline and the place of their task.
  public func slotTakers() throws(RecordsError) -> [SlotTakers] {
    try snapshot { _ in
      try rows(
        """
        SELECT r.pipeline, i.task, sum(i.state = 'running'), sum(i.state = 'queued')
        FROM task_instances AS i JOIN runs AS r ON r.id = i.run
        WHERE i.finished_at IS NULL AND i.state IN ('running', 'queued') GROUP BY r.pipeline, i.task
        """
      ) { row in
        guard let pipeline = PipelineName(try row.text(0)) else { throw row.wrong(0) }
        return SlotTakers(
          pipeline: pipeline, task: try row.int(1), running: try row.int(2), waiting: try row.int(3))
      }
    }
  }

  /// How the days of a year ended, in their order; a run counts for the day on which its partition begins,
  /// and without one for the day on which it was made.
  ///
  /// - Parameter local: the wall clock at a moment in the pipeline's zone.
  public func days(
    of pipeline: PipelineName, year: Int, local: (Instant) -> CivilTime
  ) throws(RecordsError) -> [DayOutcome] {
    // A day either way for zones; what is of another year falls out below.
    let start = Instant(seconds: CivilTime(year: year, month: 1, day: 1).secondsSinceEpoch - 86_400)
    let end = Instant(seconds: CivilTime(year: year + 1, month: 1, day: 1).secondsSinceEpoch + 86_400)
    return try snapshot { _ in
      let runs = try rows(
        """
        SELECT r.id, r.state, coalesce(r.interval_start, r.created_at)
        FROM current_runs AS c JOIN runs AS r ON r.id = c.run
        WHERE c.pipeline = ?1 AND coalesce(r.interval_start, r.created_at) BETWEEN ?2 AND ?3 ORDER BY r.id
        """
      ) {
        $0.add(pipeline.description)
        $0.add(start)
        $0.add(end)
      } _: {
        (try $0.int64(0), try $0.word(1, RunState.self), try $0.instant(2))
      }
      var days: [String: DayOutcome] = [:]
      for (run, state, moment) in runs {
        let time = local(moment)
        guard time.year == year else { continue }
        var day = days[time.dateText] ?? DayOutcome(date: time.dateText, run: run, state: state, count: 0)
        day.run = run
        day.state = max(day.state, state) { $0.severity < $1.severity }
        day.count += 1
        days[time.dateText] = day
      }
      return days.values.sorted { $0.date < $1.date }
    }
  }
}

private func max<Value>(_ one: Value, _ other: Value, by isLess: (Value, Value) -> Bool) -> Value {
  isLess(one, other) ? other : one
}

extension InstanceState {
  /// How much it wants to be seen where several are shown as one.
  public var severity: Int {
    switch self {
    case .success: 0
    case .skipped: 1
    case .cancelled: 2
    case .waiting: 3
    case .deferred: 4
    case .queued: 5
    case .running: 6
    case .retrying: 7
    case .upstreamFailed: 8
    case .failed: 9
    }
  }
}

extension RunState {
  /// How much it wants to be seen where several are shown as one.
  public var severity: Int {
    switch self {
    case .success: 0
    case .cancelled: 1
    case .queued: 2
    case .running: 3
    case .failed: 4
    }
  }
}

/// How many instances of a task have a slot, and how many wait for one.
public struct SlotTakers: Sendable {
  public var pipeline: PipelineName
  /// Its place in the pipeline.
  public var task: Int
  public var running: Int
  public var waiting: Int
}
