import Basics
import MeshModel

/// Tasks of a running run, from waiting to their end.
///
/// Nothing here keeps a copy of a run's cells while it changes them: the copy would cost the size of the run.
extension Scheduler {
  /// Takes every task that something happened to as far as it can go now.
  mutating func advanceTasks() {
    while true {
      if let reference = followersToAdvance.popLast() {
        advanceFollower(reference.task.slot, reference.task.task, reference.index)
      } else if let reference = tasksToAdvance.popLast() {
        advance(reference.slot, reference.task)
      } else {
        return
      }
    }
  }

  /// Trigger rule, data, `when`, `each`.
  private mutating func advance(_ slot: Int, _ task: Int) {
    guard let run = runs[slot], run.state == .running, cells[slot].indices.contains(task) else { return }
    if cells[slot][task].phase == .waiting {
      // Asked for before the verdict, which would else be given of a copy of everything.
      let plan = plan(run.pipeline)
      switch verdict(plan, slot, task) {
      case .wait: return
      case .skip(let reason): return finishTask(slot, task, .skipped, reason)
      case .upstreamFailed(let reason): return finishTask(slot, task, .upstreamFailed, reason)
      case .start: cells[slot][task].phase = .waitingForData
      }
    }
    guard cells[slot][task].phase == .waitingForData else { return }
    switch dataReadiness(slot, task) {
    case .waitingFor(let run, let dataset):
      waitersForRun[run, default: []].append(TaskReference(slot: slot, task: task))
      if let dataset { waitersForData[dataset, default: []].insert(TaskReference(slot: slot, task: task)) }
    case .waitingForData(let dataset, let line): wait(slot, task, for: dataset, of: line)
    case .impossible(let reason): finishTask(slot, task, .upstreamFailed, reason)
    case .ready(let inputs):
      cells[slot][task].inputs = inputs
      evaluateWhen(slot, task)
    }
  }

  private func verdict(_ plan: PipelinePlan, _ slot: Int, _ task: Int) -> TriggerVerdict {
    let step = plan.steps[task]
    let isLast = cells[slot][task].pendingUpstreams == 0
    let tally = cells[slot][task].tally
    guard let followed = step.follows, cells[slot][followed].phase != .absent else {
      return step.rule.verdict(tally, allFinal: isLast)
    }
    // The task that it follows is not among the tally: until that is final too, only what its end cannot
    // change is certain.
    let certain = step.rule.verdict(tally, allFinal: false)
    guard certain == .start || certain == .wait && isLast else { return certain }
    switch cells[slot][followed].phase {
    case .expanded, .absent: return .start
    // It ended before it had instances, or all of them are over already.
    case .final:
      guard cells[slot][followed].instances.isEmpty else { return .start }
      var whole = tally
      whole.add(cells[slot][followed].outcome)
      return step.rule.verdict(whole, allFinal: isLast)
    case .waiting, .waitingForData, .evaluatingWhen, .evaluatingEach: return .wait
    }
  }

  private mutating func evaluateWhen(_ slot: Int, _ task: Int) {
    guard let run = runs[slot], plan(run.pipeline).steps[task].hasCondition else {
      return evaluateEach(slot, task)
    }
    cells[slot][task].phase = .evaluatingWhen
    order(.when, slot, task)
  }

  mutating func evaluateEach(_ slot: Int, _ task: Int) {
    guard let run = runs[slot] else { return }
    let step = plan(run.pipeline).steps[task]
    switch step.fanOut?.source {
    case nil: expand(slot, task, values: [nil])
    case .list(let values): fanOut(slot, task, values)
    case .sql:
      cells[slot][task].phase = .evaluatingEach
      order(.each, slot, task)
    case .of:
      guard let followed = step.follows else { return }
      fanOut(slot, task, cells[slot][followed].instances.map { $0.value ?? .null })
    }
  }

