import Basics
import MeshModel
import SQLite
import TestKit
import Testing

@testable import Records

/// Rows that no heddle wrote give an error, never a trap.
@Suite struct HostileFileTests {
  let state: StateFixture

  init() throws {
    state = try StateFixture()
    let attempt = state.attempt(1, 0)
    var outcome = AttemptOutcome(state: .success)
    outcome.output = "{}"
    try state.commit(
      state.live(1, day: 0)
        + [
          .fannedOut(1, task: 1, values: [.integer(1)], at: state.now), state.started(attempt),
          .attemptRunning(attempt, ProcessIdentity(pid: 1, startTime: 2, boot: "b"), at: state.now),
          .materialized(
            MaterializationRecord(
              id: 1, dataset: StateFixture.dataset, partition: state.day(0), attempt: attempt, rows: 1,
              inputs: [InputVersion(dataset: StateFixture.dataset, partition: "", version: 1)], at: state.now)
          ),
          .backfillCreated(BackfillRecord(id: 1, request: "r", runs: 1, maxActive: 1, createdAt: state.now)),
        ])
    state.close()
    // Without types and constraints, any value can be put anywhere.
    let vandal = try state.vandal()
    try vandal.execute("PRAGMA journal_mode = DELETE; PRAGMA writable_schema = ON")
    try vandal.execute(
      """
      UPDATE sqlite_schema
      SET sql = replace(replace(replace(sql, ' STRICT, ', ' '), ' STRICT', ''), ' NOT NULL', '')
      WHERE type = 'table'
      """)
  }

  private func readEverything() throws {
    let reader = try state.reader()
    _ = try reader.runs(RunFilter())
    _ = try reader.runDetail(1)
    _ = try reader.tallies(of: 1)
    _ = try reader.status(of: [StateFixture.pipeline])
    _ = try reader.backfills()
    _ = try reader.events(after: 0)
    _ = try reader.recoveredState()
    try reader.eachPublished { _ in
    } partition: { _, _, _, _, _ in
    }
    _ = try reader.partitions(of: StateFixture.dataset)
    _ = try reader.materializations(of: StateFixture.dataset, partition: state.day(0).key)
    try reader.eachStale(of: StateFixture.dataset, code: "") { _ in true }
    _ = try reader.basis(of: StateFixture.dataset, key: state.day(0).key)
    _ = try reader.latestRuns(of: StateFixture.pipeline)
    _ = try reader.succeededTasks(of: StateFixture.pipeline, partition: state.day(0).key)
    _ = try reader.lastRelease()
    _ = try reader.stateID()
  }

  @Test func `an honest file can be read without its types too`() throws { try readEverything() }

  @Test(arguments: [
    "UPDATE runs SET state = 'sleeping'", "UPDATE runs SET state = NULL", "UPDATE runs SET state = 'success'",
    "UPDATE runs SET pipeline = 'Not A Name'", "UPDATE runs SET params = '[1]'",
    "UPDATE runs SET params = '{'",
    "UPDATE runs SET params = '{\"a\": [1]}'", "UPDATE runs SET params = NULL",
    "UPDATE runs SET tasks = '[null]'",
    "UPDATE runs SET tasks = '7'", "UPDATE runs SET cause = 'boredom'", "UPDATE runs SET created_at = 'noon'",
    "UPDATE runs SET release = 'one'", "UPDATE runs SET interval_start = 1.5",
    "UPDATE task_instances SET state = 'asleep'", "UPDATE task_instances SET state = 'success'",
    "UPDATE task_instances SET since = NULL", "UPDATE task_instances SET attempts = 'x'",
    "UPDATE task_instances SET task = 99", "UPDATE task_instances SET task = -1",
    "UPDATE task_instances SET each_index = 'x'", "UPDATE task_instances SET state = 'queued'",
    "UPDATE attempts SET state = 'odd'", "UPDATE attempts SET state = NULL",
    "UPDATE attempts SET finished_at = 1",
    "UPDATE attempts SET pid = 99999999999", "UPDATE attempts SET boot = NULL",
    "UPDATE attempts SET attempt_key = NULL", "UPDATE attempts SET exit_code = 'zero'",
    "DELETE FROM attempts",
    "UPDATE fan_outs SET each_values = '{}'", "UPDATE fan_outs SET each_values = '[[]]'",
    "UPDATE fan_outs SET each_values = NULL", "UPDATE fan_outs SET task = 'x'",
    "UPDATE materializations SET dataset = '..'", "UPDATE materializations SET at = NULL",
    "UPDATE materializations SET task = NULL", "UPDATE materialization_inputs SET dataset = 'x'",
    "UPDATE materialization_inputs SET version = 'x'", "UPDATE dataset_partitions SET standing = 'perhaps'",
    "UPDATE dataset_partitions SET version = NULL", "UPDATE dataset_partitions SET version = 'new'",
    "UPDATE dataset_partitions SET dataset = ''", "UPDATE dataset_partitions SET changed_at = NULL",
    "UPDATE backfills SET state = 'x'", "UPDATE backfills SET request = NULL",
    "UPDATE backfills SET runs = 'x'",
    "UPDATE events SET kind = 'rumour'", "UPDATE events SET kind = NULL", "UPDATE events SET payload = NULL",
    "UPDATE events SET payload = 'x'", "UPDATE events SET payload = '{}'", "UPDATE events SET payload = '[]'",
    "UPDATE events SET payload = '{\"run\": 1e99}'", "UPDATE events SET at = NULL",
    "UPDATE events SET payload = replace(payload, '1', '\"1\"')", "UPDATE current_runs SET run = 'x'",
    "UPDATE releases SET digest = NULL", "UPDATE release_tasks SET name = NULL", "DELETE FROM release_tasks",
    "DELETE FROM meta",
  ])
  func `a hostile row is an error`(_ sql: String) throws {
    try state.vandal().execute(sql)
    #expect(throws: RecordsError.self) { try readEverything() }
  }

  @Test(arguments: [
    "UPDATE events SET seq = seq + 9223372036854770000", "UPDATE events SET at = 9223372036854775807",
    "UPDATE runs SET id = 9223372036854775807", "UPDATE attempts SET started_at = -9223372036854775808",
    "UPDATE runs SET partition = NULL", "UPDATE runs SET interval_end = -9223372036854775808",
    "UPDATE task_instances SET each_index = 9223372036854775807",
    "UPDATE attempts SET number = -9223372036854775808",
  ])
  func `extreme numbers do not trap`(_ sql: String) throws {
    try state.vandal().execute(sql)
    _ = try? readEverything()
  }
}
