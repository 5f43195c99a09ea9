import Basics
import CrashDisk
import MeshModel
import Records

extension World {
  /// The owner has time to keep its state small: some pieces, as they come between two turns.
  func keepSmall() {
    agenda.add(.upkeep, after: chance.span(100, 1_000_000_000))
    guard let owner, owner.outage == nil, !disk.isOff else { return }
    let work =
      upkeep
      ?? Upkeep(
        writer: owner.state.writer, reader: owner.reader, rule: court.retention, clock: clock, leastEvents: 50
      )
    upkeep = work
    do {
      for _ in 0..<chance.number(1...60) {
        let isMore = try work.step()
        tally.decisions += 1
        try hear(of: owner.reader)
        guard isMore else {
          upkeep = nil
          return try removeLogs(owner.reader)
        }
      }
    } catch {
      // What is begun is begun again.
      upkeep = nil
      tally.count(.upkeepCut)
      if disk.isOff { return die() }
      if !disk.hasFaults { court.violations.append((19, "the state cannot be kept small: \(error)")) }
    }
  }

  /// Removes the logs that are old enough, as the owner does: the record says whose they are.
  private func removeLogs(_ reader: StateReader) throws {
    guard let age = court.retention.logs ?? court.retention.runs else { return }
    for run in logs.sorted() where try reader.isOver(run, before: clock.now - age) {
      Law19.check(logsOf: run, at: clock.now, chronicle, court)
      logs.remove(run)
    }
    Law19.check(left: logs, chronicle, court)
  }

  /// Takes in what is in the log and was not heard of.
  func hear(of reader: StateReader) throws {
    let last = try reader.lastSequence()
    while chronicle.sequence < last {
      let events = try reader.events(after: chronicle.sequence)
      guard !events.isEmpty else { break }
      take(events.map(\.change))
    }
  }
}
