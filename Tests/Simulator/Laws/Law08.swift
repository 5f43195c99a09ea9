import MeshModel

/// Fair: between a task's being ready and its start each other domain starts at most (its share / own share)
/// x (1 + own tasks started meanwhile) tasks and one more, as long as nothing of its own domain keeps it.
final class Law08: Law {
  let number = 8
  /// More are not followed at once.
  private static let most = 40

  private struct Waiting {
    var demand: Chronicle.Demand
    var own = 0
    var others: [String: Int] = [:]
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
    case .releaseTaken: forget()
    default: return
    }
  }

  private func start(_ id: InstanceID, _ chronicle: Chronicle, _ court: Court) {
    guard let run = chronicle.runs[id.run] else { return }
    let demand = run.facts.tasks[id.task].demand
    if let mine = waiting.removeValue(forKey: id), let latest = chronicle.latest {
      let own = latest.domain(demand.domain)?.share ?? 1
      for (other, starts) in mine.others {
        let bound = (latest.domain(other)?.share ?? 1) * (1 + mine.own) / own + 1
        expect(
          starts <= bound, court, "\(id) started after \(starts) of domain '\(other)', at most \(bound)")
      }
    }
    beginAnewWhereKept(chronicle)
    for other in waiting.keys {
      if waiting[other]?.demand.domain == demand.domain {
        waiting[other]?.own += 1
      } else {
        waiting[other]?.others[demand.domain, default: 0] += 1
      }
    }
  }

  func seeQuiet(_ chronicle: Chronicle, _ court: Court) { beginAnewWhereKept(chronicle) }

  /// What is paused, or kept by its own domain, pool or store, is not ready.
  private func beginAnewWhereKept(_ chronicle: Chronicle) {
    for (id, mine) in waiting {
      let isPaused = chronicle.runs[id.run].map(chronicle.isPaused) ?? true
      guard isPaused || chronicle.missing(for: mine.demand, workers: .max) != nil else { continue }
      waiting[id]?.own = 0
      waiting[id]?.others.removeAll()
    }
  }
}
