import Basics
import Execution
import MeshModel
import Planning
import TestKit
import Testing

struct ModeTests {
  /// A source of rows that a test changes between attempts.
  private func workshop(
    _ mode: Target.Mode, partitionBy: [String] = ["day"], key: [String] = [],
    sql: String = "SELECT day, n, v FROM source WHERE day = :partition ORDER BY n"
  ) throws -> Workshop {
    let workshop = try Workshop()
    try workshop.change(
      """
      CREATE TABLE source(day TEXT, n INTEGER, v TEXT);
      INSERT INTO source VALUES('2013-01-01', 1, 'a'), ('2013-01-01', 2, 'b'), ('2013-01-02', 3, 'c');
      """)
    workshop.sql(sql, mode: mode, partitionBy: partitionBy, key: key)
    return workshop
  }

  private let all = "SELECT day, n, v FROM days ORDER BY day, n"

  @Test(arguments: [Target.Mode.partition, .append, .merge])
  func `a rerun of a partition leaves the rows as the first run did`(mode: Target.Mode) throws {
    let workshop = try workshop(mode, key: ["n"])
    let first = try workshop.run(run: 1, partition: Workshop.day(1))
    #expect(first.state == .success, "\(first)")
    #expect(first.rows == 2)
    #expect(first.output == #"{"rows":2}"#)
    #expect(try workshop.run(run: 2, partition: Workshop.day(2)).rows == 1)
    let rows = ["2013-01-01|1|a", "2013-01-01|2|b", "2013-01-02|3|c"]
    #expect(try workshop.query(all) == rows)
    #expect(try workshop.run(run: 3, partition: Workshop.day(1)).rows == 2)
    #expect(try workshop.run(run: 3, attempt: 2, partition: Workshop.day(1)).rows == 2)
    #expect(try workshop.query(all) == rows)
  }

  @Test(arguments: [
    (Target.Mode.partition, ["2013-01-01|9|z", "2013-01-02|3|c"]),
    (.append, ["2013-01-01|9|z", "2013-01-02|3|c"]),
    (.merge, ["2013-01-01|1|a", "2013-01-01|2|b", "2013-01-01|9|z", "2013-01-02|3|c"]),
    (.replace, ["2013-01-01|9|z"]),
  ])
  func `a rerun with other rows replaces what its mode says`(mode: Target.Mode, rows: [String]) throws {
    let workshop = try workshop(mode, key: ["n"])
    #expect(try workshop.run(run: 1, partition: Workshop.day(1)).state == .success)
    #expect(try workshop.run(run: 2, partition: Workshop.day(2)).state == .success)
    try workshop.change(
      "DELETE FROM source WHERE day = '2013-01-01'; INSERT INTO source VALUES('2013-01-01', 9, 'z')")
    #expect(try workshop.run(run: 3, partition: Workshop.day(1)).state == .success)
    #expect(try workshop.query(all) == rows)
  }

  @Test func `merging updates the rows of a key that is there`() throws {
    let workshop = try workshop(.merge, key: ["n"])
    #expect(try workshop.run(run: 1, partition: Workshop.day(1)).state == .success)
    try workshop.change("UPDATE source SET v = 'new' WHERE n = 2")
    #expect(try workshop.run(run: 2, partition: Workshop.day(1)).rows == 2)
    #expect(try workshop.query(all) == ["2013-01-01|1|a", "2013-01-01|2|new"])
  }

