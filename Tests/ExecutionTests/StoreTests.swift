import Basics
import Execution
import MeshModel
import Planning
import Records
import TestKit
import Testing
import Threads

struct StoreTests {
  @Test func `a task that writes nothing makes no store and no log`() throws {
    let workshop = try Workshop()
    workshop.sql("SELECT 1")
    let outcome = try workshop.run()
    #expect(outcome.state == .success)
    #expect(outcome.output == nil)
    #expect(try workshop.folder.files().filter { $0.hasSuffix(".db") || $0.hasSuffix(".log") } == [])
  }

  @Test func `statements run in one transaction that holds the attempt's key`() throws {
    let workshop = try Workshop()
    workshop.inputs = [
      InputVersion(
        dataset: DatasetName(domain: "weather", name: "hourly"), partition: "2013-01-01", version: 4)
    ]
    workshop.sql("CREATE TABLE t(a); INSERT INTO t VALUES(1), (2); UPDATE t SET a = a + 1 WHERE a = 2;")
    try workshop.open(writers: [0])
    let outcome = try workshop.run(partition: Workshop.day(1))
    #expect(outcome.state == .success, "\(outcome)")
    #expect(outcome.rows == 3)
    let key = workshop.order(task: 0).key
    let entry = StoreLedger.Entry(
      key: key, dataset: nil, partition: "2013-01-01", inputs: workshop.inputs, rows: 3)
    let store = workshop.stores + "/ops.db"
    #expect(try StoreLedger.committed(keys: [key, AttemptKey("other")], store: store) == [key: entry])
    #expect(try StoreLedger.committed(keys: [key], store: store + "x") == [:])
    #expect(try workshop.query("SELECT run, task FROM _heddle_commits") == ["1|t0"])
  }

  @Test func `an attempt whose work the store holds is not done again`() throws {
    let workshop = try Workshop()
    workshop.sql("CREATE TABLE IF NOT EXISTS t(a); INSERT INTO t VALUES(1)")
    try workshop.open(writers: [0])
    for _ in 1...2 {
      let outcome = try workshop.run()
      #expect(outcome.state == .success)
      #expect(outcome.rows == 1)
    }
    #expect(try workshop.query("SELECT count(*) FROM t") == ["1"])
  }

  @Test(arguments: ["t", "ops.t", "\"ops\" . \"T\""])
  func `a table that a script makes itself has the keys that it says`(name: String) throws {
    let workshop = try Workshop()
    let table = DatasetName(domain: "ops", name: "t")
    workshop.written[0] = [table]
    workshop.foreign[table] = [Column(name: "day", type: .text), Column(name: "n", type: .integer)]
    workshop.sql(
      """
      -- create table t, as it is
      CREATE TABLE IF NOT EXISTS \(name)(day TEXT PRIMARY KEY, n INTEGER);
      INSERT OR REPLACE INTO t VALUES('a', 1), ('a', 2)
      """)
    try workshop.open(writers: [0])
    #expect(try workshop.run().state == .success)
    #expect(try workshop.run(run: 2).state == .success)
    #expect(try workshop.query("SELECT day, n FROM t") == ["a|2"])
  }

  @Test func `a table that somebody reads before it is made has the keys that its own task says`() throws {
    let workshop = try Workshop()
    let table = DatasetName(domain: "ops", name: "t")
    workshop.written[0] = [table]
    workshop.reads[1] = [table]
    workshop.foreign[table] = [Column(name: "day", type: .text), Column(name: "n", type: .integer)]
    workshop.sql(
      """
      CREATE TABLE IF NOT EXISTS ops.t(day TEXT PRIMARY KEY, n INTEGER);
      INSERT OR REPLACE INTO t VALUES('a', 1), ('a', 2)
      """)
    workshop.sql("CREATE TABLE IF NOT EXISTS u(n); INSERT INTO u SELECT count(*) FROM t")
    try workshop.open(writers: [0, 1])
    #expect(try workshop.run(task: 1).state == .success)
    #expect(try workshop.run().state == .success)
    #expect(try workshop.run(run: 2).state == .success)
    #expect(try workshop.query("SELECT day, n FROM t") == ["a|2"])
    #expect(try workshop.query("SELECT n FROM u") == ["0"])
  }

