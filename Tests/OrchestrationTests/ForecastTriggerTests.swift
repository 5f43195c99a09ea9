import Diagnostics
import MeshModel
import Records
import TestKit
import Testing

@testable import Orchestration

/// What forecasts foresee of tasks that trigger other pipelines.
@Suite struct ForecastTriggerTests {
  /// A day of a mesh in which 'd/p' is due at six, with these tasks, and triggers 'd/child'.
  static func forecast(_ tasks: String, child: String, partition: String = "daily") throws -> [Forecast.Run] {
    let folder = try TemporaryFolder()
    try folder.write("domain: d\nowner: team\n", to: "dags/d/domain.yaml")
    let partition = partition.isEmpty ? "" : "partition: \(partition)\n"
    try folder.write(
      "pipeline: p\n\(partition)schedule: {cron: '0 6 * * *'}\ntasks:\n  \(tasks)\n", to: "dags/d/p.yaml")
    try folder.write("pipeline: child\n\(child)\ntasks: {a: {run: 'true'}}\n", to: "dags/d/child.yaml")
    let project = CheckedProject(loading: folder.path)
    #expect(project.diagnostics.map(\.message) == [])
    let clock = ManualClock()
    clock.setWall(to: ForecastTests.noon)
    return try Forecaster(
      project: project, state: StateDirectory(root: folder.file("state")), reader: nil, clock: clock,
      workers: 1
    ).forecast(.seconds(86_400)).runs
  }

  @Test(arguments: [
    ("{trigger: {pipeline: d/child, params: {n: 3}}}", [String]()),
    ("{trigger: {pipeline: d/child, params: {n: {sql: 'SELECT 1 + 2'}}}}", []),
    (
      "{trigger: {pipeline: d/child, params: {n: {sql: 'SELECT count(*) FROM t'}}}, reads: d.t}",
      ["the param 'n' that 'call' gives is computed: one that is accepted is taken"]
    ),
  ])
  func `a pipeline that wants params is triggered with those that its task gives`(
    task: String, doubts: [String]
  ) throws {
    let tasks = "t: {run: 'true', writes: {d.t: {columns: {n: integer}}}}\n  call: \(task)"
    let runs = try Self.forecast(tasks, child: "partition: daily\nparams: {n: {type: integer, minimum: 2}}")
    #expect(runs.map(\.pipeline.name) == ["p", "child"])
    #expect(runs.map(\.state) == [.success, .success])
    #expect(runs.map { $0.partition?.key } == ["2013-01-02", "2013-01-02"])
    #expect(runs.first?.doubts.filter { $0.contains("'call'") } == doubts)
  }

  @Test(arguments: [
    ("{n: {sql: SELECT 1}}", "param 'n' is less than the minimum, 2"),
    ("{n: {sql: \"SELECT 'many'\"}}", "param 'n' takes an integer, not 'many'"),
  ])
  func `a run that could not be made is foreseen as failed for that reason`(params: String, why: String)
    throws
  {
    let runs = try Self.forecast(
      "call: {trigger: {pipeline: d/child, params: \(params)}}",
      child: "partition: daily\nparams: {n: {type: integer, minimum: 2}}")
    #expect(runs.map(\.state) == [.failed])
    #expect(runs.first?.attempts.map { $0.failure?.text } == [why])
  }

  @Test(arguments: [
    ("SELECT date(:local_start, '-1 day')", "daily", "2013-01-01", false),
    ("SELECT '2012-12-31'", "", "2012-12-31", false), ("SELECT date('now')", "", "2013-01-02", true),
  ])
  func `the partition that a task chooses by its own run is the one foreseen`(
    sql: String, own: String, key: String, isGuess: Bool
  ) throws {
    let runs = try Self.forecast(
      "call: {trigger: {pipeline: d/child, partition: {sql: \"\(sql)\"}}}", child: "partition: daily",
      partition: own)
    #expect(runs.map(\.state) == [.success, .success])
    #expect(runs.last?.partition?.key == key)
    #expect(
      runs.first?.doubts.filter { $0.contains("'call'") }
        == (isGuess ? ["the partition that 'call' triggers is computed: the latest is taken"] : []))
  }

  @Test func `each value of a list is handed on`() throws {
    let runs = try Self.forecast(
      "call: {each: [2, 5], trigger: {pipeline: d/child, params: {n: {sql: 'SELECT :each'}}}}",
      child: "params: {n: {type: integer, maximum: 4}}")
    #expect(
      runs.flatMap(\.attempts).compactMap { $0.failure?.text } == ["param 'n' is more than the maximum, 4"])
  }
}
