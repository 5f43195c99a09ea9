import Basics
import Diagnostics
import MeshModel

/// An attempt that waits without a worker.
struct LiveWait: Sendable {
  let attempt: AttemptID
  let since: Instant
  let until: Instant
  /// What it waits for, or what was found last.
  var reason: Reason
  /// The run whose end it waits for.
  var child: RunID?
  var madeChild: Bool
  /// Somebody looks whether what it waits for is there.
  var isProbing = false
}

/// Attempts of tasks that wait: ready, begun, looked after, ended. They hold no slot, so they begin at once.
extension Scheduler {
  private static let longestWait = Duration.seconds(7 * 86_400)

  func isWaiting(_ attempt: AttemptID) -> Bool { waits[attempt.instance]?.attempt == attempt }

  /// What a waiting instance's task does; nil: its run is not live.
  func kind(of instance: InstanceID) -> TaskKind? {
    slotOfRun[instance.run].flatMap { runs[$0] }.map { pipeline($0.pipeline).tasks[instance.task].kind }
  }

  /// Lets what is ready to wait begin, and what gets ready because one has nothing to wait for. Who owns the
  /// state only for a moment begins nothing.
  mutating func beginWaits() {
    guard slots.workers > 0 else { return }
    while !readyToWait.isEmpty {
      let ready = readyToWait
      readyToWait.removeAll(keepingCapacity: true)
      for instance in ready { beginWait(instance) }
    }
  }

  private mutating func beginWait(_ instance: InstanceID) {
    guard let slot = slotOfRun[instance.run],
      cells[slot][instance.task].instances[instance.index].isReady
    else { return }
    cells[slot][instance.task].instances[instance.index].isReady = false
    switch kind(of: instance) {
    case .trigger: askForTrigger(instance)
    case .approve(let approval): begin(instance, reason: Self.reason(of: approval))
    case .wait(let wait): begin(instance, reason: Self.reason(of: wait))
    case .run, .sql, .load, nil: return
    }
  }

  private static func reason(of wait: WaitTask) -> Reason {
    switch wait.condition {
    case .file: Reason("file", "waits for a file")
    case .http: Reason("http", "waits for a web address")
    case .sql: Reason("sql", "waits until its SQL holds")
    case .fresh(let dataset, let within):
      Reason("fresh", "waits until '\(dataset.value)' is no older than \(within.declaredText)")
    case .until: Reason("until", "waits for a moment")
    }
  }

  /// Begins an attempt that waits, and looks whether there is anything to wait for.
  mutating func begin(_ instance: InstanceID, reason: Reason, child: RunID? = nil, madeChild: Bool = false) {
    guard let slot = slotOfRun[instance.run], let run = runs[slot] else { return }
    let (task, index) = (instance.task, instance.index)
    cells[slot][task].instances[index].state = .deferred
    cells[slot][task].instances[index].attempts += 1
    let attempt = AttemptID(instance: instance, number: Int(cells[slot][task].instances[index].attempts))
    let timeout = plan(run.pipeline).steps[task].timeout
    let end = max(now, run.facts.record.partition?.end ?? now)
    let until = timeout.map { now + $0 } ?? end + (pipeline(run.pipeline).deadline ?? Self.longestWait)
    let deferral = Deferral(until: until, reason: reason, child: child, madeChild: madeChild)
    let key = AttemptKey(state: configuration.state, attempt: attempt)
    decisions.changes.append(.attemptDeferred(attempt, key, deferral, at: now))
    goOnWaiting(slot, attempt, deferral, since: now)
    look(attempt)
  }

  /// Waits for what an attempt waits for, from its beginning or from where an owner before this one stopped.
  mutating func goOnWaiting(_ slot: Int, _ attempt: AttemptID, _ deferral: Deferral, since: Instant) {
    cells[slot][attempt.instance.task].instances[attempt.instance.index].attempt = .running
    waits[attempt.instance] = LiveWait(
      attempt: attempt, since: since, until: deferral.until, reason: deferral.reason, child: deferral.child,
      madeChild: deferral.madeChild)
    setTimer(.waitOver(attempt), at: deferral.until)
    if let child = deferral.child { waitersForChild[child, default: []].append(attempt.instance) }
  }

