import Basics
import Diagnostics
import MeshModel
import Planning
import Records
import SQLite
import TestKit
import Testing

@testable import Orchestration

/// Runs that are tried on a copy of the store.
@Suite struct PreviewTests {
  let project: TemporaryProject
  let state: StateDirectory

  init() throws {
    project = try TemporaryProject.domain([
      "p": """
      tasks:
        numbers: {sql: "SELECT value AS n FROM json_each('[1,2,3]')", into: d.numbers}
        squares:
          sql: "SELECT n * n AS n FROM d.numbers WHERE n > 1"
          into: d.squares
          when: "SELECT count(*) FROM d.numbers"
        tell: {run: ./tell.sh, reads: d.squares, writes: d.told}
        spread:
          each: [4, 5]
          sql: "SELECT :each AS n, n AS m FROM d.squares"
          into: d.spread
          partition_by: n
        never: {when: "0", sql: "SELECT 1 AS n", into: d.never}
      """
    ])
    state = StateDirectory(root: project.state)
  }

  func preview(task: String? = nil) throws -> [Preview.Task] {
    let checked = CheckedProject(loading: project.root)
    #expect(checked.diagnostics.map(\.message) == [])
    let view = try PlanningView(project: checked, state: state, clock: SystemClock())
    let request = try #require(
      try view.runs(of: PipelineName(domain: "d", name: "p"), task: task).last)
    return try Preview(request, project: checked, state: state, clock: SystemClock()).tasks()
  }

  func store(_ sql: String) throws {
    try FileTree.makeFolder(state.stores)
    let connection = try Connection(path: state.stores + "/d.db", mode: .create)
    try connection.useWriteAheadLog()
    try connection.execute(sql)
  }

  @Test func `tasks see what those before them made, and commands are left out`() throws {
    let tasks = try preview()
    let ends = Dictionary(uniqueKeysWithValues: tasks.map { ($0.name.task, $0.end) })
    #expect(ends["numbers"] == .done)
    #expect(ends["squares"] == .done)
    #expect(ends["tell"] == .leftOut("only SQL and loads of files are previewed"))
    #expect(ends["never"] == .leftOut("its 'when' does not hold"))
    let spread = try #require(tasks.first { $0.name.task == "spread" })
    #expect(spread.changes.map(\.added) == [4])
  }

  @Test func `the difference is told and the store stays as it was`() throws {
    try store("CREATE TABLE numbers(n INTEGER); INSERT INTO numbers VALUES (1), (1), (7)")
    let change = try #require(try preview(task: "numbers").first?.changes.first)
    #expect([change.before, change.after, change.removed, change.added] == [3, 3, 2, 2])
    #expect(change.addedRows == [[.integer(2)], [.integer(3)]])
    #expect(change.removedRows == [[.integer(1)], [.integer(7)]])
    let connection = try Connection(path: state.stores + "/d.db", mode: .readOnly)
    #expect(try connection.integer(of: "SELECT sum(n) FROM numbers") == 9)
    #expect(FileTree.entries(of: state.temporary) == [])
  }

  @Test func `what comes after a failure is left out`() throws {
    try store("CREATE TABLE numbers(other TEXT)")
    let tasks = try preview()
    guard case .failed = tasks.first?.end else {
      Issue.record("\(tasks)")
      return
    }
    #expect(
      tasks.first { $0.name.task == "squares" }?.end == .leftOut("'numbers' before it failed"))
  }

  @Test func `a failure reaches as far as it does at night`() throws {
    let chain = try TemporaryProject.domain([
      "p": """
      tasks:
        bad: {sql: "SELECT json('x') AS n", into: d.bad}
        middle: {sql: "SELECT n FROM d.bad", into: d.middle}
        last: {sql: "SELECT n FROM d.middle", into: d.last}
        whatever: {sql: "SELECT 1 AS n", into: d.whatever, after: middle, trigger_rule: all_done}
        handler: {sql: "SELECT 2 AS n", into: d.handler, after: last, trigger_rule: one_failed}
        spared: {sql: "SELECT 3 AS n", into: d.spared, after: allowed}
        allowed: {sql: "SELECT json('x') AS n", into: d.allowed, allow_failure: true}
        never: {when: "0", sql: "SELECT 1 AS n", into: d.never}
        after_never: {sql: "SELECT n FROM d.never", into: d.after_never}
      """
    ])
    let checked = CheckedProject(loading: chain.root)
    #expect(checked.diagnostics.map(\.message) == [])
    let state = StateDirectory(root: chain.state)
    let view = try PlanningView(project: checked, state: state, clock: SystemClock())
    let request = try #require(try view.runs(of: PipelineName(domain: "d", name: "p")).last)
    let tasks = try Preview(request, project: checked, state: state, clock: SystemClock()).tasks()
    let ends = Dictionary(uniqueKeysWithValues: tasks.map { ($0.name.task, $0.end) })
    #expect(ends["middle"] == .leftOut("'bad' before it failed"))
    #expect(ends["last"] == .leftOut("'bad' before it failed"))
    #expect(ends["whatever"] == .done && ends["handler"] == .done && ends["spared"] == .done)
    #expect(ends["after_never"] == .leftOut("trigger rule 'all_success' with upstreams: 1 skipped"))
  }
}
