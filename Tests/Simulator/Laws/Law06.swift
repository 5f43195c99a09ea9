import MeshModel

/// Per pool, domain, store, pipeline, run and over all, live attempts and active runs never hold more than
/// there is. The limits are those of the latest release; where it lowers them, nothing starts until it fits
/// again.
final class Law06: Law {
  let number = 6

  func see(_ change: Change, _ chronicle: Chronicle, _ court: Court) {
    switch change {
    case .attemptStarted(let attempt, _, _, _): start(attempt, chronicle, court)
    case .runStarted(let id, _):
      guard let run = chronicle.runs[id] else { return }
      let active = chronicle.running(run.record.pipeline).count
      let most = run.facts.pipeline.maxActiveRuns
      expect(active < most, court, "run \(id) starts, and \(active) of at most \(most) are active")
      guard let backfill = run.record.backfill, let limit = chronicle.backfills[backfill]?.record.maxActive
      else { return }
      let ofBackfill = chronicle.active[backfill] ?? 0
      expect(ofBackfill < limit, court, "run \(id) starts, and b\(backfill) has \(ofBackfill) active")
    default: return
    }
  }

  private func start(_ attempt: AttemptID, _ chronicle: Chronicle, _ court: Court) {
    guard let run = chronicle.runs[attempt.instance.run] else { return }
    let task = run.facts.tasks[attempt.instance.task]
    if let missing = chronicle.missing(for: task.demand, workers: court.workersGiven(by: chronicle.now)) {
      expect(false, court, "\(attempt) starts, and there is no slot of \(missing)")
    }
    guard let most = task.declared.each?.maxActive else { return }
    let active = (run.instances[attempt.instance.task] ?? [:]).count { index, instance in
      index != attempt.instance.index && !instance.state.isFinal && instance.state != .waiting
    }
    expect(active < most, court, "\(attempt) starts, and \(active) instances of its task are active")
  }
}

extension Chronicle {
  /// What there is no free slot of for an attempt that takes these things; nil: it may start.
  func missing(for demand: Demand, workers: Int) -> String? {
    if live.count >= workers { return "the workers" }
    guard let latest else { return nil }
    let others = live.values
    if let slots = latest.domain(demand.domain)?.slots,
      others.count(where: { $0.demand.domain == demand.domain }) >= slots
    {
      return "domain '\(demand.domain)'"
    }
    if let pool = demand.pool, let slots = latest.mesh.pools.first(where: { $0.name == pool })?.slots,
      others.count(where: { $0.demand.pool == pool }) >= slots
    {
      return "pool '\(pool)'"
    }
    if let store = demand.store, others.contains(where: { $0.demand.store == store }) {
      return "store '\(store)'"
    }
    return nil
  }
}
