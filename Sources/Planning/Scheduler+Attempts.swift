import Basics
import MeshModel

/// Attempts: ready, started, ended, tried again.
extension Scheduler {
  /// An instance has all it needs but a slot; where `each` limits its task it may have to wait for that
  /// first.
  mutating func becomeReady(_ slot: Int, _ task: Int, _ index: Int) {
    guard let run = runs[slot] else { return }
    if let most = plan(run.pipeline).steps[task].fanOut?.maxActive, Int(cells[slot][task].active) >= most {
      cells[slot][task].held.append(Int32(index))
      return
    }
    cells[slot][task].active += 1
    cells[slot][task].instances[index].isActive = true
    enqueue(slot, task, index)
  }

  /// An active instance of the task is final: the next one that was held back takes its place.
  mutating func letNextThrough(_ slot: Int, _ task: Int) {
    cells[slot][task].active -= 1
    while cells[slot][task].nextHeld < cells[slot][task].held.count {
      let index = Int(cells[slot][task].held[cells[slot][task].nextHeld])
      cells[slot][task].nextHeld += 1
      guard cells[slot][task].instances[index].state == .waiting else { continue }
      return becomeReady(slot, task, index)
    }
  }

  /// Puts an instance where the slots are given out, or aside while it is paused.
  mutating func enqueue(_ slot: Int, _ task: Int, _ index: Int) {
    guard let run = runs[slot] else { return }
    let instance = InstanceID(run: run.id, task: task, index: index)
    let isParked = isPaused(run)
    cells[slot][task].instances[index].isReady = !isParked
    cells[slot][task].instances[index].isParked = isParked
    if isParked {
      parkedInstances.append(instance)
      return fresh.append(instance)
    }
    if plan(run.pipeline).steps[task].waitsWithoutWorker { return readyToWait.append(instance) }
    slots.insert(
      ReadyInstance(priority: pipeline(run.pipeline).priority, instance: instance), demand(run.pipeline, task)
    )
    fresh.append(instance)
  }

  mutating func demand(_ pipeline: Int, _ task: Int) -> Demand {
    let plan = plan(pipeline)
    return Demand(domain: plan.domain, writesStore: plan.steps[task].writesStore, pool: plan.steps[task].pool)
  }

  mutating func startReadyInstances() {
    while let (instance, _) = nextReady() { startAttempt(instance) }
  }

  private mutating func nextReady() -> (instance: InstanceID, demand: Demand)? {
    let places = slotOfRun
    let cells = cells
    return slots.next { instance in
      guard let slot = places[instance.run], cells[slot].indices.contains(instance.task) else { return false }
      let instances = cells[slot][instance.task].instances
      return instances.indices.contains(instance.index) && instances[instance.index].isReady
    }
  }

  private mutating func startAttempt(_ instance: InstanceID) {
    guard let slot = slotOfRun[instance.run], let run = runs[slot] else { return }
    let (task, index) = (instance.task, instance.index)
    cells[slot][task].instances[index].isReady = false
    cells[slot][task].instances[index].state = .running
    cells[slot][task].instances[index].attempt = .starting
    cells[slot][task].instances[index].stop = nil
    cells[slot][task].instances[index].attempts += 1
    let attempt = AttemptID(instance: instance, number: Int(cells[slot][task].instances[index].attempts))
    let key = AttemptKey(state: configuration.state, attempt: attempt)
    // What it reads may have been made anew while it waited for its slot, or between two attempts.
    var inputs: [InputVersion] = []
    for input in cells[slot][task].inputs { inputs.append(ledger.current(input)) }
    cells[slot][task].instances[index].inputs = inputs
    decisions.changes.append(.attemptStarted(attempt, key, inputs: inputs, at: now))
    let context = InstanceContext(
      run: run.facts.context, instance: instance, each: cells[slot][task].instances[index].value,
      upstreamOutputs: upstreamOutputs(slot, task, index: index))
    decisions.effects.append(
      .start(AttemptOrder(id: attempt, key: key, context: context, inputs: inputs)))
    if let timeout = plan(run.pipeline).steps[task].timeout {
      setTimer(.timeout(attempt), at: now + timeout)
    }
  }

