import MeshModel
import SQLite
import TestKit
import Testing

@testable import Records

@Suite struct LawTests {
  @Test(arguments: 20...24 as ClosedRange<UInt64>)
  func `a record that the writer made breaks no law`(seed: UInt64) throws {
    let state = try StateFixture()
    var history = RandomHistory(seed: seed, fixture: state)
    for _ in 0..<10 { try state.commit(history.changes(40)) }
    let reader = try state.reader()
    for law in StateLaw.all where law.name != "materialized" {
      #expect(try reader.breaks(of: law) == [], "\(law.sentence)")
    }
  }

  @Test(arguments: [
    ("run_states", "UPDATE runs SET state = 'gone'", "run 1 cannot be 'gone'"),
    ("run_states", "UPDATE runs SET finished_at = 1", "run 1 cannot be 'running'"),
    (
      "instance_states", "UPDATE task_instances SET retry_at = 1", "task 0[0] of run 1 cannot be 'running'"
    ),
    (
      "attempt_states", "UPDATE attempts SET finished_at = 1",
      "attempt 1 of task 0[0] of run 1 cannot be 'running'"
    ),
    (
      "attempt_numbers", "UPDATE task_instances SET attempts = 2",
      "task 0[0] of run 1 counts 2 attempts, and 1 are there, numbered up to 1"
    ),
    (
      "one_live_attempt", "UPDATE attempts SET state = 'lost', finished_at = 1",
      "task 0[0] of run 1 is 'running' with 0 live attempts"
    ),
    (
      "one_live_run",
      """
      UPDATE runs SET partition = 'p';
      INSERT INTO runs SELECT 9, pipeline, partition, interval_start, interval_end, params, tasks, cause,
        backfill, retry_of, release, state, reason_code, reason_text, created_at, started_at, finished_at,
        kept, cancellation, asked_by, trigger_run, trigger_task, trigger_index, trigger_number FROM runs
      """, "2 runs of wf/flow@p are running"
    ),
    (
      "final_runs", "UPDATE runs SET state = 'success', finished_at = 1",
      "run 1 is 'success', and task 0[0] of it is 'running'"
    ),
    (
      "final_runs",
      """
      UPDATE runs SET tasks = '[0]';
      UPDATE task_instances SET state = 'failed', finished_at = 1
      """, "run 1 is 'running', and all its tasks are final"
    ),
    (
      "attempt_keys", "UPDATE attempts SET attempt_key = 's-1-0-0-2'",
      "attempt 1 of task 0[0] of run 1 has the key 's-1-0-0-2'"
    ),
    (
      "materialized",
      "INSERT INTO materializations SELECT 1, 'wf.t', 'p', NULL, NULL, 1, 0, 0, 1, NULL, 0, NULL, NULL, NULL",
      "version 1 of wf.t@p is by an attempt that is 'running'"
    ),
    ("whole_log", "DELETE FROM events WHERE seq = 3", "1 events are missing between 1 and 5"),
    ("fold", "UPDATE runs SET started_at = 0", "row 1 of table 'runs' differs in 'started_at'"),
  ])
  func `a broken law is told`(name: String, damage: String, told: String) throws {
    let state = try StateFixture()
    let attempt = state.attempt(1, 0)
    try state.commit(
      state.live(1) + [
        state.started(attempt),
        .attemptRunning(attempt, ProcessIdentity(pid: 1, startTime: 1, boot: "b"), at: state.now),
      ])
    let law = try #require(StateLaw.all.first { $0.name == name })
    #expect(try state.reader().breaks(of: law) == [])
    try state.vandal().execute(damage)
    #expect(try state.reader().breaks(of: law) == [told])
  }

  @Test func `a page that was overwritten is told`() throws {
    let state = try StateFixture()
    try state.commit(state.live(1))
    state.close()
    // An index that has lost an entry.
    try state.vandal().execute(
      """
      PRAGMA writable_schema = 1;
      UPDATE sqlite_schema SET sql = 'CREATE INDEX runs_by_state ON runs (cause)' WHERE name = 'runs_by_state'
      """)
    let integrity = try #require(StateLaw.all.first)
    #expect(try !state.reader().breaks(of: integrity).isEmpty)
  }

  @Test func `an owner is seen by those who do not want to be it`() throws {
    let state = try StateFixture()
    #expect(state.directory.currentOwner?.pid != nil)
    state.close()
    #expect(state.directory.currentOwner == nil)
  }
}
