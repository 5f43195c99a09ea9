import Basics
import Lineage
import MeshModel

/// What a dead owner left, for the scheduler that goes on with it.
public struct UnfinishedWork: Sendable {
  /// A run with what the scheduler was told of it besides the record.
  public struct Run: Sendable {
    public var run: UnfinishedRun
    public var keptOutputs: [Int: String]
    public var past: RunRequest.Past

    public init(run: UnfinishedRun, keptOutputs: [Int: String] = [:], past: RunRequest.Past = .none) {
      self.run = run
      self.keptOutputs = keptOutputs
      self.past = past
    }
  }

  /// A backfill whose runs are not all final, and how those ended that are.
  public struct Backfill: Sendable {
    public var id: BackfillID
    public var maxActive: Int?
    public var failed: Int
    public var cancelled: Int

    public init(id: BackfillID, maxActive: Int?, failed: Int, cancelled: Int) {
      self.id = id
      self.maxActive = maxActive
      self.failed = failed
      self.cancelled = cancelled
    }
  }

  /// The releases that its runs use, whatever is the latest.
  public var releases: [Release]
  /// Ascending.
  public var runs: [Run]
  public var backfills: [Backfill]
  public var paused: [PauseTarget]
  /// How far the ledger of ticks is.
  public var schedules: [ScheduleRecord]
  /// The last tick in the ledger of each pipeline that had any.
  public var lastTicks: [PipelineName: Instant]
  public var triggers: [TriggerRecord]
  public var alerts: RecoveredAlerts

  public init(
    releases: [Release], runs: [Run], backfills: [Backfill], paused: [PauseTarget],
    schedules: [ScheduleRecord] = [], lastTicks: [PipelineName: Instant] = [:],
    triggers: [TriggerRecord] = [], alerts: RecoveredAlerts = RecoveredAlerts()
  ) {
    self.releases = releases
    self.runs = runs
    self.backfills = backfills
    self.paused = paused
    self.schedules = schedules
    self.lastTicks = lastTicks
    self.triggers = triggers
    self.alerts = alerts
  }
}

/// Building the state up again from the record: nothing is decided here, so restoring twice is restoring
/// once. What follows is decided as always.
extension Scheduler {
  /// A scheduler that goes on where another one stopped.
  ///
  /// - Parameter latest: what new runs are made from.
  public init(
    restoring work: UnfinishedWork, latest: Release, configuration: Configuration, ledger: PartitionLedger,
    at now: Instant
  ) {
    let older = work.releases.filter { $0.id != latest.id }.sorted { $0.id < $1.id }
    self.init(release: older.first ?? latest, configuration: configuration, ledger: ledger)
    for release in older.dropFirst() { add(release) }
    add(latest)
    self.now = now
    paused = Set(work.paused)
    lastTicks = work.lastTicks
    for schedule in work.schedules { countedSchedules[schedule.pipeline] = schedule }
    for trigger in work.triggers { countedTriggers[trigger.pipeline] = trigger }
    alerts = AlertBook(work.alerts)
    for deadline in work.alerts.deadlines { countedDeadlines[deadline.pipeline] = deadline }
    repeatNotifications()
    for backfill in work.backfills {
      backfills[backfill.id] = LiveBackfill(
        maxActive: backfill.maxActive, unfinished: 0, failed: backfill.failed, cancelled: backfill.cancelled)
    }
    if configuration.startsGently, !work.runs.isEmpty {
      slots.limit(workers: max(1, configuration.workers / 4))
      setTimer(.widen, at: now + .seconds(1))
    }
    for run in work.runs { restore(run) }
    for backfill in work.backfills { finishBackfillIfDone(backfill.id) }
  }

  private mutating func restore(_ work: UnfinishedWork.Run) {
    let record = work.run.record
    guard let place = place(of: record) else { return }
    let slot = hold(record, pipeline: place, keptOutputs: work.keptOutputs, past: work.past)
    if let backfill = record.backfill { backfills[backfill]?.unfinished += 1 }
    guard work.run.state == .running else { return queue(slot) }
    layOut(slot)
    runs[slot]?.cancellation = work.run.cancellation
    let rows = Dictionary(grouping: work.run.instances) { $0.id.task }
    for task in cells[slot].indices where cells[slot][task].phase != .absent {
      restoreTask(slot, task, rows[task] ?? [], values: work.run.fanOuts[task])
    }
    for task in cells[slot].indices where cells[slot][task].phase == .final { passOn(slot, task) }
    for task in cells[slot].indices {
      switch cells[slot][task].phase {
      case .absent, .final, .waitingForData, .evaluatingWhen, .evaluatingEach: continue
      case .waiting where work.run.conditions.contains(task):
        // Its `when` was answered; its `each` was not.
        recallInputs(slot, task)
        evaluateEach(slot, task)
      case .waiting: tasksToAdvance.append(TaskReference(slot: slot, task: task))
      case .expanded: goOn(slot, task, rows[task] ?? [])
      }
    }
    if runs[slot]?.unfinishedTasks == 0 { finishRun(slot) }
  }

  /// Where the pipeline of a recorded run stands; nil: its release is not known.
  private func place(of record: RunRecord) -> Int? {
    for known in releases where known.release.id == record.release {
      return known.release.graph.index(of: record.pipeline).map { known.firstPipeline + $0 }
    }
    return nil
  }

