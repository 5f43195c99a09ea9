import Basics
import MeshModel
import Timetables

/// Every tick in a schedule's window is in the ledger exactly once: run, skipped or missed.
final class Law04: Law {
  let number = 4
  /// Runs that a schedule made in this commit.
  private var made: Set<RunID> = []

  func see(_ change: Change, _ chronicle: Chronicle, _ court: Court) {
    switch change {
    case .runCreated(let record) where record.cause == .schedule: made.insert(record.id)
    case .ticked(let tick): check(tick, chronicle, court)
    default: return
    }
  }

  private func check(_ tick: TickRecord, _ chronicle: Chronicle, _ court: Court) {
    guard let known = chronicle.schedules[tick.pipeline],
      let due = chronicle.releaseOfTicks?.schedule(of: tick.pipeline)
    else { return expect(false, court, "'\(tick.pipeline)' ticks without a schedule") }
    let first = due.next(after: known.countedTo)
    expect(
      tick.at == first, court,
      "'\(tick.pipeline)' ticks at \(tick.at), and was due at \(String(describing: first))")
    let last = due.next(after: tick.through - .milliseconds(1))
    expect(tick.through == last, court, "'\(tick.pipeline)' was not due at \(tick.through)")
    if case .run(let run) = tick.outcome {
      let isMade = run.map { made.remove($0) != nil } ?? false
      expect(
        isMade && tick.at == tick.through, court, "the tick of '\(tick.pipeline)' at \(tick.at) made no run")
    }
  }

  func seeCommit(_ changes: [Change], _ chronicle: Chronicle, _ court: Court) {
    expect(made.isEmpty, court, "runs \(made.sorted()) are of no tick")
    made.removeAll()
  }

  /// No tick is forgotten while somebody is there.
  func seeQuiet(_ chronicle: Chronicle, _ court: Court) {
    guard court.isServed else { return }
    for (name, known) in chronicle.schedules where !chronicle.paused.contains(.pipeline(name)) {
      guard let due = chronicle.latest?.schedule(of: name), let next = due.next(after: known.countedTo) else {
        continue
      }
      expect(
        next + due.declared.delay > chronicle.wall, court, "the tick of '\(name)' at \(next) is not decided")
    }
  }
}
