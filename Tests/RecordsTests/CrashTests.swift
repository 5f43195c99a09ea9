import Basics
import Foundation
import MeshModel
import SQLite
import TestKit
import Testing

@testable import Records

/// What a power cut leaves: the file and the log as they were at some moment, the log perhaps torn.
@Suite struct CrashTests {
  let state: StateFixture

  init() throws { state = try StateFixture() }

  /// The state as a crash leaves it: what `bytes` of the log reached the disk; nil: all.
  private func wreck(_ name: String, log bytes: Int? = nil) throws -> StateDirectory {
    let copy = StateDirectory(root: state.folder.file(name))
    for suffix in ["", "-wal"] {
      let data = try Data(contentsOf: URL(fileURLWithPath: state.directory.database + suffix))
      let kept = suffix == "-wal" ? data.prefix(bytes ?? data.count) : data
      try state.folder.write(Array(kept), to: "\(name)/heddle.db\(suffix)")
    }
    return copy
  }

  private var logSize: Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: state.directory.database + "-wal")
    return (attributes?[.size] as? Int) ?? 0
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func `a crash leaves every acknowledged commit whole, and the last one whole or absent`(seed: UInt64) throws
  {
    var history = RandomHistory(seed: seed, fixture: state)
    var chance = SeededGenerator(seed: seed)
    var ends: Set<Int64> = [1]
    var acknowledged: [(log: Int, sequence: Int64)] = []
    for _ in 0..<8 {
      try state.commit(history.changes(Int.random(in: 1...20, using: &chance)))
      let sequence = try #require(state.owner?.writer.lastSequence)
      ends.insert(sequence)
      acknowledged.append((logSize, sequence))
    }
    for cut in 0..<6 {
      let size = Int.random(in: 0...logSize, using: &chance)
      let directory = try wreck("cut\(seed)-\(cut)", log: size)
      let owner = try StateOwner(opening: directory, clock: state.clock)
      let survived = owner.writer.lastSequence
      #expect(ends.contains(survived) || survived == 0)
      for commit in acknowledged where commit.log <= size { #expect(survived >= commit.sequence) }
      #expect(try StateReader(opening: directory).differencesFromFold() == [])
    }
  }

  @Test func `a new owner goes on where the dead one stopped`() throws {
    let attempt = state.attempt(2, 1)
    let process = ProcessIdentity(pid: 77, startTime: .max, boot: "boot")
    try state.commit(
      state.live(1, day: 1) + state.live(2, day: 2)
        + [
          .backfillCreated(BackfillRecord(id: 4, request: "r", runs: 0, maxActive: 2, createdAt: state.now)),
          .instanceQueued(InstanceID(run: 1, task: 0), Reason("slots", "no slot is free"), at: state.now),
          state.started(attempt), .attemptRunning(attempt, process, at: state.now),
        ])
    let owner = try StateOwner(opening: try wreck("dead"), clock: state.clock)
    let found = try StateReader(opening: owner.directory).recoveredState()
    #expect(found.last == .init(run: 2, backfill: 4, release: 1, materialization: 0))
    #expect(found.backfills == [.init(id: 4, maxActive: 2, failed: 0, cancelled: 0)])
    #expect(found.runs.map(\.record.id) == [1, 2])
    let instances = found.runs.flatMap(\.instances)
    #expect(instances.map(\.id) == [InstanceID(run: 1, task: 0), attempt.instance])
    #expect(instances.map(\.state) == [.queued, .running])
    #expect(instances.map(\.attempts) == [0, 1])
    let live = try #require(instances[1].live)
    #expect(instances[0].live == nil)
    #expect(live.process == process && live.state == .running)
    #expect(found.runs[1].record.pipeline == StateFixture.pipeline)
    #expect(found.runs[1].record.partition == state.day(2))

    let lost: Change = .attemptEnded(
      attempt, AttemptOutcome(state: .lost), instance: .cancelled, retryAt: nil, at: state.now)
    let why = Reason("recovered", "its owner is gone")
    try owner.writer.commit([
      lost, .instanceFinished(InstanceID(run: 1, task: 0), .cancelled, why, at: state.now),
      .runFinished(1, .cancelled, why, at: state.now), .runFinished(2, .cancelled, why, at: state.now),
      .backfillFinished(4, .cancelled, at: state.now),
    ])
    #expect(try StateReader(opening: owner.directory).recoveredState().isClean)
  }

  @Test func `a reader reads what a dead owner left, and leaves its log alone`() throws {
    try state.commit(state.live(1))
    let directory = try wreck("dead")
    let log = try Data(contentsOf: URL(fileURLWithPath: directory.database + "-wal"))
    do {
      let reader = try StateReader(opening: directory)
      #expect(try reader.run(1)?.state == .running)
      #expect(try StateReader(opening: directory).lastSequence() == 3)
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: directory.database + "-wal")) == log)
    #expect(try StateOwner(opening: directory, clock: state.clock).writer.lastSequence == 3)
  }

  @Test func `a reader reads when no owner is there`() throws {
    try state.commit(state.live(1))
    state.close()
    #expect(try state.reader().run(1)?.state == .running)
    try state.reopen()
    try state.commit([.runFinished(1, .success, nil, at: state.now)])
    #expect(try state.reader().run(1)?.state == .success)
  }

  @Test func `a snapshot does not move while the owner writes on`() throws {
    try state.commit(state.live(1))
    let reader = try state.reader()
    try reader.snapshot { snapshot in
      #expect(try snapshot.lastSequence() == 3)
      for run in 2...40 as ClosedRange<RunID> { try state.commit(state.live(run)) }
      #expect(try snapshot.lastSequence() == 3)
      #expect(try snapshot.runs(RunFilter()).runs.count == 1)
    }
    #expect(try reader.lastSequence() == 81)
  }

  @Test func `a reader cannot write`() throws {
    let reader = try state.reader()
    #expect(throws: SQLiteError.self) { try reader.connection.execute("DELETE FROM events") }
  }

  @Test func `a snapshot is not held longer than half a minute`() throws {
    let reader = try StateReader(opening: state.directory, clock: state.clock)
    do {
      try reader.snapshot { snapshot in
        state.clock.advance(by: .seconds(31))
        try snapshot.eachRow(
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000000) SELECT i FROM n"
        ) { _ in }
      }
      Issue.record("it was held")
    } catch {
      #expect(error.kind == .tooSlow)
    }
    #expect(try reader.lastSequence() == 1)
  }
}
