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

  mutating func create(_ request: RunRequest, backfill: BackfillID?, trigger: AttemptID? = nil) {
    let id = configuration.nextRun
    configuration.nextRun += 1
    let known = releases.first { $0.release.id == request.release } ?? latest
    let place = known.firstPipeline + request.pipeline
    let name = pipeline(place).name
    let record = RunRecord(
      id: id, pipeline: name, partition: request.partition, ticks: request.ticks, params: request.params,
      cause: request.cause,
      backfill: backfill, retryOf: request.retryOf, release: known.release.id, createdAt: now,
      tasks: request.tasks, kept: request.kept, askedBy: request.askedBy, trigger: trigger)
    let slot = hold(record, pipeline: place, keptOutputs: request.keptOutputs, past: request.past)
    queue(slot)
    decisions.changes.append(.runCreated(record))
  }

  /// Gives a run its slot, as `queued`.
  mutating func hold(
    _ record: RunRecord, pipeline place: Int, keptOutputs: [Int: String], past: RunRequest.Past
  ) -> Int {
    let context = RunContext(
      release: release(of: place).release, run: record.id, pipeline: record.pipeline,
      pipelineIndex: pipelines[place].index, partition: record.partition, ticks: record.ticks,
      params: record.params)
    let facts = LiveRun.Facts(
      record: record, context: context, pipeline: place, keptOutputs: keptOutputs, past: past)
    let slot: Int
    if let free = freeSlots.popLast() {
      slot = free
      runs[slot] = LiveRun(facts: facts)
    } else {
      slot = runs.count
      runs.append(LiveRun(facts: facts))
      cells.append([])
    }
    slotOfRun[record.id] = slot
    let line = pipelines[place].line
    lines[line].liveRuns[record.partition?.key ?? "", default: []].append(record.id)
    if let start = record.partition?.start {
      lines[line].earliest = min(lines[line].earliest ?? start, start)
    }
    return slot
  }

  /// Lines a run up to be started.
  mutating func queue(_ slot: Int) {
    guard let run = runs[slot] else { return }
    let line = pipelines[run.pipeline].line
    lines[line].queuedRuns.insert(run.id)
    linesToAdmit.insert(line)
  }

  /// Starts queued runs as far as their pipelines and backfills allow, the lowest number first.
  mutating func admitRuns() {
    // A run that ends as soon as it starts lets others in: they are looked at in the next round.
    let moved = linesToAdmit.sorted()
    linesToAdmit.removeAll(keepingCapacity: true)
    for line in moved {
      while let next = lines[line].queuedRuns.first {
        guard let slot = slotOfRun[next], let run = runs[slot], run.state == .queued else {
          _ = lines[line].queuedRuns.popFirst()
          continue
        }
        // What is paused steps aside, whatever its limits: the next may be of a release with others.
        if isPaused(run) {
          parkedRuns.append(next)
        } else if lines[line].activeRuns < pipeline(run.pipeline).maxActiveRuns, mayStart(run) {
          start(slot)
        } else {
          break
        }
        _ = lines[line].queuedRuns.popFirst()
      }
    }
  }

  /// Whether its backfill and an earlier run of the same partition let it start.
  private func mayStart(_ run: LiveRun) -> Bool {
    if let backfill = run.facts.record.backfill.flatMap({ backfills[$0] }), let most = backfill.maxActive,
      backfill.active >= most
    {
      return false
    }
    guard run.facts.record.partition != nil else { return true }
    return lines[pipelines[run.pipeline].line].liveRuns[run.partitionKey]?.first == run.id
  }

  private mutating func start(_ slot: Int) {
    guard let run = runs[slot] else { return }
    decisions.changes.append(.runStarted(run.id, at: now))
    layOut(slot)
    if runs[slot]?.unfinishedTasks == 0 { return finishRun(slot) }
    for task in run.facts.kept.sorted() where cells[slot].indices.contains(task) {
      finishTask(slot, task, .success, Reason("kept", "its datasets stand from an earlier run"))
    }
    for task in cells[slot].indices where cells[slot][task].phase != .absent {
      tasksToAdvance.append(TaskReference(slot: slot, task: task))
    }
  }

  /// Makes the cells of a run that starts, and counts it as active.
  mutating func layOut(_ slot: Int) {
    guard let run = runs[slot] else { return }
    let plan = plan(run.pipeline)
    lines[pipelines[run.pipeline].line].activeRuns += 1
    if let backfill = run.facts.record.backfill { backfills[backfill]?.active += 1 }
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
  }

  mutating func finishRun(_ slot: Int) {
    guard let run = runs[slot] else { return }
    let wasRunning = run.state == .running
    let state: RunState = run.cancellation != nil ? .cancelled : run.failures > 0 ? .failed : .success
    let failures = run.failures == 1 ? "1 task instance failed" : "\(run.failures) task instances failed"
    let reason = state == .failed ? Reason("failures", failures) : nil
    decisions.changes.append(.runFinished(run.id, state, reason, at: now))
    rememberSuccesses(run, slot)
    noteEnd(of: run, slot, state)

    let line = pipelines[run.pipeline].line
    if wasRunning { lines[line].activeRuns -= 1 }
    lines[line].liveRuns[run.partitionKey]?.removeAll { $0 == run.id }
    if lines[line].liveRuns[run.partitionKey]?.isEmpty == true {
      lines[line].liveRuns[run.partitionKey] = nil
    }
    slotOfRun[run.id] = nil
    runs[slot] = nil
    cells[slot] = []
    freeSlots.append(slot)
    linesToAdmit.insert(line)
    wakeWaiters(for: run.id)
    wakeWaiters(forDataOf: line)
    reviewHeld(line)
    childEnded(run.id, state)
    if let backfill = run.facts.record.backfill { count(state, wasRunning: wasRunning, in: backfill) }
  }

  private mutating func count(_ state: RunState, wasRunning: Bool, in backfill: BackfillID) {
    backfills[backfill]?.unfinished -= 1
    if wasRunning { backfills[backfill]?.active -= 1 }
    if state == .failed { backfills[backfill]?.failed += 1 }
    if state == .cancelled { backfills[backfill]?.cancelled += 1 }
    if backfills[backfill]?.maxActive != nil {
      for line in lines.indices where !lines[line].queuedRuns.isEmpty { linesToAdmit.insert(line) }
    }
    finishBackfillIfDone(backfill)
  }

  mutating func finishBackfillIfDone(_ id: BackfillID) {
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
    let tasks = pipeline(run.pipeline).tasks
    let place = LinePartition(line: pipelines[run.pipeline].line, key: run.partitionKey)
    for task in cells[slot].indices where cells[slot][task].phase != .absent {
      let cell = cells[slot][task]
      let isWhole = cell.outcome.bad == 0 && cell.outcome.skipped == 0 && cell.allowedFailures == 0
      taskSuccesses[place, default: [:]][tasks[task].name] = isWhole && cell.outcome.success > 0
    }
  }

  /// Cancels a run: what has not started never will, what runs is told to end. Teardown tasks still run,
  /// unless the run is cancelled a second time.
  mutating func cancel(_ id: RunID) {
    guard let slot = slotOfRun[id], let run = runs[slot] else { return }
    let again = run.cancellation != nil
    let cancellation: Cancellation = again ? .everything : .butTeardown
    runs[slot]?.cancellation = cancellation
    guard run.state == .running else { return finishRun(slot) }
    if run.cancellation != cancellation {
      decisions.changes.append(.runCancelled(id, cancellation, at: now))
    }
    // What waited for its end to be made anew is owed now.
    reviewHeld(pipelines[run.pipeline].line)
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
        case .waiting, .queued, .retrying: finishInstance(slot, task, index, .cancelled, reason)
        case .deferred: cancelWait(slot, task, index, reason)
        case .running: stop(slot, task, index, .cancelled, reason)
        case .success, .failed, .skipped, .cancelled, .upstreamFailed: continue
        }
        if cells[slot].isEmpty { return }
      }
    }
  }
}
