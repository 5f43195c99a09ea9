import Basics
import MeshModel
import Records

/// What the committed changes say so far: a fold of our own, which shares no code with the record or the
/// scheduler. The laws look at it before and after each change.
final class Chronicle {
  /// A task instance that has left `waiting`.
  struct Instance {
    var state: InstanceState
    var attempts = 0
    var lost = 0
    var retryAt: Instant?
    /// When the latest retry was decided, and how long it had to wait.
    var lastDelay: Duration?
    var queuedAt: Instant?
  }

  /// An attempt that is not final.
  struct LiveAttempt {
    var state: AttemptState
    var startedAt: Instant
    var stoppedAt: Instant?
    var key: AttemptKey
    var demand: Demand
    /// The event that started it.
    var sequence: Int64
  }

  /// What an attempt takes.
  struct Demand {
    var domain: String
    var pool: String?
    var store: String?
  }

  /// An attempt that waits without a worker.
  struct WaitingAttempt {
    var until: Instant
    var child: RunID?
    /// The event that began it.
    var sequence: Int64
  }

  /// A run that is not final.
  final class Run {
    let record: RunRecord
    let facts: PipelineFacts
    var state = RunState.queued
    var cancellation: Cancellation?
    var cancelledAt: Instant?
    var instances: [Int: [Int: Instance]] = [:]
    var fanOuts: [Int: Int] = [:]
    var conditions: [Int: Bool] = [:]

    init(record: RunRecord, facts: PipelineFacts) {
      self.record = record
      self.facts = facts
    }

    func takesPart(_ task: Int) -> Bool {
      record.tasks?.contains(task) ?? true || record.kept.contains(task)
    }

    /// Its tasks by name; nil: all of the pipeline.
    var parts: Set<String>? {
      let parts = facts.tasks.indices.filter(takesPart)
      return parts.count == facts.tasks.count ? nil : Set(parts.map { facts.tasks[$0].name })
    }

    /// How many instances a task has, as far as it is known.
    func count(of task: Int) -> Int {
      if let count = fanOuts[task] { return max(1, count) }
      return 1
    }

    /// All instances of a task are final.
    func isFinal(_ task: Int) -> Bool {
      guard let instances = instances[task] else { return false }
      return instances.count >= count(of: task) && instances.values.allSatisfy(\.state.isFinal)
    }
  }

  /// A run that is final.
  struct FinalRun {
    var record: RunRecord
    var state: RunState
    var at: Instant
    /// Its tasks by name; nil: all of the pipeline.
    var parts: Set<String>?
    /// Retention has taken it away.
    var isRemoved = false

    /// Whether its success says that what an alert is about is mended.
    func covers(_ cause: AlertCause) -> Bool {
      guard record.pipeline == cause.pipeline, record.partition?.key ?? "" == cause.partition else {
        return false
      }
      return parts.map { parts in cause.task.map(parts.contains) ?? false } ?? true
    }
  }

  /// A version of a dataset's partition; 0: it is covered by a skip.
  struct Standing {
    var version: Int64
    /// What tells its result from others, if anything does.
    var content: Int64?
    /// What it counts as made of.
    var code: String?
    var inputs: [InputVersion] = []
    /// Who made that version, if a run did.
    var maker: RunID?
    /// Who skipped it last, if it was not made since.
    var skipper: RunID?
    var at: Instant
    /// Its task was rightly skipped since.
    var isSkipped: Bool { skipper != nil }
  }

  private(set) var releases: [ReleaseID: ReleaseFacts] = [:]
  private(set) var runs: [RunID: Run] = [:]
  private(set) var finalRuns: [RunID: FinalRun] = [:]
  private(set) var live: [AttemptID: LiveAttempt] = [:]
  /// Those that wait, which hold nothing.
  private(set) var waiting: [AttemptID: WaitingAttempt] = [:]
  /// The runs that attempts made.
  private(set) var children: [AttemptID: [RunID]] = [:]
  private(set) var partitions: [DatasetName: [String: Standing]] = [:]
  private(set) var backfills: [BackfillID: (record: BackfillRecord, state: BackfillState)] = [:]
  private(set) var paused: Set<PauseTarget> = []
  /// The newest version that each partition ever had.
  private(set) var newestVersions: [DatasetName: [String: Int64]] = [:]
  private(set) var lastVersion: Int64 = 0
  /// Partitions that an operator took away at some time.
  private(set) var wasMarkedMissing: Set<DatasetPartitionName> = []
  /// The release that new runs are made from.
  private(set) var latest: ReleaseFacts?
  /// The release whose ticks are looked at in a turn: the latest at its beginning, before a deploy within it.
  private(set) var releaseOfTicks: ReleaseFacts?