  /// Those that became ready and found no slot are queued, and the record says what they wait for.
  mutating func announceQueued() {
    for instance in fresh {
      guard let slot = slotOfRun[instance.run], let run = runs[slot] else { continue }
      let isParked = cells[slot][instance.task].instances[instance.index].isParked
      guard isParked || cells[slot][instance.task].instances[instance.index].isReady else { continue }
      let state = cells[slot][instance.task].instances[instance.index].state
      guard state == .waiting || state == .retrying else { continue }
      cells[slot][instance.task].instances[instance.index].state = .queued
      let reason =
        isParked ? Self.pauseReason : slots.reason(for: demand(run.pipeline, instance.task))
      decisions.changes.append(.instanceQueued(instance, reason, at: now))
    }
    fresh.removeAll(keepingCapacity: true)
  }

  mutating func attemptRuns(_ attempt: AttemptID, _ process: ProcessIdentity) {
    guard let slot = slotOfLive(attempt) else { return }
    let (task, index) = (attempt.instance.task, attempt.instance.index)
    guard cells[slot][task].instances[index].attempt == .starting else { return }
    cells[slot][task].instances[index].attempt = .running
    decisions.changes.append(.attemptRunning(attempt, process, at: now))
  }

  /// The end of a live attempt; a second report of it, or one of an attempt that is not known, is left alone.
  mutating func attemptEnded(_ attempt: AttemptID, _ reported: AttemptOutcome) {
    guard let slot = slotOfLive(attempt), let run = runs[slot] else { return }
    let (task, index) = (attempt.instance.task, attempt.instance.index)
    guard cells[slot][task].instances[index].state == .running else { return }
    slots.release(demand(run.pipeline, task))
    conclude(slot, attempt, Self.settle(reported, cells[slot][task].instances[index].stop))
  }

  /// Draws the consequences of an attempt's end: another one later, or the end of its instance.
  mutating func conclude(
    _ slot: Int, _ attempt: AttemptID, _ outcome: AttemptOutcome, mayRetry: Bool = true
  ) {
    let (task, index) = (attempt.instance.task, attempt.instance.index)
    cells[slot][task].instances[index].attempt = nil
    if outcome.state == .lost { cells[slot][task].instances[index].lost += 1 }
    cells[slot][task].instances[index].output = outcome.output
    cells[slot][task].instances[index].content = outcome.content
    if let read = outcome.inputs { cells[slot][task].instances[index].inputs = read }
    if let rows = outcome.rows { cells[slot][task].rows = (cells[slot][task].rows ?? 0) + rows }

    if mayRetry, let delay = retryDelay(slot, attempt, outcome) {
      let due = now + delay
      cells[slot][task].instances[index].state = .retrying
      decisions.changes.append(.attemptEnded(attempt, outcome, instance: .retrying, retryAt: due, at: now))
      setTimer(.retry(attempt.instance), at: due)
      return
    }
    let state: InstanceState =
      switch outcome.state {
      case .success: .success
      case .skipped: .skipped
      case .cancelled: .cancelled
      case .failed, .timedOut, .lost, .starting, .running, .stopping: .failed
      }
    decisions.changes.append(.attemptEnded(attempt, outcome, instance: state, retryAt: nil, at: now))
    instanceIsFinal(slot, task, index, state)
  }

  /// What a report means for an attempt that was told to end: success stands, everything else is the stop's
  /// doing.
  private static func settle(_ reported: AttemptOutcome, _ stop: StopCause?) -> AttemptOutcome {
    guard let stop, reported.state != .success else { return reported }
    var outcome = reported
    switch stop {
    case .cancelled:
      outcome.state = .cancelled
      outcome.reason = Reason("cancelled", "it was cancelled")
    case .timedOut:
      outcome.state = .timedOut
      outcome.reason = Reason("timed_out", "it ran longer than its timeout")
    }
    return outcome
  }