  @Test func `a script that fails leaves nothing and says where`() throws {
    let workshop = try Workshop()
    workshop.sql("CREATE TABLE t(a UNIQUE);\nINSERT INTO t VALUES(1);\nINSERT INTO t VALUES(1)")
    workshop.sql("SELECT 1;\nSELECT absent")
    workshop.sql("SELECT sqlite_version(; ")
    workshop.sql("ATTACH 'x' AS y")
    try workshop.open(writers: [0])
    let constraint = try workshop.run(task: 0)
    #expect(constraint.state == .failed)
    #expect(!constraint.isPermanent)
    #expect(constraint.reason?.text.contains("UNIQUE constraint failed: t.a (dags/ops/work.sql:3") == true)
    #expect(workshop.log(of: workshop.order(task: 0)).contains("UNIQUE constraint failed"))
    #expect(try workshop.query("SELECT name FROM sqlite_schema WHERE name = 't'") == [])
    let column = try workshop.run(task: 1)
    #expect(column.isPermanent)
    #expect(column.reason?.text == "no such column: absent (dags/ops/work.sql:2:8)")
    #expect(try workshop.run(task: 2).isPermanent)
    #expect(try workshop.run(task: 3).reason?.text.contains("ATTACH") == true)
  }

  @Test func `SQL is given the values of its run under their names`() throws {
    let workshop = try Workshop()
    workshop.pipeline.timezone = "America/New_York"
    workshop.mesh.values = ["region": .text("eu"), "unused": .text("x")]
    workshop.params = ["sample": .integer(100), "strict": .boolean(true), "unset": .null]
    workshop.upstreamOutputs = ["t1": #"{"rows":5}"#]
    workshop.sql(
      """
      SELECT :partition AS p, :interval_start AS s, :interval_end AS e, :local_start AS ls, :local_end AS le,
        :run AS run, :each AS each_, :region AS region, @sample AS sample, $strict AS strict, :unset AS unset,
        json_extract(:t1, '$.rows') AS rows, :t2 AS silent
      """, mode: .replace, partitionBy: ["each_"]
    ) { $0.each = FanOut(source: .list([]), position: $0.position) }
    for _ in 1...2 { workshop.sql("SELECT 1") }
    let outcome = try workshop.run(run: 9, partition: Workshop.day(5), each: .text("EWR"))
    #expect(outcome.reason?.text.contains("not of this partition") != true)
    #expect(outcome.state == .success, "\(outcome)")
    #expect(
      try workshop.query("SELECT * FROM days") == [
        "2013-01-05|2013-01-05 00:00:00|2013-01-06 00:00:00|2013-01-04 19:00:00|2013-01-05 19:00:00"
          + "|9|EWR|eu|100|1|NULL|5|NULL"
      ])
  }

  @Test func `a name that nobody declared fails the task`() throws {
    let workshop = try Workshop()
    workshop.sql("SELECT :nobody")
    #expect(try workshop.run().reason?.text.contains("':nobody'") == true)
  }

  @Test func `other domains' datasets are read and cannot be written`() throws {
    let workshop = try Workshop()
    let hourly = DatasetName(domain: "weather", name: "hourly")
    workshop.mesh.domains.append(Domain(name: "weather", owner: "w", position: workshop.position))
    workshop.foreign[hourly] = [Column(name: "hour", type: .text), Column(name: "temp", type: .real)]
    try workshop.change(
      "CREATE TABLE hourly(hour TEXT, temp REAL); INSERT INTO hourly VALUES('05', 1.5)", store: "weather")
    workshop.sql("SELECT hour, temp * 2 AS double FROM weather.hourly", mode: .replace)
    workshop.sql("DELETE FROM weather.hourly")
    try workshop.open(writers: [1])
    #expect(try workshop.run(task: 0).state == .success)
    #expect(try workshop.query("SELECT * FROM days") == ["05|3.0"])
    #expect(try workshop.run(task: 1).state == .failed)
    #expect(try workshop.query("SELECT count(*) FROM hourly", store: "weather") == ["1"])
  }