  /// A turn begins of an owner that can commit.
  func beginTurn() { releaseOfTicks = latest }

  /// The number of the last event.
  private(set) var sequence: Int64 = 0
  /// What the owner takes for the time, and what the wall clock shows it.
  private(set) var now = Instant(milliseconds: 0)
  private(set) var wall = Instant(milliseconds: 0)
  /// How far the wall clock was ahead of the owner's time, at least and at most, since all that it decided
  /// was committed.
  private var ahead = Duration.zero...Duration.zero

  func tell(now: Instant, wall: Instant, isLate: Bool = false) {
    self.now = now
    self.wall = wall
    let offset = wall - now
    ahead = isLate ? min(ahead.lowerBound, offset)...max(ahead.upperBound, offset) : offset...offset
  }

  /// The least that the wall clock can have shown at a decision that is committed now.
  func earliestWall(at decision: Instant) -> Instant { decision + ahead.lowerBound }

  /// The most that the wall clock can have shown at a decision that is committed now.
  var latestWall: Instant { now + ahead.upperBound }
  /// How far what came is settled for each pipeline that is due by data.
  private(set) var triggers: [PipelineName: TriggerRecord] = [:]
  private(set) var openAlerts: [AlertID: AlertCause] = [:]
  /// Those that nobody ended.
  private(set) var silences: Set<SilenceID> = []
  /// How far the ticks of each schedule are decided.
  private(set) var schedules: [PipelineName: ScheduleRecord] = [:]

  /// Makes a release known; its limits hold from now on.
  func add(_ release: ReleaseFacts) {
    releases[release.id] = release
    latest = release
  }

  /// Live runs by pipeline, ascending.
  private(set) var lines: [PipelineName: [Run]] = [:]
  /// Runs of each backfill that are under way.
  private(set) var active: [BackfillID: Int] = [:]
  private(set) var queued: Set<InstanceID> = []

  /// Runs of a pipeline that are under way.
  func running(_ pipeline: PipelineName) -> [Run] { (lines[pipeline] ?? []).filter { $0.state == .running } }

  func instance(_ id: InstanceID) -> Instance? { runs[id.run]?.instances[id.task]?[id.index] }

  /// The state of an instance; what has no row yet waits.
  func state(_ id: InstanceID) -> InstanceState { instance(id)?.state ?? .waiting }

  func isPaused(_ run: Run) -> Bool {
    paused.contains(.pipeline(run.record.pipeline))
      || run.record.backfill.map { paused.contains(.backfill($0)) } ?? false
  }

  func apply(_ change: Change) {
    sequence += 1
    switch change {
    case .releaseTaken, .tokenSet, .audited: break
    case .alertRaised, .alertAcknowledged, .alertResolved, .silenced, .unsilenced, .notificationBegun,
      .notificationEnded, .deadlineCounted, .deadlineUncounted, .alertsRemoved:
      applyAlert(change)
    case .runsRemoved(let gone, _): for run in gone { finalRuns[run]?.isRemoved = true }
    case .backfillCreated(let record): backfills[record.id] = (record, .running)
    case .backfillFinished(let id, let state, _): backfills[id]?.state = state
    case .runCreated(let record):
      if let facts = releases[record.release]?.pipelines[record.pipeline] {
        let run = Run(record: record, facts: facts)
        runs[record.id] = run
        lines[record.pipeline, default: []].append(run)
      }
      if let trigger = record.trigger { children[trigger, default: []].append(record.id) }
    case .runStarted(let run, _):
      runs[run]?.state = .running
      if let backfill = runs[run]?.record.backfill { active[backfill, default: 0] += 1 }
    case .runFinished(let run, let state, _, let at): finish(run, state, at)
    case .runCancelled(let run, let cancellation, let at):
      runs[run]?.cancellation = cancellation
      if runs[run]?.cancelledAt == nil { runs[run]?.cancelledAt = at }
    case .fannedOut(let run, let task, let values, _): runs[run]?.fanOuts[task] = values.count
    case .conditionEvaluated(let instance, let holds, _):
      runs[instance.run]?.conditions[instance.task] = holds
    case .instanceQueued(let instance, _, let at):
      update(instance) {
        $0.state = .queued
        $0.queuedAt = at
        $0.retryAt = nil
      }
    case .instanceFinished(let instance, let state, _, _): update(instance) { $0.state = state }
    case .attemptStarted(let attempt, let key, _, let at): start(attempt, key, at)
    case .attemptDeferred(let attempt, _, let deferral, _): wait(attempt, deferral)
    case .attemptAnswered: break
    case .attemptRunning(let attempt, _, _): live[attempt]?.state = .running
    case .attemptStopping(let attempt, _, let at):
      live[attempt]?.state = .stopping
      live[attempt]?.stoppedAt = at
    case .attemptEnded(let attempt, let outcome, let state, let retryAt, let at):
      live[attempt] = nil
      waiting[attempt] = nil
      update(attempt.instance) {
        $0.state = state
        if outcome.state == .lost { $0.lost += 1 }
        $0.retryAt = retryAt
        if let retryAt { $0.lastDelay = retryAt - at }
      }
    case .materialized(let record): publish(record)
    case .accepted(let record, _):
      lastVersion = record.id
      partitions[record.dataset]?[record.partition]?.code = record.code
      partitions[record.dataset]?[record.partition]?.inputs = record.inputs
    case .coveredAsSkipped(let dataset, let partition, let instance, _, let at):
      partitions[dataset, default: [:]][partition?.key ?? "", default: Standing(version: 0, at: at)].skipper =
        instance.run
    case .markedMissing(let dataset, let partition, _, _):
      partitions[dataset]?[partition] = nil
      wasMarkedMissing.insert(DatasetPartitionName(dataset: dataset, partition: partition))
    case .markedPresent(let dataset, let partition, let version, _, let at):
      lastVersion = version
      newestVersions[dataset, default: [:]][partition?.key ?? ""] = version
      partitions[dataset, default: [:]][partition?.key ?? ""] = Standing(version: version, at: at)
    case .paused(let target, _): paused.insert(target)
    case .resumed(let target, _): paused.remove(target)
    case .scheduled, .unscheduled, .ticked, .triggered, .untriggered, .arrived: applyDue(change)
    }
  }

