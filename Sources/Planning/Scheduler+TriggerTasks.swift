import Basics
import Diagnostics
import Lineage
import MeshModel

/// Tasks that make runs of other pipelines: each attempt at most one, decided in the same commit.
extension Scheduler {
  /// When the record is asked again that could not be read.
  private static let afterFailure = Duration.seconds(5)

  /// Has the values computed that a task gives to the run it wants.
  mutating func askForTrigger(_ instance: InstanceID) {
    guard let slot = slotOfRun[instance.run], let run = runs[slot] else { return }
    triggersAsked.insert(instance)
    evaluations += 1
    let context = InstanceContext(
      run: run.facts.context, instance: instance,
      each: cells[slot][instance.task].instances[instance.index].value,
      upstreamOutputs: upstreamOutputs(slot, instance.task, index: instance.index))
    decisions.effects.append(.evaluate(EvaluationOrder(subject: .trigger, context: context)))
  }

  /// What a task wants, now that its values are known; nil: it wants nothing any more.
  public func wish(of instance: InstanceID, key: String?, params: [String: Scalar]) -> TriggerWish? {
    guard triggersAsked.contains(instance), case .trigger(let trigger) = kind(of: instance),
      let run = slotOfRun[instance.run].flatMap({ runs[$0] })
    else { return nil }
    return TriggerWish(
      pipeline: trigger.pipeline.value, origin: run.facts.record.partition, key: key, params: params)
  }

  /// Makes the run that a task wants, or lets it wait for the one that a retry finds there.
  mutating func take(_ answer: TriggerAnswer, for instance: InstanceID) {
    evaluations = max(0, evaluations - 1)
    guard triggersAsked.contains(instance) else { return }
    if case .later = answer { return setTimer(.triggerAgain(instance), at: now + Self.afterFailure) }
    triggersAsked.remove(instance)
    guard case .trigger(let trigger) = kind(of: instance), let slot = slotOfRun[instance.run],
      let run = runs[slot], cells[slot][instance.task].instances.indices.contains(instance.index),
      !cells[slot][instance.task].instances[instance.index].state.isFinal
    else { return }
    // It was paused, or the owner goes: nothing new starts.
    if isPaused(run) || slots.workers == 0 { return enqueue(slot, instance.task, instance.index) }
    switch answer {
    case .later: return
    case .refused(let reason):
      begin(instance, reason: reason)
      endWait(instance, AttemptOutcome(state: .failed, reason: reason))
    case .runs(let requests):
      guard let request = requests.last, latest.release.graph.pipelines.indices.contains(request.pipeline)
      else { return }
      let number = Int(cells[slot][instance.task].instances[instance.index].attempts) + 1
      let name = latest.release.graph.pipelines[request.pipeline].name
      if number > 1, let line = lineOfName[name], let child = liveRun(line, of: request.partition) {
        return wait(instance, for: child, of: name, isOwn: false, trigger)
      }
      for earlier in requests.dropLast() {
        guard let line = lineOfName[name], liveRun(line, of: earlier.partition) == nil else { continue }
        create(earlier, backfill: nil)
      }
      var own = request
      own.askedBy = run.facts.record.askedBy
      let child = configuration.nextRun
      create(own, backfill: nil, trigger: AttemptID(instance: instance, number: number))
      wait(instance, for: child, of: name, isOwn: true, trigger)
    }
  }

  private mutating func wait(
    _ instance: InstanceID, for child: RunID, of name: PipelineName, isOwn: Bool, _ trigger: TriggerTask
  ) {
    let made = "\(isOwn ? "made" : "found") run \(child) of '\(name)'"
    begin(
      instance, reason: Reason("child", trigger.waits ? "\(made), and waits for its end" : made),
      child: child, madeChild: isOwn)
    guard !trigger.waits else { return }
    var outcome = AttemptOutcome(state: .success, reason: Reason("child", made))
    outcome.output = Self.output(child, nil)
    endWait(instance, outcome)
  }

  /// What a trigger tells those after it.
  private static func output(_ child: RunID, _ state: RunState?) -> String {
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("run")
      writer.integer(child)
      guard let state else { return }
      writer.key("state")
      writer.string(state.rawValue)
    }
    return writer.text
  }

  /// A run is final: those that wait for it end as it does.
  mutating func childEnded(_ child: RunID, _ state: RunState) {
    for instance in (waitersForChild.removeValue(forKey: child) ?? []).sorted() {
      var outcome = AttemptOutcome(state: state == .success ? .success : .failed)
      outcome.output = Self.output(child, state)
      let word = state == .cancelled ? "was cancelled" : state == .failed ? "failed" : "succeeded"
      outcome.reason = Reason("child_\(state.rawValue)", "run \(child) that it triggered \(word)")
      endWait(instance, outcome)
    }
  }

  /// Cancels the run that an attempt made and has waited for.
  mutating func cancelChild(of wait: LiveWait) {
    guard let child = wait.child, wait.madeChild, let slot = slotOfRun[child],
      runs[slot]?.cancellation == nil
    else { return }
    cancel(child)
  }
}
