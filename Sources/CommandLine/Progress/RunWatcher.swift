import Basics
import Lineage
import MeshModel
import Orchestration
import Records
import Threads

/// Follows runs by the facts that are committed, and tells a view what they mean to a person.
final class RunWatcher: RunObserver {
  /// A run that is not final.
  private struct Live {
    var name: String
    var pipeline: Int
    var startedAt: Instant?
    /// Instances that left `waiting`.
    var states: [InstanceID: InstanceState] = [:]
    /// The values of tasks under `each`.
    var values: [Int: [Scalar]] = [:]
    /// When the last attempt of an instance began, and which it was.
    var attempts: [InstanceID: (id: AttemptID, at: Instant)] = [:]
  }

  /// A run that ended.
  struct Ended {
    var run: RunID
    var name: String
    var state: RunState
    var duration: Duration?
  }

  private let graph: MeshGraph
  private let state: StateDirectory
  private let view: ProgressView
  private let interrupts: Guarded<Int>
  private var interruptsTold = 0
  private var live: [RunID: Live] = [:]
  /// All task instances so far.
  private(set) var tallies = ProgressEvent.Tallies()
  /// In the order in which they ended.
  private(set) var ended: [Ended] = []
  /// Runs that are not final, ascending.
  var unfinished: [(run: RunID, name: String)] {
    live.map { ($0.key, $0.value.name) }.sorted { $0.run < $1.run }
  }
  /// The instance that failed first: the run's number and what `heddle logs` calls the task.
  private(set) var firstFailure: (run: RunID, task: String)?

  /// - Parameter interrupts: how often Ctrl-C was pressed; counted by another thread.
  init(graph: MeshGraph, state: StateDirectory, view: ProgressView, interrupts: Guarded<Int>) {
    self.graph = graph
    self.state = state
    self.view = view
    self.interrupts = interrupts
  }

  func observe(_ changes: [Change], at now: Instant) {
    tellInterrupts()
    var events: [ProgressEvent] = []
    for change in changes { take(change, &events) }
    view.handle(.tallies(tallies))
    for event in events { view.handle(event) }
    view.refresh()
  }

  func pulse(at now: Instant) {
    tellInterrupts()
    view.refresh()
  }

  private func tellInterrupts() {
    let count = interrupts.withLock { $0 }
    if count > interruptsTold {
      interruptsTold = count
      view.remark(
        count == 1 ? "cancelling; press Ctrl-C again to end what runs at once" : "ending what runs at once")
    }
  }

  private func take(_ change: Change, _ events: inout [ProgressEvent]) {
    switch change {
    case .runCreated(let record): create(record)
    case .runStarted(let run, let at): live[run]?.startedAt = at
    case .runFinished(let run, let state, _, let at): finish(run, state, at, &events)
    case .fannedOut(let run, let task, let values, _):
      live[run]?.values[task] = values
      tallies[.waiting] += max(1, values.count) - 1
    case .instanceQueued(let instance, _, _): move(instance, to: .queued)
    case .attemptStarted(let attempt, _, _, let at):
      move(attempt.instance, to: .running)
      live[attempt.instance.run]?.attempts[attempt.instance] = (attempt, at)
    case .attemptDeferred(let attempt, _, let deferral, let at):
      move(attempt.instance, to: .deferred)
      live[attempt.instance.run]?.attempts[attempt.instance] = (attempt, at)
      guard let run = live[attempt.instance.run] else { return }
      events.append(report(attempt.instance, run, .deferred, deferral.reason.text, endedAt: nil))
    case .attemptEnded(let attempt, let outcome, let state, let retryAt, let at):
      move(attempt.instance, to: state)
      guard let run = live[attempt.instance.run] else { return }
      var reason = outcome.reason?.text
      if let retryAt {
        reason = [reason, "again in \((retryAt - at).text)"].compactMap(\.self).joined(separator: ", ")
      }
      events.append(report(attempt.instance, run, state, reason, endedAt: at))
    case .instanceFinished(let instance, let state, let reason, _):
      // A success without an attempt was kept from before: the plan said so, and nobody waited for it.
      guard let run = live[instance.run], state != .success else { return }
      move(instance, to: state)
      events.append(report(instance, run, state, reason.text, endedAt: nil))
    case .releaseTaken, .backfillCreated, .backfillFinished, .conditionEvaluated, .attemptRunning,
      .attemptAnswered,
      .attemptStopping, .materialized, .coveredAsSkipped, .markedMissing, .markedPresent, .accepted,
      .runCancelled, .paused, .resumed, .runsRemoved, .scheduled, .unscheduled, .ticked,
      .triggered, .untriggered, .arrived, .tokenSet, .audited, .alertRaised, .alertAcknowledged,
      .alertResolved, .silenced, .unsilenced,
      .notificationBegun, .notificationEnded, .deadlineCounted, .deadlineUncounted, .alertsRemoved:
      break
    }
  }

  private func create(_ record: RunRecord) {
    guard let place = graph.index(of: record.pipeline) else { return }
    let name = record.partition.map { "\(record.pipeline)@\($0.key)" } ?? "\(record.pipeline)"
    live[record.id] = Live(name: name, pipeline: place)
    tallies[.waiting] += record.tasks?.count ?? graph.pipelines[place].tasks.count
  }

  /// Follows a run that began before, from where it stands.
  func goOn(with run: UnfinishedRun) {
    create(run.record)
    live[run.record.id]?.values = run.fanOuts
    for values in run.fanOuts.values { tallies[.waiting] += max(1, values.count) - 1 }
    for instance in run.instances {
      move(instance.id, to: instance.state)
      guard let attempt = instance.live else { continue }
      live[run.record.id]?.attempts[instance.id] = (
        AttemptID(instance: instance.id, number: instance.attempts), attempt.startedAt
      )
    }
  }

  private func move(_ instance: InstanceID, to state: InstanceState) {
    guard let before = live[instance.run].map({ $0.states[instance] ?? .waiting }) else { return }
    tallies[before] -= 1
    tallies[state] += 1
    live[instance.run]?.states[instance] = state
  }

  private func finish(_ id: RunID, _ state: RunState, _ at: Instant, _ events: inout [ProgressEvent]) {
    guard let run = live.removeValue(forKey: id) else { return }
    let duration = run.startedAt.map { at - $0 }
    ended.append(Ended(run: id, name: run.name, state: state, duration: duration))
    events.append(.run(.init(run: id, name: run.name, state: state, duration: duration)))
  }

  private func report(
    _ instance: InstanceID, _ run: Live, _ state: InstanceState, _ reason: String?, endedAt: Instant?
  ) -> ProgressEvent {
    let tasks = graph.pipelines[run.pipeline].tasks
    let task = tasks.indices.contains(instance.task) ? tasks[instance.task] : nil
    var name = task?.name ?? "\(instance.task)"
    if let values = run.values[instance.task], values.indices.contains(instance.index) {
      name += "[\(values[instance.index].text)]"
    }
    if state == .failed, firstFailure == nil { firstFailure = (instance.run, name) }
    let parts = run.name.split(separator: "@", maxSplits: 1)
    let full = "\(parts[0]).\(name)" + (parts.count == 2 ? "@\(parts[1])" : "")
    var report = ProgressEvent.InstanceReport(name: full, state: state, reason: reason)
    if let endedAt, let attempt = run.attempts[instance] {
      report.duration = endedAt - attempt.at
      report.log = self.state.log(of: attempt.id, task: task?.name ?? "")
    }
    report.isAllowedToFail = task?.allowFailure ?? false
    return .instance(report)
  }
}