  /// How long until the next attempt; nil: there is none.
  private mutating func retryDelay(_ slot: Int, _ attempt: AttemptID, _ outcome: AttemptOutcome) -> Duration?
  {
    guard let run = runs[slot] else { return nil }
    let step = plan(run.pipeline).steps[attempt.instance.task]
    if run.cancellation == .everything || run.cancellation == .butTeardown && !step.isTeardown { return nil }
    let policy = step.retry
    let lost = Int(cells[slot][attempt.instance.task].instances[attempt.instance.index].lost)
    let tried = attempt.number - lost
    switch outcome.state {
    case .lost:
      guard lost <= policy.lost else { return nil }
    case .failed:
      guard tried < policy.attempts, !outcome.isPermanent else { return nil }
      if let codes = policy.onExit, !outcome.asksRetry, !codes.contains(outcome.exitCode ?? -1) { return nil }
    case .timedOut:
      guard tried < policy.attempts, policy.onExit == nil else { return nil }
    case .success, .skipped, .cancelled, .starting, .running, .stopping: return nil
    }
    return policy.delay(afterAttempt: attempt.number, of: attempt.instance)
  }

  /// Tells a live attempt to end, once; when its run is cancelled a second time, again and without grace.
  mutating func stop(_ slot: Int, _ task: Int, _ index: Int, _ cause: StopCause, _ reason: Reason) {
    guard let run = runs[slot] else { return }
    let instance = InstanceID(run: run.id, task: task, index: index)
    let attempt = AttemptID(instance: instance, number: Int(cells[slot][task].instances[index].attempts))
    let grace = run.cancellation == .everything ? Duration.zero : configuration.grace
    guard cells[slot][task].instances[index].stop == nil else {
      if grace == .zero { decisions.effects.append(.stop(attempt, cause, grace: grace)) }
      return
    }
    cells[slot][task].instances[index].stop = cause
    cells[slot][task].instances[index].attempt = .stopping
    decisions.changes.append(.attemptStopping(attempt, reason, at: now))
    decisions.effects.append(.stop(attempt, cause, grace: grace))
  }

  func slotOfLive(_ attempt: AttemptID) -> Int? {
    let instance = attempt.instance
    guard let slot = slotOfRun[instance.run], cells[slot].indices.contains(instance.task),
      cells[slot][instance.task].instances.indices.contains(instance.index)
    else { return nil }
    let cell = cells[slot][instance.task].instances[instance.index]
    return cell.attempt != nil && Int(cell.attempts) == attempt.number ? slot : nil
  }

  mutating func setTimer(_ kind: Timer.Kind, at due: Instant) {
    timerSequence += 1
    timers.insert(Timer(due: due, sequence: timerSequence, kind: kind))
  }

  /// Gives out twice as many workers, up to all there are.
  mutating func widen() {
    let wider = min(configuration.workers, max(1, slots.workers * 2))
    slots.limit(workers: wider)
    if wider < configuration.workers { setTimer(.widen, at: now + .seconds(1)) }
  }

  mutating func fireTimers() {
    while let timer = timers.first, timer.due <= now {
      _ = timers.popFirst()
      switch timer.kind {
      case .retry(let instance):
        guard let slot = slotOfRun[instance.run], cells[slot].indices.contains(instance.task),
          cells[slot][instance.task].instances[instance.index].state == .retrying
        else { continue }
        enqueue(slot, instance.task, instance.index)
      case .widen: widen()
      case .trigger(let line): lookAgain(line)
      case .patience(let instance):
        guard let slot = slotOfRun[instance.run], cells[slot].indices.contains(instance.task) else {
          continue
        }
        cells[slot][instance.task].hasPatienceTimer = false
        tasksToAdvance.append(TaskReference(slot: slot, task: instance.task))
      case .timeout(let attempt):
        guard let slot = slotOfLive(attempt) else { continue }
        let reason = Reason("timed_out", "it ran longer than its timeout")
        stop(slot, attempt.instance.task, attempt.instance.index, .timedOut, reason)
      case .look(let attempt): if isWaiting(attempt) { look(attempt) }
      case .waitOver(let attempt): if isWaiting(attempt) { waitIsOver(attempt) }
      case .triggerAgain(let instance): if triggersAsked.contains(instance) { askForTrigger(instance) }
      }
    }
  }

  /// Forgets timers of what is over, which nothing waits for any more.
  mutating func dropStaleTimers() {
    while let timer = timers.first {
      switch timer.kind {
      case .look(let attempt), .waitOver(let attempt): if isWaiting(attempt) { return }
      case .triggerAgain(let instance): if triggersAsked.contains(instance) { return }
      case .retry, .timeout, .widen, .patience, .trigger: return
      }
      _ = timers.popFirst()
    }
  }
}