  /// Looks whether what an attempt waits for is there. People and other runs come by themselves.
  mutating func look(_ attempt: AttemptID) {
    guard case .wait(let wait) = kind(of: attempt.instance), let slot = slotOfRun[attempt.instance.run],
      let run = runs[slot], let live = waits[attempt.instance], !live.isProbing
    else { return }
    if case .fresh(let dataset, let within) = wait.condition {
      if let newest = ledger.newest(of: dataset.value), now - newest <= within {
        return endWait(attempt.instance, AttemptOutcome(state: .success))
      }
      waitersForFreshness[dataset.value, default: []].insert(attempt.instance)
      return
    }
    waits[attempt.instance]?.isProbing = true
    let (task, index) = (attempt.instance.task, attempt.instance.index)
    let context = InstanceContext(
      run: run.facts.context, instance: attempt.instance, each: cells[slot][task].instances[index].value,
      upstreamOutputs: upstreamOutputs(slot, task, index: index))
    decisions.effects.append(.probe(ProbeOrder(attempt: attempt, context: context, since: live.since)))
  }

  /// Something happened that an instance waits for.
  mutating func lookAgain(at instance: InstanceID) { if let wait = waits[instance] { look(wait.attempt) } }

  /// What a look found. Only what is new is worth a change: a thousand looks make no thousand commits.
  mutating func probed(_ attempt: AttemptID, _ answer: ProbeAnswer) {
    guard isWaiting(attempt), let live = waits[attempt.instance], live.isProbing,
      case .wait(let wait) = kind(of: attempt.instance)
    else { return }
    waits[attempt.instance]?.isProbing = false
    switch answer {
    case .met: endWait(attempt.instance, AttemptOutcome(state: .success))
    case .failed(let outcome): endWait(attempt.instance, outcome)
    case .notYet(let reason, let span):
      if reason != live.reason {
        waits[attempt.instance]?.reason = reason
        decisions.changes.append(.attemptAnswered(attempt, reason, at: now))
      }
      setTimer(.look(attempt), at: now + max(.milliseconds(1), span ?? wait.poll))
    }
  }

  /// It has waited for as long as it may, and is not tried again: the same would only be waited for longer.
  mutating func waitIsOver(_ attempt: AttemptID) {
    guard let slot = slotOfRun[attempt.instance.run], let run = runs[slot], let live = waits[attempt.instance]
    else { return }
    let rule = pipeline(run.pipeline).tasks[attempt.instance.task].onTimeout
    let time = live.until - live.since
    let reason = Reason("timed_out", "its time of \(time.declaredText) is over: \(live.reason.text)")
    let outcome = AttemptOutcome(state: rule == .skip ? .skipped : .timedOut, reason: reason)
    if rule != .skip { noteTimeout(slot, attempt.instance.task, reason) }
    endWait(attempt.instance, outcome, mayRetry: false)
    cancelChild(of: live)
  }

  /// An operator says how it ends. A run that it made goes on.
  mutating func endWait(_ instance: InstanceID, marked state: InstanceState, _ reason: Reason) {
    let end: AttemptState = state == .success ? .success : state == .skipped ? .skipped : .failed
    endWait(instance, AttemptOutcome(state: end, reason: reason), mayRetry: false)
  }

  /// The run of a waiting instance is cancelled, and with it the run that it made and waits for.
  mutating func cancelWait(_ slot: Int, _ task: Int, _ index: Int, _ reason: Reason) {
    guard let run = runs[slot] else { return }
    let instance = InstanceID(run: run.id, task: task, index: index)
    guard let live = waits[instance] else { return }
    var outcome = AttemptOutcome(state: .cancelled, reason: reason)
    if let child = live.child, live.madeChild {
      outcome.reason?.text += ", and with it run \(child) that it made"
    }
    endWait(instance, outcome, mayRetry: false)
    cancelChild(of: live)
  }

  mutating func endWait(_ instance: InstanceID, _ outcome: AttemptOutcome, mayRetry: Bool = true) {
    guard let slot = slotOfRun[instance.run], let live = waits.removeValue(forKey: instance) else { return }
    if let child = live.child {
      waitersForChild[child]?.removeAll { $0 == instance }
      if waitersForChild[child]?.isEmpty == true { waitersForChild[child] = nil }
    }
    conclude(slot, live.attempt, outcome, mayRetry: mayRetry)
  }
}
