import Basics
import MeshModel
import SQLite
import TestKit
import Testing

@testable import Records

@Suite struct FoldTests {
  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func `the tables equal the fold of the events, column by column`(seed: UInt64) throws {
    let state = try StateFixture()
    var history = RandomHistory(seed: seed, fixture: state)
    var chance = SeededGenerator(seed: seed)
    var written = 1
    for _ in 0..<20 {
      let changes = history.changes(Int.random(in: 1...30, using: &chance))
      try state.commit(changes)
      written += changes.count
    }
    let reader = try state.reader()
    #expect(try reader.differencesFromFold() == [])
    #expect(try reader.lastSequence() == written)
    #expect(try reader.events(after: 0, limit: .max).map(\.sequence) == Array(1...Int64(written)))
    _ = try reader.recoveredState()
    for run in try reader.runs(RunFilter(limit: 1000)).runs { #expect(try reader.runDetail(run.id) != nil) }
  }

  @Test(arguments: 100...110 as ClosedRange<UInt64>)
  func `a change read back from JSON is the change`(seed: UInt64) throws {
    let state = try StateFixture()
    var history = RandomHistory(seed: seed, fixture: state)
    let changes = [.releaseTaken(state.release(9))] + history.changes(300)
    for change in changes {
      var writer = JSONWriter()
      ChangeCoding.encode(change, into: &writer)
      #expect(
        try ChangeCoding.decode(kind: change.kind.rawValue, at: change.at, payload: writer.bytes) == change)
    }
  }

  @Test func `random histories meet every kind of change`() throws {
    let state = try StateFixture()
    var history = RandomHistory(seed: 7, fixture: state)
    let met = Set(history.changes(2000).map(\.kind))
    #expect(Set(ChangeKind.allCases).subtracting(met) == [.releaseTaken, .backfillFinished, .runsRemoved])
  }

  @Test func `a table that was changed by hand is told`() throws {
    let state = try StateFixture()
    try state.commit(state.live(1))
    try state.vandal().execute("UPDATE runs SET started_at = 0")
    #expect(try state.reader().differencesFromFold() == ["row 1 of table 'runs' differs in 'started_at'"])
  }

  @Test func `a gap in the log is told`() throws {
    let state = try StateFixture()
    try state.commit(state.live(1))
    try state.vandal().execute("DELETE FROM events WHERE seq = 2")
    #expect(throws: RecordsError.self) { try state.reader().differencesFromFold() }
  }

  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func `the past is what the tables were`(seed: UInt64) throws {
    let state = try StateFixture()
    var history = RandomHistory(seed: seed, fixture: state)
    var before: [(at: Instant, runs: [RunSummary], sequence: Int64)] = []
    for _ in 0..<6 {
      try state.commit(history.changes(40))
      let reader = try state.reader()
      let last = try reader.events(after: 0, limit: .max)
      let at = last.map(\.change.at).max() ?? state.clock.now
      before.append((at, try reader.runs(RunFilter(limit: 10_000)).runs, last.last?.sequence ?? 0))
      state.clock.advance(by: .seconds(10))
    }
    let reader = try state.reader()
    for moment in before {
      let past = try #require(try reader.past(at: moment.at, clock: state.clock))
      // Events of one moment may be of two commits: then the later one counts.
      guard try reader.events(after: moment.sequence, limit: 1).allSatisfy({ $0.change.at > moment.at })
      else {
        continue
      }
      #expect(try past.runs(RunFilter(limit: 10_000)).runs == moment.runs)
      _ = try past.recoveredState()
    }
    #expect(try reader.past(at: Instant(milliseconds: 0), clock: state.clock) == nil)
  }
}
