import Basics
import Lineage
import MeshModel
import Timetables

/// What keeps runs and tasks, asked of a scheduler that was built up from the record.
extension Scheduler {
  /// The tasks of a live run that are not final, by their places; nil: the run is not live.
  public func openTasks(of run: RunID) -> [Int]? {
    guard let slot = slotOfRun[run], let live = runs[slot] else { return nil }
    guard live.state == .running else { return [] }
    return cells[slot].indices.filter {
      cells[slot][$0].phase != .absent && cells[slot][$0].phase != .final
    }
  }

  /// Why a live run is where it is; nil: it is not live.
  public func explanation(of run: RunID) -> Explanation? {
    guard let slot = slotOfRun[run], let live = runs[slot] else { return nil }
    var explanation = Explanation()
    explain(live, &explanation)
    return explanation
  }

  /// Why a task of a live run is where it is; nil: it is no part of a run that is live.
  public mutating func explanation(of run: RunID, task: Int) -> Explanation? {
    guard let slot = slotOfRun[run], let live = runs[slot] else { return nil }
    var explanation = Explanation()
    explain(live, &explanation)
    guard live.state == .running, cells[slot].indices.contains(task) else { return explanation }
    let step = plan(live.pipeline).steps[task]
    let phase = cells[slot][task].phase
    guard phase != .absent else { return nil }
    let waits = upstreams(of: task, in: slot).filter { cells[slot][$0].phase != .final }
    let names = waits.map { "'\(pipeline(live.pipeline).tasks[$0].name)'" }.joined(separator: ", ")
    if phase == .waiting {
      explanation.block("upstreams", "waits for \(names.isEmpty ? "its turn" : names)")
    } else {
      explanation.pass("upstreams", "its rule '\(step.rule.rawValue)' holds")
    }
    explainData(slot, task, step, &explanation)
    if step.hasCondition {
      if phase == .evaluatingWhen {
        explanation.block("condition", "its 'when' is being evaluated")
      } else {
        explanation.pass("condition", "its 'when' holds")
      }
    }
    if phase == .evaluatingEach { explanation.block("values", "its 'each' is being evaluated") }
    if phase == .expanded { explainInstances(slot, task, &explanation) }
    return explanation
  }

  private func explain(_ run: LiveRun, _ explanation: inout Explanation) {
    guard let reason = reasonToWait(run) else {
      return explanation.pass(
        "run", "run \(run.id) runs\(run.cancellation == nil ? "" : ", and is cancelled")")
    }
    let record = run.facts.record
    switch reason.code {
    case "paused_pipeline":
      explanation.block("run", reason.text, next: "heddle resume \(record.pipeline)")
    case "paused_backfill":
      explanation.block("run", reason.text, next: record.backfill.map { "heddle resume b\($0)" })
    case "max_active_runs":
      let line = lines[pipelines[run.pipeline].line]
      let active = line.liveRuns.values.flatMap { $0 }.filter { id in
        slotOfRun[id].flatMap { runs[$0] }?.state == .running
      }.sorted().prefix(5).map { String($0) }.joined(separator: ", ")
      explanation.block("run", "\(reason.text): \(active)")
    default: explanation.block("run", reason.text)
    }
  }

  /// Why a live run has not begun; nil: it has, or is not live.
  public func reasonToWait(_ run: RunID) -> Reason? {
    slotOfRun[run].flatMap { runs[$0] }.flatMap { reasonToWait($0) }
  }

  private func reasonToWait(_ run: LiveRun) -> Reason? {
    guard run.state == .queued else { return nil }
    let record = run.facts.record
    let line = lines[pipelines[run.pipeline].line]
    let most = pipeline(run.pipeline).maxActiveRuns
    if paused.contains(.pipeline(record.pipeline)) {
      return Reason("paused_pipeline", "'\(record.pipeline)' is paused")
    }
    if let backfill = record.backfill, paused.contains(.backfill(backfill)) {
      return Reason("paused_backfill", "backfill b\(backfill) is paused")
    }
    if record.partition != nil, let first = line.liveRuns[run.partitionKey]?.first, first != run.id {
      return Reason("same_partition", "run \(first) of the same partition comes first")
    }
    if line.activeRuns >= most {
      return Reason(
        "max_active_runs",
        "as many runs of '\(record.pipeline)' are active as 'max_active_runs' lets, \(most)")
    }
    if let backfill = record.backfill.flatMap({ backfills[$0] }), let most = backfill.maxActive,
      backfill.active >= most
    {
      return Reason("max_active", "as many runs of its backfill are active as were asked for, \(most)")
    }
    return Reason("turn", "it starts as soon as its turn comes")
  }