  private mutating func order(_ subject: EvaluationOrder.Subject, _ slot: Int, _ task: Int) {
    guard let run = runs[slot] else { return }
    evaluations += 1
    let instance = InstanceID(run: run.id, task: task)
    let context = InstanceContext(
      run: run.facts.context, instance: instance, upstreamOutputs: upstreamOutputs(slot, task, index: 0))
    decisions.effects.append(.evaluate(EvaluationOrder(subject: subject, context: context)))
  }

  /// The answer to an evaluation that was ordered; any other is left alone.
  mutating func evaluated(
    _ instance: InstanceID, _ subject: EvaluationOrder.Subject, _ answer: EvaluationAnswer
  ) {
    evaluations = max(0, evaluations - 1)
    // What comes of a trigger's values is answered by the owner.
    guard subject != .trigger else { return }
    let awaited: TaskCell.Phase = subject == .when ? .evaluatingWhen : .evaluatingEach
    guard let slot = slotOfRun[instance.run], cells[slot].indices.contains(instance.task),
      cells[slot][instance.task].phase == awaited
    else { return }
    switch answer {
    case .failed(let reason): finishTask(slot, instance.task, .failed, reason)
    case .condition(let holds):
      decisions.changes.append(.conditionEvaluated(instance, holds: holds, at: now))
      if holds {
        evaluateEach(slot, instance.task)
      } else {
        finishTask(slot, instance.task, .skipped, Reason("when", "its condition does not hold"))
      }
    case .values(let values): fanOut(slot, instance.task, values)
    case .trigger: return
    }
  }

  private mutating func fanOut(_ slot: Int, _ task: Int, _ values: [Scalar]) {
    guard let run = runs[slot] else { return }
    decisions.changes.append(.fannedOut(run.id, task: task, values: values, at: now))
    if values.isEmpty {
      finishTask(slot, task, .skipped, Reason("each_empty", "there is nothing to do it for"))
    } else {
      expand(slot, task, values: values)
    }
  }

  private mutating func expand(_ slot: Int, _ task: Int, values: [Scalar?]) {
    guard let run = runs[slot] else { return }
    let step = plan(run.pipeline).steps[task]
    cells[slot][task].phase = .expanded
    cells[slot][task].instances = values.map { InstanceCell(value: $0) }
    cells[slot][task].unfinished = Int32(values.count)
    for index in values.indices {
      if step.follows == nil {
        becomeReady(slot, task, index)
      } else {
        followersToAdvance.append(
          InstanceReference(task: TaskReference(slot: slot, task: task), index: index))
      }
    }
    for follower in step.followers { tasksToAdvance.append(TaskReference(slot: slot, task: follower)) }
  }

  /// Moves one instance of a task that follows another one's, once that one's is final.
  private mutating func advanceFollower(_ slot: Int, _ task: Int, _ index: Int) {
    guard let run = runs[slot], cells[slot].indices.contains(task), cells[slot][task].phase == .expanded,
      cells[slot][task].instances.indices.contains(index),
      cells[slot][task].instances[index].state == .waiting,
      !cells[slot][task].instances[index].isActive
    else { return }
    let step = plan(run.pipeline).steps[task]
    guard let followed = step.follows, cells[slot][followed].instances.indices.contains(index) else { return }
    let leader = cells[slot][followed].instances[index].state
    guard leader.isFinal else { return }
    var tally = cells[slot][task].tally
    tally.count(leader, failureAllowed: pipeline(run.pipeline).tasks[followed].allowFailure)
    switch step.rule.verdict(tally, allFinal: true) {
    case .wait: return
    case .start: becomeReady(slot, task, index)
    case .skip(let reason): finishInstance(slot, task, index, .skipped, reason)
    case .upstreamFailed(let reason): finishInstance(slot, task, index, .upstreamFailed, reason)
    }
  }

  /// Ends a task that has no instances yet: the task itself counts as the one instance it would have had.
  mutating func finishTask(_ slot: Int, _ task: Int, _ state: InstanceState, _ reason: Reason) {
    guard let run = runs[slot] else { return }
    let instance = InstanceID(run: run.id, task: task)
    decisions.changes.append(.instanceFinished(instance, state, reason, at: now))
    count(slot, task, state)
    taskIsFinal(slot, task)
  }