  @Test func `a statement that runs for ever is stopped and leaves nothing`() throws {
    let workshop = try Workshop()
    workshop.sql(
      """
      CREATE TABLE t(a); INSERT INTO t VALUES(1);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n
      """)
    let executor = try workshop.open(writers: [0])
    let order = workshop.order(task: 0)
    executor.start(order)
    executor.stop(order.id, cause: .timedOut, grace: .seconds(60))
    let outcome = try workshop.outcome(of: order.id)
    #expect(outcome.state == .timedOut)
    #expect(outcome.reason?.text == "ran longer than its timeout")
    executor.shutDown()
    #expect(
      try workshop.folder.files().contains("state/stores/ops.db") == false
        || workshop.query("SELECT name FROM sqlite_schema WHERE name = 't'") == [])
  }

  @Test func `tables are made and grow with the SELECT, and other changes are refused`() throws {
    let workshop = try Workshop()
    workshop.sql("SELECT 1 AS a, 'x' AS b", mode: .replace)
    workshop.sql("SELECT 2 AS a, 'y' AS B, 1.5 AS c", mode: .replace)
    workshop.sql("SELECT 3 AS a", mode: .replace)
    workshop.sql("SELECT 3 AS a, 3 AS A", mode: .replace)
    workshop.sql("SELECT CAST(1 AS INTEGER) AS a, 2 AS b, 3 AS c FROM typed", mode: .replace)
    #expect(try workshop.run(task: 0).state == .success)
    #expect(try workshop.run(task: 1).state == .success)
    #expect(try workshop.query("SELECT a, b, c FROM days") == ["2|y|1.5"])
    for task in 2...3 {
      let refused = try workshop.run(task: task)
      #expect(refused.isPermanent)
      #expect(refused.reason?.code == "shape")
    }
    #expect(try workshop.query("SELECT a, b, c FROM days") == ["2|y|1.5"])
  }

  @Test func `values and arguments may be computed by SQL`() throws {
    let workshop = try Workshop()
    let sql: ValueExpression = .sql(workshop.text("SELECT 'day ' || :partition"))
    let command = Command(
      form: .arguments([
        .literal(.text("sh")), .literal(.text("-c")), .literal(.text(#"echo "$MODE|$0""#)), sql,
      ]),
      directory: "/")
    workshop.add("list", .run(command)) { $0.env = [EnvironmentVariable(name: "MODE", value: sql)] }
    let outcome = try workshop.run(partition: Workshop.day(2))
    #expect(outcome.state == .success, "\(outcome)")
    let order = workshop.order(task: 0)
    #expect(workshop.log(of: order) == "day 2013-01-02|day 2013-01-02\n")
  }

  @Test(arguments: ["SELECT 1 WHERE 0", "SELECT 1 UNION SELECT 2", "SELECT 1, 2"])
  func `a value is one row of one column`(sql: String) throws {
    let workshop = try Workshop()
    workshop.shell("true") {
      $0.env = [EnvironmentVariable(name: "A", value: .sql(workshop.text(sql)))]
    }
    #expect(try workshop.run().reason?.code == "value")
  }

  @Test(arguments: [
    ("1", true), ("0", false), ("NULL", false), ("'true'", false), ("'2'", true),
    (":partition > '2013-01-01'", true),
    ("SELECT 1 WHERE 0", false), ("SELECT 0.5", true), ("1 -- yes", true), ("SELECT 1 UNION SELECT 2", true),
    ("EXISTS (SELECT 1)", true),
  ])
  func `a condition holds as SQLite would have it`(condition: String, holds: Bool) throws {
    let workshop = try Workshop()
    workshop.shell("true") { $0.when = workshop.text(condition) }
    let executor = try workshop.open()
    executor.evaluate(
      EvaluationOrder(subject: .when, context: workshop.context(task: 0, partition: Workshop.day(5))))
    let answer: EvaluationAnswer = try workshop.next {
      if case .evaluated(_, .when, let answer) = $0 { answer } else { nil }
    }
    guard case .condition(let found) = answer else {
      Issue.record("\(answer)")
      return
    }
    #expect(found == holds)
  }

  @Test func `a list is the first column of its rows, and not too long`() throws {
    let workshop = try Workshop()
    let lists = [
      "VALUES (1, 'x'), ('two', 'y'), (NULL, 'z')", "SELECT 1 WHERE 0",
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10001) SELECT i FROM n",
      "SELECT absent",
    ]
    for list in lists {
      workshop.shell("true") { $0.each = FanOut(source: .sql(workshop.text(list)), position: $0.position) }
    }
    let executor = try workshop.open()
    for task in lists.indices {
      executor.evaluate(EvaluationOrder(subject: .each, context: workshop.context(task: task)))
    }
    let answers: [String] = try lists.indices.map { task in
      let answer: EvaluationAnswer = try workshop.next {
        if case .evaluated(let instance, .each, let answer) = $0, instance.task == task {
          answer
        } else {
          nil
        }
      }
      return switch answer {
      case .values(let values): "\(values.map(\.text))"
      case .failed(let reason): reason.text
      case .condition, .trigger: "another"
      }
    }
    #expect(answers[0] == #"["1", "two", ""]"#)
    #expect(answers[1] == "[]")
    #expect(answers[2].contains("more than 10000 rows"))
    #expect(answers[3].contains("no such column: absent"))
  }
}
