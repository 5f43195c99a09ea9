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
  private var triggers: [PipelineName: TriggerRecord] = [:]
  /// What stands, by its place among all that was published.
  private(set) var published: [PublishedPartition] = []
  /// The numbers of what was complete, by pipeline and partition.
  private(set) var arrivals: [PipelineName: [String: Int64]] = [:]
  private(set) var latestRuns: [PipelineName: [String: (run: RunID, state: RunState?)]] = [:]
  /// What the attempts of each run were told to read.
  private(set) var inputs: [RunID: Set<InputVersion>] = [:]
  private(set) var ledger = PartitionLedger()
  private(set) var lastRun: RunID = 0
  private(set) var lastMaterialization: Int64 = 0

  private var alerts = AlertFold()

  mutating func take(_ changes: [Change]) { for change in changes { take(change) } }

  func work(_ release: Release) -> UnfinishedWork {
    let runs = runs.values.sorted { $0.record.id < $1.record.id }.map { run in
      var run = run
      run.instances = instances.values.filter { $0.id.run == run.record.id }.sorted { $0.id < $1.id }
      return UnfinishedWork.Run(run: run)
    }
    return UnfinishedWork(
      releases: [release], runs: runs, backfills: [], paused: Array(paused),
      schedules: Array(schedules.values), lastTicks: lastTicks, triggers: Array(triggers.values),
      alerts: alerts.recovered)
  }

  private mutating func take(_ change: Change) {
    switch change {
    case .runCreated(let record):
      runs[record.id] = UnfinishedRun(record: record, state: .queued)
      lastRun = record.id
      latestRuns[record.pipeline, default: [:]][record.partition?.key ?? ""] = (record.id, nil)
    case .runStarted(let run, _): runs[run]?.state = .running
    case .runFinished(let run, let state, _, _):
      if let record = runs[run]?.record {
        latestRuns[record.pipeline]?[record.partition?.key ?? ""] = (run, state)
      }
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
      self.inputs[attempt.instance.run, default: []].formUnion(inputs)
      instances[attempt.instance]?.attempts = attempt.number
      instances[attempt.instance]?.inputs = inputs
      instances[attempt.instance]?.live = .init(state: .starting, startedAt: at, inputs: inputs)
    case .attemptDeferred(let attempt, _, let deferral, let at):
      move(attempt.instance, to: .deferred)
      instances[attempt.instance]?.attempts = attempt.number
      instances[attempt.instance]?.live = .init(state: .running, startedAt: at, deferral: deferral)
    case .attemptAnswered(let attempt, let reason, _):
      instances[attempt.instance]?.live?.deferral?.reason = reason
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
    case .paused(let target, _): paused.insert(target)
    case .scheduled(let schedule, _): schedules[schedule.pipeline] = schedule
    case .unscheduled(let pipeline, _): schedules[pipeline] = nil
    case .ticked(let tick):
      schedules[tick.pipeline]?.countedTo = tick.through
      lastTicks[tick.pipeline] = tick.through
    case .resumed(let target, _): paused.remove(target)
    case .triggered(let trigger, _): triggers[trigger.pipeline] = trigger
    case .untriggered(let pipeline, _): triggers[pipeline] = nil
    case .arrived(let arrival):
      triggers[arrival.pipeline]?.countedTo = arrival.countedTo
      arrivals[arrival.pipeline, default: [:]][arrival.partition?.key ?? ""] = arrival.number
    case .materialized, .coveredAsSkipped, .markedPresent, .markedMissing: takeData(change)
    case .releaseTaken, .backfillCreated, .backfillFinished, .accepted, .runsRemoved, .tokenSet,
      .audited:
      break
    case .alertRaised, .alertAcknowledged, .alertResolved, .silenced, .unsilenced, .notificationBegun,
      .notificationEnded, .deadlineCounted, .deadlineUncounted, .alertsRemoved:
      alerts.take(change)
    }
  }

  private mutating func takeData(_ change: Change) {
    switch change {
    case .materialized(let record):
      publish(record.dataset, record.partition?.key ?? "", number: record.id, version: record.id)
      ledger.record(
        record.dataset, record.partition?.key ?? "",
        .init(version: record.id, content: record.content, at: record.at, run: record.attempt.instance.run))
    case .coveredAsSkipped(let dataset, let partition, let instance, let number, let at):
      guard let number else { return }
      publish(dataset, partition?.key ?? "", number: number, version: 0)
      ledger.record(dataset, partition?.key ?? "", .init(version: 0, at: at, run: instance.run))
    case .markedPresent(let dataset, let partition, let version, _, let at):
      publish(dataset, partition?.key ?? "", number: version, version: version)
      ledger.record(dataset, partition?.key ?? "", .init(version: version, at: at, run: nil))
    case .markedMissing(let dataset, let partition, _, _):
      published.removeAll { $0.dataset == dataset && $0.partition == partition }
      ledger.remove(dataset, partition)
    default: break
    }
  }

  private mutating func publish(_ dataset: DatasetName, _ key: String, number: Int64, version: Int64) {
    lastMaterialization = max(lastMaterialization, number)
    published.removeAll { $0.dataset == dataset && $0.partition == key }
    published.append(
      PublishedPartition(number: number, dataset: dataset, partition: key, version: version))
  }

  private mutating func move(_ instance: InstanceID, to state: InstanceState) {
    var row = instances[instance] ?? UnfinishedRun.Instance(id: instance, state: state, attempts: 0)
    row.state = state
    row.live = nil
    row.retryAt = nil
    instances[instance] = row
  }
}
