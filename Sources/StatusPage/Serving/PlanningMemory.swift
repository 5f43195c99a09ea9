import Basics
import Orchestration
import Planning
import Records
import Threads

/// What explanations and plans are made from, kept until the record or the release has moved on: to build it
/// costs as much as the mesh and its record are large.
final class PlanningMemory: Sendable {
  private struct Explaining: Sendable {
    var moment: RecordMoment
    var view: ExplainingView
  }

  private struct Ledger: Sendable {
    var sequence: Int64
    var ledger: PartitionLedger
  }

  /// What is due by the clock comes without an event, so a view does not stand for longer. In nanoseconds.
  private static let longest: UInt64 = 5_000_000_000

  private let explaining = Guarded<Explaining?>(nil)
  private let ledgers = Guarded<Ledger?>(nil)
  /// How often something was built.
  let builds = Guarded(0)

  /// Why runs and tasks are where they are. Nobody waits for another's: who comes meanwhile builds the same.
  func explaining(_ world: PageWorld) throws -> ExplainingView {
    let moment = try RecordMoment(world)
    if let known = explaining.withLock({ $0 }), moment.continues(known.moment, within: Self.longest) {
      return known.view
    }
    builds.withLock { $0 += 1 }
    let view = try Problem.passing { () throws(SessionError) in
      try ExplainingView(
        project: world.release.project, state: world.settings.state, reader: world.reader, clock: world.clock,
        firesSchedules: true)
    }
    let made = Explaining(moment: moment, view: view)
    explaining.withLock { $0 = made }
    return view
  }

  /// What there is to plan with.
  func planning(_ world: PageWorld) throws -> PlanningView {
    let sequence = try world.reader.lastSequence()
    let known = ledgers.withLock { $0 }
    var ledger = known.flatMap { $0.sequence == sequence ? $0.ledger : nil }
    if ledger == nil {
      builds.withLock { $0 += 1 }
      let read = try PartitionLedger(reading: world.reader)
      ledgers.withLock { $0 = Ledger(sequence: sequence, ledger: read) }
      ledger = read
    }
    return try Problem.passing { () throws(SessionError) in
      try PlanningView(
        project: world.release.project, reader: world.reader, ledger: ledger, clock: world.clock)
    }
  }
}
