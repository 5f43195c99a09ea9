import Basics
import Execution
import MeshModel
import Planning
import SQLite
import TestKit
import Testing
import Threads

/// SQL tasks that do not end by themselves.
struct SQLStopTests {
  /// `1,` twenty million times.
  private static let manyNumbers =
    "replace(printf('%.*c', 2000, 'x'), 'x', replace(printf('%.*c', 10000, 'x'), 'x', '1,'))"
  private static let endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) "

  @Test(arguments: [
    (StopCause.cancelled, AttemptState.cancelled), (.timedOut, .timedOut),
  ])
  func `a stop ends SQL that loops, and the store is as before`(cause: StopCause, state: AttemptState) throws
  {
    let workshop = try Workshop()
    workshop.sql("SELECT '2013-01-01' AS day, 1 AS n", mode: .replace)
    workshop.sql(Self.endless + "SELECT 'd' AS day, x AS n FROM c", mode: .replace)
    workshop.sql(Self.endless + "SELECT max(x) FROM c")
    workshop.sql("SELECT day, 2 AS n FROM days", mode: .replace)
    let executor = try workshop.open()
    #expect(try workshop.run(task: 0).state == .success)
    for task in 1...2 {
      let order = workshop.order(task: task)
      executor.start(order)
      executor.stop(order.id, cause: cause, grace: .seconds(60))
      #expect(try workshop.outcome(of: order.id).state == state)
    }
    #expect(try workshop.query("SELECT n FROM days") == ["1"])
    #expect(try workshop.run(task: 3).state == .success)
    #expect(try workshop.query("SELECT n FROM days") == ["2"])
  }

  @Test func `a stop ends the SQL of a value`() throws {
    let workshop = try Workshop()
    workshop.shell("true") { task in
      task.env = [
        EnvironmentVariable(name: "V", value: .sql(workshop.text(Self.endless + "SELECT max(x) FROM c")))
      ]
    }
    let executor = try workshop.open()
    let order = workshop.order(task: 0)
    executor.start(order)
    executor.stop(order.id, cause: .cancelled, grace: .seconds(60))
    #expect(try workshop.outcome(of: order.id).state == .cancelled)
  }

  @Test func `an executor that leaves does not wait for a condition that loops`() throws {
    let workshop = try Workshop()
    workshop.shell("true") { task in task.when = workshop.text(Self.endless + "SELECT max(x) FROM c") }
    let executor = try workshop.open()
    executor.evaluate(EvaluationOrder(subject: .when, context: workshop.context(task: 0)))
    let start = SystemClock().monotonicNanoseconds
    executor.leave()
    #expect(SystemClock().monotonicNanoseconds - start < 20_000_000_000)
    #expect(workshop.reports.take(until: 0).isEmpty)
  }

  @Test func `SQL that passes a limit fails with the reason, and is not tried for the machine's sake`() throws
  {
    let workshop = try Workshop()
    workshop.sql("SELECT 'd' AS day, zeroblob(2000000000) AS n", mode: .replace)
    workshop.sql(
      "SELECT 'd' AS day, count(*) AS n FROM json_each('[' || \(Self.manyNumbers) || '1]')",
      mode: .replace)
    try workshop.open()
    for task in 0...1 {
      let outcome = try workshop.run(task: task)
      #expect(outcome.state == .failed)
      #expect(!outcome.asksRetry)
      #expect(outcome.reason?.code == "limit")
    }
  }
}