  /// What somebody should know of.
  private func applyAlert(_ change: Change) {
    switch change {
    case .alertRaised(let alert): openAlerts[alert.id] = alert.cause
    case .alertResolved(let alert, _, _): openAlerts[alert] = nil
    case .silenced(let silence): silences.insert(silence.id)
    case .unsilenced(let silence, _, _): silences.remove(silence)
    default: return
    }
  }

  /// What says when pipelines are due.
  private func applyDue(_ change: Change) {
    switch change {
    case .scheduled(let schedule, _): schedules[schedule.pipeline] = schedule
    case .unscheduled(let pipeline, _): schedules[pipeline] = nil
    case .ticked(let tick): schedules[tick.pipeline]?.countedTo = tick.through
    case .triggered(let trigger, _): triggers[trigger.pipeline] = trigger
    case .untriggered(let pipeline, _): triggers[pipeline] = nil
    case .arrived(let arrival): triggers[arrival.pipeline]?.countedTo = arrival.countedTo
    default: return
    }
  }

  private func publish(_ record: MaterializationRecord) {
    lastVersion = record.id
    newestVersions[record.dataset, default: [:]][record.partition?.key ?? ""] = record.id
    partitions[record.dataset, default: [:]][record.partition?.key ?? ""] = Standing(
      version: record.id, content: record.content, code: record.code, inputs: record.inputs,
      maker: record.attempt.instance.run, at: record.at)
  }

  private func update(_ id: InstanceID, _ body: (inout Instance) -> Void) {
    guard let run = runs[id.run] else { return }
    body(&run.instances[id.task, default: [:]][id.index, default: Instance(state: .waiting)])
    if state(id) == .queued { queued.insert(id) } else { queued.remove(id) }
  }

  private func wait(_ attempt: AttemptID, _ deferral: Deferral) {
    update(attempt.instance) {
      $0.state = .deferred
      $0.attempts += 1
      $0.retryAt = nil
    }
    waiting[attempt] = WaitingAttempt(until: deferral.until, child: deferral.child, sequence: sequence)
  }

  private func start(_ attempt: AttemptID, _ key: AttemptKey, _ at: Instant) {
    update(attempt.instance) {
      $0.state = .running
      $0.attempts += 1
      $0.retryAt = nil
    }
    guard let run = runs[attempt.instance.run], run.facts.tasks.indices.contains(attempt.instance.task) else {
      return
    }
    live[attempt] = LiveAttempt(
      state: .starting, startedAt: at, key: key, demand: run.facts.tasks[attempt.instance.task].demand,
      sequence: sequence)
  }

  private func finish(_ id: RunID, _ state: RunState, _ at: Instant) {
    guard let run = runs.removeValue(forKey: id) else { return }
    finalRuns[id] = FinalRun(record: run.record, state: state, at: at, parts: run.parts)
    lines[run.record.pipeline]?.removeAll { $0 === run }
    if run.state == .running, let backfill = run.record.backfill { active[backfill, default: 0] -= 1 }
  }
}

/// A partition of a dataset; the key is empty where there are none.
struct DatasetPartitionName: Hashable {
  var dataset: DatasetName
  var partition: String
}
