import Basics
import MeshModel
import Planning

/// What a record would say of everything that is not final, folded from the changes alone: what a scheduler
/// goes on from after a crash.
struct RecordFold {
  private var runs: [RunID: UnfinishedRun] = [:]
  private var instances: [InstanceID: UnfinishedRun.Instance] = [:]
  private var paused: Set<PauseTarget> = []
  private var schedules: [PipelineName: ScheduleRecord] = [:]
  private var lastTicks: [PipelineName: Instant] = [:]
  private(set) var ledger = PartitionLedger()
  private(set) var lastRun: RunID = 0
  private(set) var lastMaterialization: Int64 = 0

  mutating func take(_ changes: [Change]) { for change in changes { take(change) } }

  func work(_ release: Release) -> UnfinishedWork {
    let runs = runs.values.sorted { $0.record.id < $1.record.id }.map { run in
      var run = run
      run.instances = instances.values.filter { $0.id.run == run.record.id }.sorted { $0.id < $1.id }
      return UnfinishedWork.Run(run: run)
    }
    return UnfinishedWork(
      releases: [release], runs: runs, backfills: [], paused: Array(paused),
      schedules: Array(schedules.values), lastTicks: lastTicks)
  }

  private mutating func take(_ change: Change) {
    switch change {
    case .runCreated(let record):
      runs[record.id] = UnfinishedRun(record: record, state: .queued)
      lastRun = record.id
    case .runStarted(let run, _): runs[run]?.state = .running
    case .runFinished(let run, _, _, _):
      runs[run] = nil
      instances = instances.filter { $0.key.run != run }
    case .runCancelled(let run, let cancellation, _): runs[run]?.cancellation = cancellation
    case .fannedOut(let run, let task, let values, _): runs[run]?.fanOuts[task] = values
    case .conditionEvaluated(let instance, let holds, _):
      if holds { runs[instance.run]?.conditions.insert(instance.task) }
    case .instanceQueued(let instance, _, _): move(instance, to: .queued)
    case .instanceFinished(let instance, let state, _, _): move(instance, to: state)
    case .attemptStarted(let attempt, _, let inputs, let at):
      move(attempt.instance, to: .running)
      instances[attempt.instance]?.attempts = attempt.number
      instances[attempt.instance]?.inputs = inputs
      instances[attempt.instance]?.live = .init(state: .starting, startedAt: at, inputs: inputs)
    case .attemptRunning(let attempt, let process, _):
      instances[attempt.instance]?.live?.state = .running
      instances[attempt.instance]?.live?.process = process
    case .attemptStopping(let attempt, let reason, _):
      instances[attempt.instance]?.live?.state = .stopping
      instances[attempt.instance]?.live?.stopReason = reason
    case .attemptEnded(let attempt, let outcome, let state, let retryAt, _):
      move(attempt.instance, to: state)
      instances[attempt.instance]?.retryAt = retryAt
      instances[attempt.instance]?.output = outcome.output
      instances[attempt.instance]?.content = outcome.content
      if let inputs = outcome.inputs { instances[attempt.instance]?.inputs = inputs }
      if outcome.state == .lost { instances[attempt.instance]?.lost += 1 }
    case .materialized(let record):
      lastMaterialization = record.id
      ledger.record(
        record.dataset, record.partition?.key ?? "",
        .init(version: record.id, content: record.content, at: record.at, run: record.attempt.instance.run))
    case .paused(let target, _): paused.insert(target)
    case .scheduled(let schedule, _): schedules[schedule.pipeline] = schedule
    case .unscheduled(let pipeline, _): schedules[pipeline] = nil
    case .ticked(let tick):
      schedules[tick.pipeline]?.countedTo = tick.through
      lastTicks[tick.pipeline] = tick.through
    case .resumed(let target, _): paused.remove(target)
    case .releaseTaken, .backfillCreated, .backfillFinished, .coveredAsSkipped, .markedMissing,
      .markedPresent, .accepted, .runsRemoved, .tokenSet, .audited:
      break
    }
  }

  private mutating func move(_ instance: InstanceID, to state: InstanceState) {
    var row = instances[instance] ?? UnfinishedRun.Instance(id: instance, state: state, attempts: 0)
    row.state = state
    row.live = nil
    row.retryAt = nil
    instances[instance] = row
  }
}
