import Basics
import MeshModel

/// Runs from their creation to their end.
extension Scheduler {
  mutating func create(_ order: BackfillOrder) {
    let id = configuration.nextBackfill
    configuration.nextBackfill += 1
    decisions.changes.append(
      .backfillCreated(
        BackfillRecord(
          id: id, request: order.request, runs: order.runs.count, maxActive: order.maxActive, createdAt: now))
    )
    backfills[id] = LiveBackfill(maxActive: order.maxActive, unfinished: order.runs.count)
    for request in order.runs { create(request, backfill: id) }
    finishBackfillIfDone(id)
  }

  mutating func create(_ request: RunRequest, backfill: BackfillID?) {
    let id = configuration.nextRun
    configuration.nextRun += 1
    let name = pipeline(request.pipeline).name
    let record = RunRecord(
      id: id, pipeline: name, partition: request.partition, params: request.params, cause: request.cause,
      backfill: backfill, retryOf: request.retryOf, release: release.id, createdAt: now, tasks: request.tasks)
    let context = RunContext(
      run: id, pipeline: name, pipelineIndex: request.pipeline, partition: request.partition,
      params: request.params)
    let facts = LiveRun.Facts(
      record: record, context: context, kept: Set(request.kept), keptOutputs: request.keptOutputs,
      past: request.past)
    if let slot = freeSlots.popLast() {
      runs[slot] = LiveRun(facts: facts)
      slotOfRun[id] = slot
    } else {
      runs.append(LiveRun(facts: facts))
      cells.append([])
      slotOfRun[id] = runs.count - 1
    }
    liveRuns[request.pipeline][record.partition?.key ?? "", default: []].append(id)
    queuedRuns[request.pipeline].insert(id)
    pipelinesToAdmit.insert(request.pipeline)
    decisions.changes.append(.runCreated(record))
  }

  /// Starts queued runs as far as their pipelines and backfills allow, the lowest number first.
  mutating func admitRuns() {
    for pipeline in pipelinesToAdmit.sorted() {
      while activeRuns[pipeline] < self.pipeline(pipeline).maxActiveRuns,
        let next = queuedRuns[pipeline].first
      {
        guard let slot = slotOfRun[next], let run = runs[slot], run.state == .queued else {
          _ = queuedRuns[pipeline].popFirst()
          continue
        }
        guard mayStart(run) else { break }
        _ = queuedRuns[pipeline].popFirst()
        start(slot)
      }
    }
    pipelinesToAdmit.removeAll(keepingCapacity: true)
  }

  /// Whether its backfill and an earlier run of the same partition let it start.
  private func mayStart(_ run: LiveRun) -> Bool {
    if let backfill = run.facts.record.backfill.flatMap({ backfills[$0] }), let most = backfill.maxActive,
      backfill.active >= most
    {
      return false
    }
    guard run.facts.record.partition != nil else { return true }
    return liveRuns[run.pipeline][run.partitionKey]?.first == run.id
  }

  private mutating func start(_ slot: Int) {
    guard let run = runs[slot] else { return }
    let plan = plan(run.pipeline)
    activeRuns[plan.index] += 1
    if let backfill = run.facts.record.backfill { backfills[backfill]?.active += 1 }
    decisions.changes.append(.runStarted(run.id, at: now))

    let isSelective = run.facts.record.tasks != nil
    var cells = Array(repeating: TaskCell(phase: isSelective ? .absent : .waiting), count: plan.steps.count)
    let chosen = (run.facts.record.tasks ?? []) + run.facts.kept
    for task in chosen where cells.indices.contains(task) { cells[task].phase = .waiting }
    var unfinished = 0
    for task in cells.indices where cells[task].phase != .absent {
      unfinished += 1
      cells[task].pendingUpstreams = Int32(
        plan.upstream.successors(of: task).count { cells[$0].phase != .absent })
    }
    self.cells[slot] = cells
    runs[slot]?.unfinishedTasks = unfinished
    runs[slot]?.state = .running
    if unfinished == 0 { return finishRun(slot) }
    for task in run.facts.kept.sorted() where cells.indices.contains(task) {
      finishTask(slot, task, .success, Reason("kept", "its datasets stand from an earlier run"))
    }
    for task in cells.indices where cells[task].phase != .absent {
      tasksToAdvance.append(TaskReference(slot: slot, task: task))
    }
  }

