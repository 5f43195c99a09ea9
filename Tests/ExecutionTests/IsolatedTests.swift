import Basics
import Execution
import Glibc
import MeshModel
import Planning
import TestKit
import Testing

/// Attempts in processes of their own come to the same as others.
struct IsolatedTests {
  private static let endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) "

  /// What one way of running came to.
  private struct Result: Equatable {
    var outcomes: [AttemptOutcome] = []
    var logs: [String] = []
    var rows: [String] = []
  }

  private func result(isolate: Bool, _ arrange: (Workshop) throws -> Void) throws -> Result {
    let workshop = try Workshop()
    workshop.params = [
      "n": .integer(.max), "real": .real(0.1 + 0.2), "text": .text("it's \u{1F600}\n\u{1}"), "none": .null,
      "yes": .boolean(true),
    ]
    workshop.mesh.values = ["limit": .integer(3)]
    workshop.pipeline.timezone = "Europe/Berlin"
    workshop.inputs = [InputVersion(dataset: .init(domain: "stock", name: "i"), partition: "", version: 7)]
    try arrange(workshop)
    for index in workshop.pipeline.tasks.indices { workshop.pipeline.tasks[index].isolate = isolate }
    workshop.upstreamOutputs = ["t0": "{\"rows\":3}"]
    try workshop.open()
    var result = Result()
    var keyed: Set<Int64> = []
    for task in workshop.pipeline.tasks.indices {
      for attempt in 1...2 {
        let order = workshop.order(task: task, attempt: attempt, partition: Workshop.day(2))
        var outcome = try workshop.run(order)
        #expect((outcome.processorMilliseconds != nil) == isolate)
        outcome.processorMilliseconds = nil
        outcome.peakMemory = nil
        // What depends on the key of an attempt is another in each workshop.
        keyed.insert(ContentHash.of(order.key.text))
        if let content = outcome.content, keyed.contains(content) { outcome.content = 0 }
        result.outcomes.append(outcome)
        result.logs.append(workshop.log(of: order))
      }
    }
    result.rows = (try? workshop.query("SELECT * FROM days ORDER BY 1, 2")) ?? []
    result.rows +=
      (try? workshop.query(
        "SELECT task, dataset, partition, inputs, rows FROM _heddle_commits ORDER BY attempt_key")) ?? []
    let left = try? workshop.folder.text("state/logs/1/t0-0-1.json.order")
    #expect(left == nil)
    return result
  }

  @Test(arguments: [
    "SELECT :partition AS day, :n AS n",
    "SELECT :partition AS day, :real + :limit AS n UNION ALL SELECT :partition, :text",
    "SELECT :partition AS day, :local_start || :interval_end || :run || :yes || ifnull(:none, 'null') AS n",
    "SELECT '2013-01-03' AS day, 1 AS n",
    "SELECT :partition AS day, json_extract(:t0, '$.rows') AS n",
    "SELECT nothing FROM nowhere",
    "SELECT 'x' AS day,\n  json('{') AS n",
  ])
  func `SQL in a process of its own comes to the same`(sql: String) throws {
    for mode in [Target.Mode.partition, .append, .merge, .replace] {
      let arrange: (Workshop) -> Void = { $0.sql(sql, mode: mode, key: ["day"]) }
      let inside = try result(isolate: false, arrange)
      #expect(try result(isolate: true, arrange) == inside)
      #expect(!inside.outcomes.isEmpty)
    }
  }

  @Test func `statements and loads in processes of their own come to the same`() throws {
    let arrange: (Workshop) throws -> Void = { workshop in
      try workshop.folder.write("day,n\n2013-01-02,1\nbad\n2013-01-02,2\n", to: "project/rows.csv")
      let columns = [Column(name: "day", type: .text), Column(name: "n", type: .integer)]
      for rule in LoadTask.BadRowRule.allCases {
        workshop.load("rows.csv", columns: columns) { $0.onBadRow = rule }
      }
      workshop.load("nowhere.csv", columns: columns)
      workshop.sql("SELECT count(*) FROM days WHERE day = :partition")
      workshop.sql("INSERT INTO days VALUES ('2013-01-05', :limit)")
    }
    #expect(try result(isolate: true, arrange) == result(isolate: false, arrange))
  }

  @Test(arguments: [
    endless + "SELECT 'd' AS day, max(x) AS n FROM c",
    "SELECT 'd' AS day, hex(zeroblob(30000000)) LIKE '%' || hex(zeroblob(45)) || '1' AS n",
  ])
  func `a stop ends the process in the middle of a step`(sql: String) throws {
    let workshop = try Workshop()
    workshop.sql(sql, mode: .replace) { $0.isolate = true }
    workshop.sql("SELECT 'd' AS day, 2 AS n", mode: .replace)
    let executor = try workshop.open()
    let order = workshop.order(task: 0)
    executor.start(order)
    let process = try workshop.running(order.id)
    executor.stop(order.id, cause: .cancelled, grace: .seconds(60))
    #expect(try workshop.outcome(of: order.id).state == .cancelled)
    #expect(!ProcessCensus.isAlive(process))
    #expect(try workshop.run(task: 1).state == .success)
    #expect(try workshop.query("SELECT n FROM days") == ["2"])
  }

  @Test func `a process that is killed fails its attempt, and one that goes on is adopted`() throws {
    let workshop = try Workshop()
    workshop.sql(Self.endless + "SELECT 'd' AS day, max(x) AS n FROM c", mode: .replace) { $0.isolate = true }
    let executor = try workshop.open()
    var order = workshop.order(task: 0)
    executor.start(order)
    order.process = try workshop.running(order.id)
    executor.leave()
    let next = try workshop.open()
    next.adopt(order)
    let process = try workshop.running(order.id)
    #expect(process == order.process)
    workshop.kill(process)
    let outcome = try workshop.outcome(of: order.id)
    #expect(outcome.state == .failed)
    #expect(outcome.reason?.text == "its process was ended by SIGKILL before it told what came of it")
  }

  @Test func `a process that is killed before its commit leaves the store as it was`() throws {
    let workshop = try Workshop()
    workshop.sql("SELECT 'd' AS day, 1 AS n", mode: .replace)
    let endless = workshop.sql(
      "UPDATE days SET n = 7; \(Self.endless)SELECT max(x) FROM c"
    ) { $0.isolate = true }
    workshop.sql("SELECT day, n + 1 AS n FROM days", mode: .replace)
    let executor = try workshop.open(writers: [endless])
    #expect(try workshop.run(task: 0).state == .success)
    let order = workshop.order(task: endless)
    executor.start(order)
    workshop.kill(try workshop.running(order.id))
    #expect(try workshop.outcome(of: order.id).state == .failed)
    #expect(try workshop.run(task: 2).state == .success)
    #expect(try workshop.query("SELECT n FROM days") == ["2"])
    #expect(try workshop.query("SELECT task FROM _heddle_commits ORDER BY 1") == ["t0", "t2"])
  }

  /// Starts an attempt that commits and then cannot tell: nobody reads what it would tell through.
  private func untold(_ workshop: Workshop) throws -> (AttemptOrder, ProcessIdentity, LocalExecutor) {
    workshop.sql("SELECT 'd' AS day, 1 AS n", mode: .append) { $0.isolate = true }
    let executor = try workshop.open()
    try workshop.folder.write("", to: "state/logs/1/.keep")
    try #require(mkfifo(workshop.folder.file("state/logs/1/t0-0-1.json.outcome.new"), 0o600) == 0)
    let order = workshop.order(task: 0)
    executor.start(order)
    let process = try workshop.running(order.id)
    Workshop.wait { (try? workshop.query("SELECT attempt_key FROM _heddle_commits")) == [order.key.text] }
    return (order, process, executor)
  }

  @Test func `a process that is killed after its commit has succeeded`() throws {
    let workshop = try Workshop()
    let (order, process, _) = try untold(workshop)
    workshop.kill(process)
    let outcome = try workshop.outcome(of: order.id)
    #expect(outcome.state == .success)
    #expect(outcome.rows == 1)
    #expect(try workshop.query("SELECT n FROM days") == ["1"])
  }

  @Test func `a stop that comes after the commit is too late`() throws {
    let workshop = try Workshop()
    let (order, process, executor) = try untold(workshop)
    executor.stop(order.id, cause: .timedOut, grace: .seconds(60))
    #expect(try workshop.outcome(of: order.id).state == .success)
    #expect(!ProcessCensus.isAlive(process))
  }

  @Test func `keeper and process are killed after the commit, and the next owner learns of it`() throws {
    let workshop = try Workshop()
    let (order, process, executor) = try untold(workshop)
    let keeper = try workshop.keeper()
    executor.leave()
    workshop.kill(keeper)
    workshop.kill(process)
    let next = try workshop.open()
    next.adopt(order)
    #expect(try workshop.outcome(of: order.id).state == .success)
    #expect(try workshop.query("SELECT n FROM days") == ["1"])
  }

  @Test func `what a process reads of other domains, and that it may not read others, is the same`() throws {
    let arrange: (Workshop) throws -> Void = { workshop in
      workshop.mesh.domains.append(Domain(name: "stock", owner: "team", position: workshop.position))
      let foreign = DatasetName(domain: "stock", name: "i")
      workshop.foreign[foreign] = [Column(name: "n", type: .integer)]
      workshop.reads[0] = [foreign]
      try workshop.change("CREATE TABLE i(n INTEGER); INSERT INTO i VALUES (5), (6)", store: "stock")
      workshop.sql("SELECT :partition AS day, sum(n) AS n FROM stock.i", mode: .partition)
      workshop.sql("SELECT :partition AS day, n FROM stock.j", mode: .partition)
      workshop.sql("ATTACH 'x' AS y")
    }
    let inside = try result(isolate: false, arrange)
    #expect(inside.outcomes.map(\.state) == [.success, .success, .failed, .failed, .failed, .failed])
    #expect(try result(isolate: true, arrange) == inside)
  }
}