  @Test func `two rows of one key, or a key of NULL, fail a merge and name the key`() throws {
    let workshop = try workshop(.merge, key: ["day", "v"])
    try workshop.change("INSERT INTO source VALUES('2013-01-01', 7, 'a')")
    let twice = try workshop.run(run: 1, partition: Workshop.day(1))
    #expect(
      twice.reason?.text == "two of the rows for 'ops.days' have the same key: day = 2013-01-01, v = a")
    try workshop.change("UPDATE source SET v = NULL WHERE n = 7")
    let null = try workshop.run(run: 2, partition: Workshop.day(1))
    #expect(null.reason?.text.contains("the key column 'v' is NULL") == true, "\(null)")
    #expect(try workshop.query("SELECT count(*) FROM _heddle_commits") == ["0"])
  }

  @Test func `rows of another partition fail the task and leave what was there`() throws {
    let workshop = try workshop(.partition, sql: "SELECT day, n, v FROM source ORDER BY n")
    try workshop.change(
      "CREATE TABLE days(day TEXT, n INTEGER, v TEXT); INSERT INTO days VALUES('2013-01-01', 0, '')")
    let outcome = try workshop.run(partition: Workshop.day(1))
    #expect(outcome.state == .failed)
    #expect(
      outcome.reason?.text
        == "1 of the rows for 'ops.days' are not of this partition ('day' = '2013-01-01'): "
        + "in the first 'day' is '2013-01-02'")
    #expect(try workshop.query(all) == ["2013-01-01|0|"])
  }

  @Test func `a partition of years matches a column of numbers`() throws {
    let workshop = try Workshop()
    workshop.sql("SELECT 2013 AS year, 5 AS n", mode: .partition, partitionBy: ["year"])
    var year = Workshop.day(1)
    year = PartitionInterval(key: "2013", start: year.start, end: year.end)
    for run in 1...2 { #expect(try workshop.run(run: RunID(run), partition: year).state == .success) }
    #expect(try workshop.query("SELECT * FROM days") == ["2013|5"])
  }

  @Test(arguments: [Target.Mode.partition, .replace, .append])
  func `an instance replaces the rows of its own value only`(mode: Target.Mode) throws {
    let workshop = try Workshop()
    workshop.sql(
      "SELECT '2013-01-01' AS day, :each AS airport, :run AS run", mode: mode,
      partitionBy: mode == .partition ? ["day", "airport"] : ["airport"]
    ) { $0.each = FanOut(source: .list([.text("EWR"), .text("JFK")]), position: $0.position) }
    for (run, airport) in [(1, "EWR"), (1, "JFK"), (2, "EWR")] {
      let outcome = try workshop.run(
        run: RunID(run), index: airport == "EWR" ? 0 : 1, partition: Workshop.day(1), each: .text(airport))
      #expect(outcome.state == .success, "\(outcome)")
    }
    #expect(try workshop.query("SELECT airport, run FROM days ORDER BY airport") == ["EWR|2", "JFK|1"])
  }

  @Test func `runs without a partition append each its own`() throws {
    let workshop = try Workshop()
    workshop.sql("SELECT :run AS run", mode: .append)
    for (run, attempt) in [(1, 1), (2, 1), (2, 2)] {
      #expect(try workshop.run(run: RunID(run), attempt: attempt).state == .success)
    }
    #expect(try workshop.query("SELECT run FROM days ORDER BY run") == ["1", "2"])
  }

  @Test func `appending leaves rows alone that others added`() throws {
    let workshop = try workshop(.append)
    #expect(try workshop.run(run: 1, partition: Workshop.day(1)).state == .success)
    try workshop.change("INSERT INTO days VALUES('by hand', 0, NULL)")
    #expect(try workshop.run(run: 2, partition: Workshop.day(2)).state == .success)
    // The last rows go, and their numbers are free again for whoever inserts by hand.
    try workshop.change(
      "DELETE FROM days WHERE day = '2013-01-02'; INSERT INTO days VALUES('again', 0, NULL)")
    #expect(try workshop.run(run: 3, partition: Workshop.day(1)).state == .success)
    #expect(
      try workshop.query("SELECT day FROM days ORDER BY day") == [
        "2013-01-01", "2013-01-01", "again", "by hand",
      ])
  }

  @Test(arguments: ["", "CREATE INDEX by_day ON days(day);"])
  func `appending finds its rows again after the store was vacuumed`(index: String) throws {
    let workshop = try workshop(.append)
    for (run, day) in [(1, 1), (2, 2), (3, 1), (4, 2), (5, 1)] {
      #expect(try workshop.run(run: RunID(run), partition: Workshop.day(day)).state == .success)
    }
    try workshop.open()
    try workshop.change("\(index) VACUUM")
    for (run, day) in [(6, 2), (7, 1)] {
      let outcome = try workshop.run(run: RunID(run), partition: Workshop.day(day))
      #expect(outcome.state == .success, "\(outcome)")
      #expect(try workshop.query(all) == ["2013-01-01|1|a", "2013-01-01|2|b", "2013-01-02|3|c"])
    }
  }

  @Test func `rows that a VACUUM mixed up with those of others are not guessed at`() throws {
    let workshop = try workshop(.append)
    for (run, day) in [(1, 1), (2, 2), (3, 1)] {
      #expect(try workshop.run(run: RunID(run), partition: Workshop.day(day)).state == .success)
    }
    try workshop.change("INSERT INTO days VALUES('by hand', 0, NULL)")
    try workshop.open()
    try workshop.change("VACUUM")
    let refused = try workshop.run(run: 4, partition: Workshop.day(1))
    #expect(refused.isPermanent)
    #expect(refused.reason?.code == "renumbered")
    #expect(try workshop.query("SELECT count(*) FROM days") == ["4"])
  }

  @Test(arguments: [Target.Mode.replace, .partition, .append])
  func `a task may read the dataset that it writes`(mode: Target.Mode) throws {
    let workshop = try workshop(
      mode,
      sql: """
        SELECT :partition AS day, 'x' AS v,
          ifnull((SELECT max(n) FROM days WHERE day <= :partition), 0) + 1 AS n
        """)
    try workshop.change("CREATE TABLE days(day TEXT, n INTEGER, v TEXT)")
    for run in 1...3 {
      #expect(try workshop.run(run: RunID(run), partition: Workshop.day(1)).state == .success)
    }
    #expect(try workshop.query(all) == ["2013-01-01|3|x"])
  }

  @Test func `a view that reads the dataset sees it as it was`() throws {
    let workshop = try workshop(.replace, sql: "SELECT day, n + 1 AS n, v FROM same")
    try workshop.change(
      """
      CREATE TABLE days(day TEXT, n INTEGER, v TEXT); CREATE VIEW same AS SELECT * FROM days;
      INSERT INTO days VALUES('d', 1, 'v'), ('e', 2, 'v');
      """)
    #expect(try workshop.run().state == .success)
    #expect(try workshop.query(all) == ["d|2|v", "e|3|v"])
  }
}
