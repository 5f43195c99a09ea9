import Basics
import MeshModel
import SQLite
import TestKit
import Testing

@testable import Records

@Suite struct WritingTests {
  let state: StateFixture

  init() throws { state = try StateFixture() }

  @Test func `a task's whole life leaves one row of each kind`() throws {
    let attempt = state.attempt(1, 0)
    try state.commit(state.live(1) + [state.started(attempt)])
    #expect(try state.rows("SELECT state, attempts FROM task_instances") == ["running|1"])
    state.clock.advance(by: .seconds(3))
    var outcome = AttemptOutcome(state: .success)
    outcome.rows = 7
    outcome.output = #"{"rows": 7}"#
    try state.commit([
      .attemptEnded(attempt, outcome, instance: .success, retryAt: nil, at: state.now),
      .runFinished(1, .success, nil, at: state.now),
    ])
    #expect(try state.rows("SELECT state, finished_at - started_at FROM task_instances") == ["success|3000"])
    #expect(
      try state.rows("SELECT state, number, attempt_key, rows FROM attempts") == ["success|1|s-1-0-0-1|7"])
    #expect(try state.rows("SELECT output FROM outputs") == [#"{"rows": 7}"#])
    #expect(try state.rows("SELECT state FROM runs") == ["success"])
    #expect(try state.rows("SELECT seq FROM events") == ["1", "2", "3", "4", "5", "6"])
  }

  @Test func `a retry waits and starts again with the next number`() throws {
    let first = state.attempt(1, 2)
    let due = state.now + .seconds(10)
    try state.commit(
      state.live(1) + [state.started(first), state.ended(first, .failed, .retrying, retryAt: due)])
    #expect(
      try state.rows("SELECT state, retry_at FROM task_instances") == ["retrying|\(due.milliseconds)"])
    let second = state.attempt(1, 2, 2)
    try state.commit([state.started(second), state.ended(second)])
    #expect(try state.rows("SELECT state, attempts, retry_at FROM task_instances") == ["success|2|NULL"])
  }

  @Test func `a commit that fails leaves nothing behind, and the next one is whole`() throws {
    #expect(throws: RecordsError.self) {
      try state.commit(state.live(1) + [state.ended(state.attempt(1, 0))])
    }
    #expect(try state.rows("SELECT count(*) FROM runs") == ["0"])
    #expect(state.owner?.writer.lastSequence == 1)
    try state.commit(state.live(1))
    #expect(try state.rows("SELECT group_concat(seq) FROM events") == ["1,2,3"])
  }

  @Test func `a full disk refuses a commit whole, and the next one finds room again`() throws {
    try state.commit(state.live(1))
    let connection = try #require(state.owner?.writer.connection)
    let pages = try connection.integer(of: "PRAGMA page_count")
    try connection.execute("PRAGMA max_page_count = \(pages + 2)")
    let large = state.release(2)
    var tooLarge = large
    tooLarge.summary = String(repeating: "x", count: 100_000)
    do {
      try state.commit(state.live(2) + [.releaseTaken(tooLarge)])
      Issue.record("it was written")
    } catch let error as RecordsError {
      #expect(error.isFull)
    }
    try connection.execute("PRAGMA max_page_count = 1000000")
    try state.commit([.releaseTaken(large)])
    #expect(try state.rows("SELECT group_concat(seq) FROM events") == ["1,2,3,4"])
    #expect(try state.reader().differencesFromFold() == [])
  }

  @Test func `whoever keeps the writer keeps the state`() throws {
    let writer = try #require(state.owner?.writer)
    state.close()
    #expect(throws: RecordsError.self) { try state.reopen() }
    try writer.commit(state.live(1))
  }
}
