import MeshModel

/// Fair: between a task's being ready and its start, other domains start at most ceil(sum of shares / own
/// share) x (1 + own tasks ahead) tasks, as long as nothing of its own domain keeps it.
///
/// Ahead are those that start before it, and the one that started last before it was ready: a domain that has
/// just had its turn cannot have the next one too, or it would keep all others out.
final class Law08: Law {
  let number = 8
  /// More are not followed at once.
  private static let most = 40

  private struct Waiting {
    var demand: Chronicle.Demand
    var own = 0
    var others = 0
  }

  private var waiting: [InstanceID: Waiting] = [:]

  /// A new owner counts anew: what a domain had before is in no record.
  func forget() { waiting.removeAll() }

  func see(_ change: Change, _ chronicle: Chronicle, _ court: Court) {
    switch change {
    case .instanceQueued(let id, _, _):
      guard waiting.count < Self.most, let run = chronicle.runs[id.run], !chronicle.isPaused(run) else {
        return
      }
      waiting[id] = Waiting(demand: run.facts.tasks[id.task].demand)
    case .instanceFinished(let id, _, _, _): waiting[id] = nil
    case .attemptStarted(let attempt, _, _, _): start(attempt.instance, chronicle, court)
    // What is parked by a pause is not ready.
    case .paused, .releaseTaken: forget()
    default: return
    }
  }

  private func start(_ id: InstanceID, _ chronicle: Chronicle, _ court: Court) {
    guard let run = chronicle.runs[id.run] else { return }
    let demand = run.facts.tasks[id.task].demand
    if let mine = waiting.removeValue(forKey: id), let latest = chronicle.latest {
      let own = latest.domain(demand.domain)?.share ?? 1
      let all = latest.mesh.domains.reduce(0) { $0 + $1.share }
      let bound = (all + own - 1) / own * (2 + mine.own)
      expect(
        mine.others <= bound, court, "\(id) started after \(mine.others) of other domains, at most \(bound)")
    }
    for other in waiting.keys {
      if waiting[other]?.demand.domain == demand.domain {
        waiting[other]?.own += 1
      } else {
        waiting[other]?.others += 1
      }
    }
  }

  func seeQuiet(_ chronicle: Chronicle, _ court: Court) {
    // What its own domain, pool or store keeps is not ready; it counts from when that is over.
    for (id, mine) in waiting where chronicle.missing(for: mine.demand, workers: .max) != nil {
      waiting[id]?.own = 0
      waiting[id]?.others = 0
    }
  }
}