  /// Ends an instance without an attempt of it ending.
  mutating func finishInstance(
    _ slot: Int, _ task: Int, _ index: Int, _ state: InstanceState, _ reason: Reason
  ) {
    guard let run = runs[slot], !cells[slot][task].instances[index].state.isFinal else { return }
    let instance = InstanceID(run: run.id, task: task, index: index)
    decisions.changes.append(.instanceFinished(instance, state, reason, at: now))
    instanceIsFinal(slot, task, index, state)
  }

  /// Draws the consequences of an instance's end.
  mutating func instanceIsFinal(_ slot: Int, _ task: Int, _ index: Int, _ state: InstanceState) {
    guard let run = runs[slot] else { return }
    let wasActive = cells[slot][task].instances[index].isActive
    cells[slot][task].instances[index].state = state
    cells[slot][task].instances[index].isActive = false
    cells[slot][task].instances[index].isReady = false
    cells[slot][task].instances[index].isParked = false
    cells[slot][task].unfinished -= 1
    if wasActive { letNextThrough(slot, task) }
    count(slot, task, state)
    for follower in plan(run.pipeline).steps[task].followers {
      followersToAdvance.append(
        InstanceReference(task: TaskReference(slot: slot, task: follower), index: index))
    }
    if cells[slot][task].unfinished == 0 { taskIsFinal(slot, task) }
  }

  mutating func count(_ slot: Int, _ task: Int, _ state: InstanceState) {
    guard let run = runs[slot] else { return }
    let allowed = plan(run.pipeline).steps[task].allowFailure
    cells[slot][task].outcome.count(state, failureAllowed: allowed)
    if state == .failed && allowed { cells[slot][task].allowedFailures += 1 }
    if state == .upstreamFailed || state == .failed && !allowed { runs[slot]?.failures += 1 }
  }

  private mutating func taskIsFinal(_ slot: Int, _ task: Int) {
    guard let run = runs[slot] else { return }
    let plan = plan(run.pipeline)
    let outcome = cells[slot][task].outcome
    cells[slot][task].phase = .final
    cells[slot][task].upstreamOutputs = nil
    if !run.facts.kept.contains(task) { publish(slot, task) }
    for next in plan.downstream.successors(of: task) {
      cells[slot][next].tally.add(outcome)
      cells[slot][next].pendingUpstreams -= 1
      tasksToAdvance.append(TaskReference(slot: slot, task: next))
    }
    for follower in plan.steps[task].followers {
      tasksToAdvance.append(TaskReference(slot: slot, task: follower))
    }
    runs[slot]?.unfinishedTasks -= 1
    if runs[slot]?.unfinishedTasks == 0 { finishRun(slot) }
  }

  /// What the upstreams of an instance told, by task name.
  mutating func upstreamOutputs(_ slot: Int, _ task: Int, index: Int) -> [String: String] {
    guard let run = runs[slot] else { return [:] }
    let plan = plan(run.pipeline)
    let tasks = pipeline(run.pipeline).tasks
    var outputs: [String: String] = [:]
    if let known = cells[slot][task].upstreamOutputs {
      outputs = known
    } else {
      for upstream in plan.upstream.successors(of: task) {
        outputs[tasks[upstream].name] = output(
          slot, upstream, isList: tasks[upstream].each != nil)
      }
      cells[slot][task].upstreamOutputs = outputs
    }
    if let followed = plan.steps[task].follows, cells[slot][followed].instances.indices.contains(index) {
      outputs[tasks[followed].name] = cells[slot][followed].instances[index].output
    }
    return outputs
  }

  private func output(_ slot: Int, _ task: Int, isList: Bool) -> String? {
    if let run = runs[slot], run.facts.kept.contains(task) { return run.facts.keptOutputs[task] }
    guard isList else { return cells[slot][task].instances.first?.output }
    var list = JSONWriter()
    list.array { writer in
      for instance in cells[slot][task].instances { writer.raw(instance.output ?? "null") }
    }
    return list.text
  }
}
