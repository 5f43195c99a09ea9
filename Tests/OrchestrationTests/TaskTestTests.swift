import Basics
import Diagnostics
import MeshModel
import TestKit
import Testing

@testable import Orchestration

/// Tests of tasks: what they give, what they expect, and what is wrong with them.
@Suite struct TaskTestTests {
  let project: TemporaryProject

  init() throws {
    project = try TemporaryProject([
      "weather/domain.yaml": """
      domain: weather
      owner: team
      sources: {hourly: {columns: {day: text, wind: real}}}
      """,
      "sales/domain.yaml": "domain: sales\nowner: team\n",
      "sales/totals.yaml": """
      pipeline: totals
      partition: daily
      params: {least: {type: integer, default: 0}}
      tasks:
        land:
          load: {file: {sql: "SELECT 'in/' || :partition || '.csv'"}}
          into: sales.orders
          columns: {day: text, id: integer, amount: real}
          mode: partition
          partition_by: day
        total:
          sql: |
            SELECT day, sum(amount) AS amount,
                   (SELECT max(wind) FROM weather.hourly w WHERE w.day = o.day) AS wind,
                   json_extract(:land, '$.rows') AS landed
              FROM sales.orders o WHERE day = :partition AND amount >= :least GROUP BY day
          into: sales.totals
          mode: partition
          partition_by: day
        tell: {run: ./tell.sh, reads: sales.totals}
      """,
      "sales/tell.sh": "echo\n",
    ])
  }

  static let total = """
    test: total
    partition: 2025-01-02
    given:
      sales.orders:
        - {day: 2025-01-02, id: 1, amount: 2.5}
        - {day: 2025-01-02, id: 2, amount: 1}
        - {day: 2025-01-01, id: 3, amount: 99}
      weather.hourly: [{day: 2025-01-02, wind: 7}]
    outputs: {land: {rows: 3}}

    """

  func tests(_ text: String) throws -> TaskTests {
    try project.write(text, to: "sales/a.test.yaml")
    return TaskTests(CheckedProject(loading: project.root), clock: SystemClock()) { _ in true }
  }

  func verdicts(_ text: String) throws -> [TestVerdict] {
    let tests = try tests(text)
    #expect(tests.diagnostics.map(\.message) == [])
    return try tests.tests.map { test throws in try tests.verdict(on: test) }
  }

  @Test(arguments: [
    "expect: {sales.totals: [{day: 2025-01-02, amount: 3.5, wind: 7, landed: 3}]}",
    "expect: {sales.totals: [{amount: 3.5}]}", "params: {least: 2}\nexpect: {sales.totals: [{amount: 2.5}]}",
    "params: {least: 9}\nexpect: {sales.totals: []}",
  ]) func `a task makes the rows that are expected of what it is given, and of nothing else`(
    _ end: String
  ) throws {
    let verdicts = try verdicts(Self.total + end)
    #expect(verdicts.map(\.hasPassed) == [true], "\(verdicts)")
  }

  @Test func `rows that a task is given of its own table stand under the keys that it makes it with`() throws
  {
    try project.write(
      """
      pipeline: seen
      tasks:
        keep:
          sql: |
            CREATE TABLE IF NOT EXISTS last_seen(name TEXT PRIMARY KEY, n INTEGER);
            INSERT OR REPLACE INTO last_seen VALUES('a', 2)
      """, to: "sales/seen.yaml")
    let text = """
      test: seen.keep
      given: {sales.last_seen: [{name: a, n: 1}, {name: b, n: 1}]}
      expect: {sales.last_seen: [{name: a, n: 2}, {name: b, n: 1}]}
      """
    #expect(try verdicts(text).map(\.problems.isEmpty) == [true])
  }