  mutating func finishRun(_ slot: Int) {
    guard let run = runs[slot] else { return }
    let wasRunning = run.state == .running
    let state: RunState = run.cancellation != .none ? .cancelled : run.failures > 0 ? .failed : .success
    let failures = run.failures == 1 ? "1 task instance failed" : "\(run.failures) task instances failed"
    let reason = state == .failed ? Reason("failures", failures) : nil
    decisions.changes.append(.runFinished(run.id, state, reason, at: now))
    rememberSuccesses(run, slot)

    if wasRunning { activeRuns[run.pipeline] -= 1 }
    liveRuns[run.pipeline][run.partitionKey]?.removeAll { $0 == run.id }
    if liveRuns[run.pipeline][run.partitionKey]?.isEmpty == true {
      liveRuns[run.pipeline][run.partitionKey] = nil
    }
    slotOfRun[run.id] = nil
    runs[slot] = nil
    cells[slot] = []
    freeSlots.append(slot)
    pipelinesToAdmit.insert(run.pipeline)
    wakeWaiters(for: run.id)
    if let backfill = run.facts.record.backfill { count(state, wasRunning: wasRunning, in: backfill) }
  }

  private mutating func count(_ state: RunState, wasRunning: Bool, in backfill: BackfillID) {
    backfills[backfill]?.unfinished -= 1
    if wasRunning { backfills[backfill]?.active -= 1 }
    if state == .failed { backfills[backfill]?.failed += 1 }
    if state == .cancelled { backfills[backfill]?.cancelled += 1 }
    if backfills[backfill]?.maxActive != nil {
      for pipeline in queuedRuns.indices where !queuedRuns[pipeline].isEmpty {
        pipelinesToAdmit.insert(pipeline)
      }
    }
    finishBackfillIfDone(backfill)
  }

  private mutating func finishBackfillIfDone(_ id: BackfillID) {
    guard let backfill = backfills[id], backfill.unfinished == 0 else { return }
    let state: BackfillState = backfill.failed > 0 ? .failed : backfill.cancelled > 0 ? .cancelled : .success
    decisions.changes.append(.backfillFinished(id, state, at: now))
    backfills[id] = nil
  }

  private mutating func rememberSuccesses(_ run: LiveRun, _ slot: Int) {
    guard run.facts.record.partition != nil, pipeline(run.pipeline).tasks.contains(where: \.dependsOnPast)
    else {
      return
    }
    let succeeded = cells[slot].indices.filter { task in
      let outcome = cells[slot][task].outcome
      return outcome.success > 0 && outcome.bad == 0
    }
    succeededTasks[PipelinePartition(pipeline: run.pipeline, key: run.partitionKey)] = Set(succeeded)
  }

  /// Cancels a run: what has not started never will, what runs is told to end. Teardown tasks still run,
  /// unless the run is cancelled a second time.
  mutating func cancel(_ id: RunID) {
    guard let slot = slotOfRun[id], let run = runs[slot] else { return }
    let again = run.cancellation != .none
    runs[slot]?.cancellation = again ? .everything : .butTeardown
    guard run.state == .running else { return finishRun(slot) }
    let tasks = pipeline(run.pipeline).tasks
    let reason = Reason("cancelled", again ? "the run was cancelled twice" : "the run was cancelled")
    for task in tasks.indices where again || !tasks[task].teardown {
      // The last task to end ends the run, and its slot is empty from then on.
      guard slotOfRun[id] == slot else { return }
      cancelTask(slot, task, reason)
    }
  }

  private mutating func cancelTask(_ slot: Int, _ task: Int, _ reason: Reason) {
    switch cells[slot][task].phase {
    case .absent, .final: return
    // An answer that still comes finds the task final.
    case .waiting, .waitingForData, .evaluatingWhen, .evaluatingEach:
      finishTask(slot, task, .cancelled, reason)
    case .expanded:
      for index in cells[slot][task].instances.indices {
        switch cells[slot][task].instances[index].state {
        case .waiting, .deferred, .queued, .retrying: finishInstance(slot, task, index, .cancelled, reason)
        case .running: stop(slot, task, index, .cancelled, reason)
        case .success, .failed, .skipped, .cancelled, .upstreamFailed: continue
        }
        if cells[slot].isEmpty { return }
      }
    }
  }
}
