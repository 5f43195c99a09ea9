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
    let record = run.facts.record
    guard run.state == .queued else {
      return explanation.pass(
        "run", "run \(run.id) runs\(run.cancellation == nil ? "" : ", and is cancelled")")
    }
    let line = lines[pipelines[run.pipeline].line]
    let most = pipeline(run.pipeline).maxActiveRuns
    if paused.contains(.pipeline(record.pipeline)) {
      explanation.block("run", "'\(record.pipeline)' is paused", next: "heddle resume \(record.pipeline)")
    } else if let backfill = record.backfill, paused.contains(.backfill(backfill)) {
      explanation.block("run", "backfill b\(backfill) is paused", next: "heddle resume b\(backfill)")
    } else if record.partition != nil, let first = line.liveRuns[run.partitionKey]?.first, first != run.id {
      explanation.block("run", "run \(first) of the same partition comes first")
    } else if line.activeRuns >= most {
      let active = line.liveRuns.values.flatMap { $0 }.filter { id in
        slotOfRun[id].flatMap { runs[$0] }?.state == .running
      }.sorted().prefix(5).map { String($0) }.joined(separator: ", ")
      explanation.block(
        "run", "as many runs of '\(record.pipeline)' are active as 'max_active_runs' lets, \(most): \(active)"
      )
    } else if let backfill = record.backfill.flatMap({ backfills[$0] }), let most = backfill.maxActive,
      backfill.active >= most
    {
      explanation.block("run", "as many runs of its backfill are active as were asked for, \(most)")
    } else {
      explanation.block("run", "it starts as soon as its turn comes")
    }
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
    } else if step.dependsOnPast, case .waitingFor(let other) = pastReadiness(run, task) {
      explanation.block("past", "run \(other) makes the partition before")
    }
    for read in step.reads {
      if isPast {
        explanation.pass("data", "'\(read.dataset)' is there")
        continue
      }
      switch readiness(of: read, for: run) {
      case .ready: explanation.pass("data", "'\(read.dataset)' is there, or not waited for")
      case .waitingFor(let other): explanation.block("data", "run \(other) makes '\(read.dataset)'")
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