  /// Fills a task's cell from its instances' rows.
  private mutating func restoreTask(
    _ slot: Int, _ task: Int, _ rows: [UnfinishedRun.Instance], values: [Scalar]?
  ) {
    guard let run = runs[slot] else { return }
    let isFannedOut = plan(run.pipeline).steps[task].fanOut != nil
    var instances = (values ?? []).map { InstanceCell(value: $0) }
    if !isFannedOut, let row = rows.first, row.attempts > 0 || !row.state.isFinal {
      instances = [InstanceCell()]
    }
    if instances.isEmpty {
      // It ended as a whole, before it had instances, or it has not begun.
      guard let row = rows.first else { return }
      count(slot, task, row.state)
      cells[slot][task].phase = .final
      return
    }
    cells[slot][task].phase = .expanded
    cells[slot][task].instances = instances
    cells[slot][task].unfinished = Int32(instances.count)
    for row in rows where instances.indices.contains(row.id.index) { restoreInstance(slot, task, row) }
    if cells[slot][task].unfinished == 0 { cells[slot][task].phase = .final }
  }

  private mutating func restoreInstance(_ slot: Int, _ task: Int, _ row: UnfinishedRun.Instance) {
    let index = row.id.index
    cells[slot][task].instances[index].state = row.state
    cells[slot][task].instances[index].attempts = Int32(clamping: row.attempts)
    cells[slot][task].instances[index].lost = Int32(clamping: row.lost)
    cells[slot][task].instances[index].output = row.output
    cells[slot][task].instances[index].content = row.content
    cells[slot][task].instances[index].inputs = row.inputs
    if let written = row.rows { cells[slot][task].rows = (cells[slot][task].rows ?? 0) + written }
    if row.state.isFinal {
      cells[slot][task].unfinished -= 1
      return count(slot, task, row.state)
    }
    cells[slot][task].active += 1
    cells[slot][task].instances[index].isActive = true
    guard let live = row.live else { return }
    cells[slot][task].instances[index].attempt = live.state
    cells[slot][task].inputs = live.inputs
    guard live.state == .stopping else { return }
    cells[slot][task].instances[index].stop =
      live.stopReason?.code == StopCause.timedOut.rawValue ? .timedOut : .cancelled
  }

  /// A final task counts for those after it.
  private mutating func passOn(_ slot: Int, _ task: Int) {
    guard let run = runs[slot] else { return }
    runs[slot]?.unfinishedTasks -= 1
    let outcome = cells[slot][task].outcome
    for next in plan(run.pipeline).downstream.successors(of: task) {
      cells[slot][next].tally.add(outcome)
      cells[slot][next].pendingUpstreams -= 1
    }
  }

  /// Sets going again what is not final.
  private mutating func goOn(_ slot: Int, _ task: Int, _ rows: [UnfinishedRun.Instance]) {
    guard let run = runs[slot] else { return }
    let follows = plan(run.pipeline).steps[task].follows != nil
    if !rows.contains(where: { $0.live != nil }) { recallInputs(slot, task) }
    for row in rows {
      if let live = row.live {
        if let deferral = live.deferral {
          let attempt = AttemptID(instance: row.id, number: row.attempts)
          goOnWaiting(slot, attempt, deferral, since: live.startedAt)
          setTimer(.look(attempt), at: now)
        } else {
          adopt(slot, row, live)
        }
      }
      if let due = row.retryAt { setTimer(.retry(row.id), at: due) }
    }
    for index in cells[slot][task].instances.indices {
      switch cells[slot][task].instances[index].state {
      case .waiting where follows:
        followersToAdvance.append(
          InstanceReference(task: TaskReference(slot: slot, task: task), index: index))
      case .waiting: becomeReady(slot, task, index)
      case .queued: enqueue(slot, task, index)
      case .deferred, .retrying, .running: continue
      case .success, .failed, .skipped, .cancelled, .upstreamFailed: continue
      }
    }
  }

  /// Finds out anew which versions a task was found ready with: those that no attempt of it was told yet.
  private mutating func recallInputs(_ slot: Int, _ task: Int) {
    if case .ready(let inputs) = dataReadiness(slot, task) { cells[slot][task].inputs = inputs }
  }

  /// Has a live attempt taken over; it keeps its slots, and the time that it has had.
  private mutating func adopt(
    _ slot: Int, _ row: UnfinishedRun.Instance, _ live: UnfinishedRun.LiveAttempt
  ) {
    guard let run = runs[slot] else { return }
    let (task, index) = (row.id.task, row.id.index)
    slots.take(demand(run.pipeline, task))
    let attempt = AttemptID(instance: row.id, number: row.attempts)
    let context = InstanceContext(
      run: run.facts.context, instance: row.id, each: cells[slot][task].instances[index].value,
      upstreamOutputs: upstreamOutputs(slot, task, index: index))
    decisions.effects.append(
      .adopt(
        AttemptOrder(
          id: attempt, key: AttemptKey(state: configuration.state, attempt: attempt), context: context,
          inputs: live.inputs, process: live.process)))
    if let cause = cells[slot][task].instances[index].stop {
      let grace = run.cancellation == .everything ? Duration.zero : configuration.grace
      decisions.effects.append(.stop(attempt, cause, grace: grace))
    } else if let timeout = plan(run.pipeline).steps[task].timeout {
      setTimer(.timeout(attempt), at: live.startedAt + timeout)
    }
  }
}
