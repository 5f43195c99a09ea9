import Basics
import MeshModel
import SQLite
import TestKit
import Testing

@testable import Records

@Suite struct UpkeepTests {
  private static let everything = RetentionRule(runs: .zero, logs: .zero, events: .zero)

  private func upkeep(_ state: StateFixture, _ rule: RetentionRule = everything) throws -> Upkeep {
    let writer = try #require(state.owner?.writer)
    return Upkeep(
      writer: writer, reader: try state.reader(), rule: rule, clock: state.clock, leastEvents: 1)
  }

  /// Does some pieces and forgets that it did.
  private func take(_ pieces: Int, of state: StateFixture) throws {
    let work = try upkeep(state)
    var left = pieces
    while left > 0, try work.step() { left -= 1 }
  }

  /// A state with a long history, a day later.
  private func aged(seed: UInt64) throws -> StateFixture {
    let state = try StateFixture()
    var history = RandomHistory(seed: seed, fixture: state)
    for _ in 0..<24 { try state.commit(history.changes(50)) }
    state.clock.advance(by: .seconds(1_000_000))
    return state
  }

  @Test(arguments: Sample.of(40...43 as ClosedRange<UInt64>, 1))
  func `after every piece the tables are the fold, and no law is broken`(seed: UInt64) throws {
    let state = try aged(seed: seed)
    let work = try upkeep(state)
    let kept = try state.rows("SELECT run FROM current_runs ORDER BY run")
    let counting = try state.rows("SELECT dataset, partition, version FROM dataset_partitions")
    var more = true
    while more {
      more = try work.step()
      #expect(try state.reader().differencesFromFold() == [])
    }
    #expect(work.tally.runs > 0)
    #expect(work.tally.events > 0)
    #expect(try state.rows("SELECT run FROM current_runs ORDER BY run") == kept)
    #expect(try state.rows("SELECT dataset, partition, version FROM dataset_partitions") == counting)
    #expect(try state.rows("PRAGMA foreign_key_check") == [])
    for law in StateLaw.all where law.name != "materialized" {
      #expect(try state.reader().breaks(of: law) == [], "\(law.sentence)")
    }
    #expect(try state.rows("SELECT count(*) FROM snapshots") == ["1"])
    // What is to be had is had: another time there is nothing to do but the events of the first.
    let again = try upkeep(state)
    while try again.step() {}
    #expect(again.tally.runs == 0)
  }

  @Test(arguments: Sample.of([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 18, 20, 25], 6))
  func `a crash between any two pieces is harmless`(pieces: Int) throws {
    let state = try aged(seed: 50)
    try take(pieces, of: state)
    try state.reopen()
    #expect(try state.reader().differencesFromFold() == [])
    try take(.max, of: state)
    #expect(try state.reader().differencesFromFold() == [])
    #expect(
      try state.rows("SELECT count(*) FROM snapshot_rows WHERE seq <> (SELECT max(seq) FROM snapshots)")
        == ["0"])
    try state.reopen()
    let sequence = try #require(state.owner?.writer.lastSequence)
    try state.commit(state.live(100_000))
    #expect(try state.reader().lastSequence() == sequence + 2)
    #expect(try state.reader().differencesFromFold() == [])
  }

  @Test func `only what is final, older than the rule and not needed goes`() throws {
    let state = try StateFixture()
    for id in 1...3 as ClosedRange<RunID> {
      try state.commit(state.live(id, day: 1) + [.runFinished(id, .success, nil, at: state.now)])
      state.clock.advance(by: .seconds(10))
    }
    try state.commit(state.live(4, day: 2))
    let work = try upkeep(state, RetentionRule(runs: .seconds(25), logs: nil, events: nil))
    while try work.step() {}
    #expect(try state.rows("SELECT id FROM runs ORDER BY id") == ["2", "3", "4"])
    #expect(work.tally == Upkeep.Tally(runs: 1, events: 0))
    #expect(throws: RecordsError.self) { try state.commit([.runsRemoved([3], at: state.now)]) }
    #expect(throws: RecordsError.self) { try state.commit([.runsRemoved([4], at: state.now)]) }
    #expect(throws: RecordsError.self) { try state.commit([.runsRemoved([9], at: state.now)]) }
    let never = try upkeep(state, RetentionRule(runs: nil, logs: nil, events: nil))
    while try never.step() {}
    #expect(never.tally == Upkeep.Tally())
  }

  @Test func `a run stays for as long as its backfill is not final`() throws {
    let state = try StateFixture()
    try state.commit([
      .backfillCreated(BackfillRecord(id: 1, request: "b", runs: 2, maxActive: nil, createdAt: state.now)),
      .runCreated(state.run(1, day: 1, backfill: 1)), .runCreated(state.run(2, day: 2, backfill: 1)),
      .runStarted(1, at: state.now), .runFinished(1, .failed, nil, at: state.now),
    ])
    try state.commit(state.live(3, day: 1) + [.runFinished(3, .success, nil, at: state.now)])
    state.clock.advance(by: .seconds(100))
    try take(.max, of: state)
    #expect(try state.reader().recoveredState().backfills.map(\.failed) == [1])
    try state.commit([
      .runStarted(2, at: state.now), .runFinished(2, .success, nil, at: state.now),
      .backfillFinished(1, .failed, at: state.now),
    ])
    try take(.max, of: state)
    #expect(try state.rows("SELECT id FROM runs ORDER BY id") == ["2", "3"])
  }
}