  /// Why a ready instance of a live run has not started; nil: it has, or is not ready.
  public mutating func reasonToWait(_ instance: InstanceID) -> Reason? {
    guard let slot = slotOfRun[instance.run], let run = runs[slot],
      cells[slot].indices.contains(instance.task),
      cells[slot][instance.task].instances.indices.contains(instance.index),
      cells[slot][instance.task].instances[instance.index].state == .queued
    else { return nil }
    if cells[slot][instance.task].instances[instance.index].isParked { return Self.pauseReason }
    return slots.reason(for: demand(run.pipeline, instance.task))
  }

  private mutating func upstreams(of task: Int, in slot: Int) -> [Int] {
    guard let run = runs[slot] else { return [] }
    let plan = plan(run.pipeline)
    return (plan.upstream.successors(of: task) + [plan.steps[task].follows].compactMap(\.self)).filter {
      cells[slot][$0].phase != .absent
    }
  }

  private func explainData(
    _ slot: Int, _ task: Int, _ step: PipelinePlan.Step, _ explanation: inout Explanation
  ) {
    guard let run = runs[slot] else { return }
    let isPast = ![.waiting, .waitingForData].contains(cells[slot][task].phase)
    if step.dependsOnPast, isPast {
      explanation.pass("past", "it succeeded for the partition before")
    } else if step.dependsOnPast, case .waitingFor(let other, _) = pastReadiness(run, task) {
      explanation.block("past", "run \(other) makes the partition before")
    }
    for read in step.reads {
      if isPast {
        explanation.pass("data", "'\(read.dataset)' is there")
        continue
      }
      switch readiness(of: read, for: run) {
      case .ready: explanation.pass("data", "'\(read.dataset)' is there, or not waited for")
      case .waitingFor(let other, _): explanation.block("data", "run \(other) makes '\(read.dataset)'")
      case .impossible(let reason): explanation.block("data", reason.text)
      case .waitingForData(_, let line):
        explainMissing(
          read.dataset, missingKeys(of: read, for: run), line,
          until: "; it waits until \(patience(of: run).sqliteText)Z", &explanation)
      }
    }
  }

  /// What waits for slots, and who holds them.
  private mutating func explainInstances(_ slot: Int, _ task: Int, _ explanation: inout Explanation) {
    guard let run = runs[slot] else { return }
    if explainWait(slot, task, &explanation) { return }
    let instances = cells[slot][task].instances
    let queued = instances.filter { $0.state == .queued }
    guard let first = queued.first else { return explanation.pass("slots", "it has what it takes") }
    let count = instances.count > 1 ? "\(queued.count) of \(instances.count) instances: " : ""
    guard !first.isParked else {
      return explanation.block(
        "slots", count + Self.pauseReason.text, next: "heddle resume \(run.facts.record.pipeline)")
    }
    let demand = demand(run.pipeline, task)
    let reason = slots.reason(for: demand)
    let holders = holders(of: demand, reason.code).prefix(5).joined(separator: ", ")
    explanation.block("slots", count + reason.text + (holders.isEmpty ? "" : ", by \(holders)"))
  }

  /// Live attempts that hold what is missing, as people name them.
  private mutating func holders(of wanted: Demand, _ code: String) -> [String] {
    var names: [String] = []
    for slot in runs.indices {
      guard let run = runs[slot] else { continue }
      for task in cells[slot].indices
      where cells[slot][task].instances.contains(where: { $0.state == .running }) {
        let demand = demand(run.pipeline, task)
        let holds =
          switch code {
          case "store_busy": demand.domain == wanted.domain && demand.writesStore
          case "pool_full": demand.pool == wanted.pool
          case "domain_full": demand.domain == wanted.domain
          default: true
          }
        if holds { names.append("'\(pipeline(run.pipeline).tasks[task].name)' of run \(run.id)") }
      }
    }
    return names
  }
}
