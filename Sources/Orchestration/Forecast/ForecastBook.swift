import Basics
import Lineage
import MeshModel
import Planning

/// Notes what happens in a forecast.
final class ForecastBook {
  private static let mostDoubts = 5
  private static let mostSkipped = 10_000

  private let past: ForeseenPast
  private let from: Instant
  private var runs: [RunID: Forecast.Run] = [:]
  private var skipped: [Forecast.SkippedRun] = []
  /// Instances that are ready and have not started.
  private var waits: [InstanceID: Forecast.Wait] = [:]
  /// Those of the record, whose reason is not known yet.
  private var unexplained: [InstanceID]
  private var unexplainedRuns: [RunID]
  /// The place of each live attempt in its run.
  private var places: [AttemptID: Int] = [:]
  /// Attempts that were noted.
  private(set) var attempts = 0
  /// Runs that are not over.
  private(set) var open: Set<RunID> = []
  /// How many of them each backfill has.
  private var openOf: [BackfillID: Int] = [:]

  /// - Parameter unfinished: the runs that are live now.
  init(_ past: ForeseenPast, unfinished: [UnfinishedRun], from: Instant) {
    self.past = past
    self.from = from
    unexplained = unfinished.flatMap { $0.instances.filter { $0.state == .queued }.map(\.id) }
    unexplainedRuns = unfinished.filter { $0.state == .queued }.map(\.record.id)
    for run in unfinished {
      enter(run.record, state: run.state, isForeseen: false)
      for instance in run.instances {
        guard let live = instance.live else { continue }
        start(AttemptID(instance: instance.id, number: instance.attempts), at: live.startedAt)
      }
    }
  }

  /// Takes in what was decided.
  func take(_ changes: [Change], scheduler: inout Scheduler) {
    for change in changes { take(change) }
    for case .runCreated(let record) in changes { unexplainedRuns.append(record.id) }
    for run in unexplainedRuns where runs[run]?.wait == nil {
      guard let reason = scheduler.reasonToWait(run), let created = runs[run]?.createdAt else { continue }
      runs[run]?.wait = Forecast.Wait(reason: reason, from: max(from, created))
    }
    unexplainedRuns.removeAll(keepingCapacity: true)
    for instance in unexplained {
      guard let reason = scheduler.reasonToWait(instance) else { continue }
      waits[instance] = Forecast.Wait(reason: reason, from: from)
    }
    unexplained = []
  }

  private func take(_ change: Change) {
    switch change {
    case .runCreated(let record): enter(record, state: .queued, isForeseen: true)
    case .runStarted(let run, let at):
      runs[run]?.startsAt = at
      runs[run]?.state = .running
      runs[run]?.wait?.until = at
    case .runFinished(let run, let state, _, let at): finish(run, state, at)
    case .instanceQueued(let instance, let reason, let at):
      waits[instance] = Forecast.Wait(reason: reason, from: at)
    case .attemptStarted(let attempt, _, _, let at), .attemptDeferred(let attempt, _, _, let at):
      start(attempt, at: at)
    case .attemptEnded(let attempt, let outcome, _, _, let at):
      guard let place = places.removeValue(forKey: attempt) else { return }
      runs[attempt.instance.run]?.attempts[place].endsAt = at
      runs[attempt.instance.run]?.attempts[place].state = outcome.state
      if outcome.state != .success { runs[attempt.instance.run]?.attempts[place].failure = outcome.reason }
    case .instanceFinished(let instance, _, _, _): waits[instance] = nil
    case .ticked(let tick): skip(tick.pipeline, tick.at, tick.decidedAt, tick.outcome)
    case .arrived(let arrival): skip(arrival.pipeline, arrival.decidedAt, arrival.decidedAt, arrival.outcome)
    default: return
    }
  }

  private func skip(
    _ pipeline: PipelineName, _ at: Instant, _ decidedAt: Instant, _ outcome: TickRecord.Outcome
  ) {
    switch outcome {
    case .run: return
    case .skipped(let reason), .missed(let reason):
      guard skipped.count < Self.mostSkipped else { return }
      skipped.append(Forecast.SkippedRun(pipeline: pipeline, at: at, decidedAt: decidedAt, reason: reason))
    }
  }

  private func enter(_ record: RunRecord, state: RunState, isForeseen: Bool) {
    var run = Forecast.Run(
      id: record.id, pipeline: record.pipeline, partition: record.partition, cause: record.cause,
      backfill: record.backfill, isForeseen: isForeseen, createdAt: record.createdAt,
      isRunning: state == .running, state: state)
    if let end = record.partition?.end, let (release, place) = past.pipeline(of: record) {
      run.deadline = release.graph.pipelines[place].deadline.map { end + $0 }
    }
    runs[record.id] = run
    open.insert(record.id)
    if let backfill = record.backfill { openOf[backfill, default: 0] += 1 }
  }

  /// Whether all runs of a backfill are over.
  func isOver(_ backfill: BackfillID) -> Bool { openOf[backfill] == 0 }

  private func finish(_ run: RunID, _ state: RunState, _ at: Instant) {
    runs[run]?.state = state
    runs[run]?.endsAt = at
    if let deadline = runs[run]?.deadline { runs[run]?.missesDeadline = at > deadline }
    if open.remove(run) != nil, let backfill = runs[run]?.backfill { openOf[backfill, default: 1] -= 1 }
  }

  private func start(_ attempt: AttemptID, at moment: Instant) {
    let instance = attempt.instance
    guard let count = runs[instance.run]?.attempts.count else { return }
    var wait = waits.removeValue(forKey: instance)
    wait?.until = moment
    places[attempt] = count
    attempts += 1
    runs[instance.run]?.attempts.append(
      Forecast.Attempt(id: attempt, task: name(of: instance), startsAt: moment, wait: wait))
  }

  /// `publish[3]`.
  private func name(of instance: InstanceID) -> String {
    guard let record = past.record(of: instance.run), let (release, place) = past.pipeline(of: record),
      release.graph.pipelines[place].tasks.indices.contains(instance.task)
    else { return "\(instance.task)" }
    let task = release.graph.pipelines[place].tasks[instance.task]
    return task.each == nil ? task.name : "\(task.name)[\(instance.index)]"
  }

  /// Notes why the end of a run is uncertain.
  func note(_ doubt: String?, of run: RunID) {
    guard let doubt, let known = runs[run]?.doubts, known.count < Self.mostDoubts, !known.contains(doubt)
    else { return }
    runs[run]?.doubts.append(doubt)
  }

  /// What was noted until a moment.
  func forecast(until end: Instant, isCut: Bool, workers: Int) -> Forecast {
    for (instance, wait) in waits.sorted(by: { $0.key < $1.key }) {
      runs[instance.run]?.unstarted.append((name(of: instance), wait))
    }
    for run in open {
      if let deadline = runs[run]?.deadline, deadline < end { runs[run]?.missesDeadline = true }
    }
    let never = Instant(milliseconds: .max)
    let sorted = runs.values.sorted { left, right in
      let begins = [left, right].map { $0.isRunning ? Instant(milliseconds: .min) : $0.startsAt ?? never }
      return (begins[0], left.id) < (begins[1], right.id)
    }
    return Forecast(
      from: from, until: end, isCut: isCut, workers: workers, runs: sorted, skipped: skipped)
  }
}