  @Test func `rows that differ are told one by one`() throws {
    let verdicts = try verdicts(
      Self.total + "expect: {sales.totals: [{amount: 3.5}, {amount: 3.5}, {amount: 4}]}")
    guard case .rows(let difference) = verdicts.first?.problems.first else {
      Issue.record("\(verdicts)")
      return
    }
    #expect(difference.missing.map(\.values) == [[.real(3.5)], [.integer(4)]])
    #expect(difference.surplus == [])
  }

  @Test func `files that a test gives stand in the place of the project's`() throws {
    let text = """
      test: totals.land
      partition: 2025-01-02
      cases:
        - case: good
          files: {in/2025-01-02.csv: "day,id,amount\\n2025-01-02,1,5\\n"}
          given: {sales.orders: [{day: 2025-01-02, id: 9, amount: 1}, {day: 2025-01-01, id: 8, amount: 1}]}
          expect: {sales.orders: [{id: 1, amount: 5}, {id: 8, amount: 1}]}
        - case: strange
          files: {in/2025-01-02.csv: "day,id,amount\\n2025-01-03,1,5\\n"}
          failure: not of this partition
        - case: the project has none
          failure: cannot be read
        - case: no failure
          files: {in/2025-01-02.csv: "day,id,amount\\n"}
          failure: cannot be read
      """
    let verdicts = try verdicts(text)
    #expect(verdicts.map(\.hasPassed) == [true, true, true, false], "\(verdicts)")
  }

  @Test func `an interrupted test leaves nothing behind and does not pass`() throws {
    let tests = try tests(Self.total + "expect: {sales.totals: []}")
    tests.stop()
    for test in tests.tests { #expect(try !tests.verdict(on: test).hasPassed) }
  }

  static let wrong = [
    ("test: totol\nexpect: {}", "domain 'sales' has no task 'totol'"),
    ("test: total\npartition: 2025-01-02", "the test expects nothing"),
    ("test: total\nexpect: {sales.totals: []}", "'sales/totals.total' needs 'partition'"),
    (
      "test: total\npartition: 2025-01-02\neach: 1\nfailure: x",
      "'sales/totals.total' has no 'each', so none can be given"
    ),
    (
      "test: tell\npartition: 2025-01-02\nfailure: x",
      "'sales/totals.tell' is a command, and tests are of SQL and of loads of files"
    ),
    (
      "test: total\npartition: 2025-01-02\nexpect: {sales.orders: []}",
      "'sales/totals.total' does not write 'sales.orders'"
    ),
    (
      "test: total\npartition: 2025-01-02\nexpect: {sales.totals: [{amont: 1}]}",
      "'sales.totals' has no column 'amont'"
    ),
    (
      "test: total\npartition: 2025-01-02\nexpect: {sales.totals: [{day: a, amount: 1}, {day: b}]}",
      "the row has no 'amount', and the first one has"
    ),
    (
      "test: total\npartition: 2025-01-02\nexpect: {sales.totals: [{day: a}, {day: b, amount: 1}]}",
      "the first row has no 'amount'"
    ),
    (
      "test: total\npartition: 2025-01-02\nexpect: {sales.totals: 7}",
      "'sales.totals' takes a list of rows, not the number 7"
    ),
    (
      "test: total\npartition: 2025-01-02\nfiles: {../x: a}\nfailure: x",
      "'../x' is no plain path within the project with a text"
    ),
    ("test: total\ncases: []\n", "'cases' takes a list of cases, not a list"),
    ("test: total\nfailure: x\ncases: [{case: a}]\n", "beside 'cases' nothing can be expected"),
    ("tset: total\nfailure: x", "'test' has no key 'tset'"),
  ]

  @Test(arguments: wrong) func `what is wrong with a test is told with its place`(
    _ text: String, _ message: String
  ) throws {
    let tests = try tests(text)
    #expect(tests.diagnostics.map(\.message).contains(message), "\(tests.diagnostics.map(\.message))")
    #expect(tests.diagnostics.allSatisfy { $0.position.file.path == "dags/sales/a.test.yaml" })
  }
}
