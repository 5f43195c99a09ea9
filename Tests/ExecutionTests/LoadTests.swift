import Basics
import Execution
import MeshModel
import Planning
import TestKit
import Testing

struct LoadTests {
  private let columns = [
    Column(name: "day", type: .date), Column(name: "n", type: .integer), Column(name: "delay", type: .real),
  ]
  private let all = "SELECT day, n, delay, typeof(delay) FROM days ORDER BY n"

  @Test func `a file's rows are there with the types that were declared`() throws {
    let workshop = try Workshop()
    try workshop.folder.write(
      "n,day,extra,delay\r\n1,2013-01-01,x,5\r\n2,2013-01-01,\"y,z\",NA\r\n", to: "project/landing/a.csv")
    workshop.load("landing/a.csv", columns: columns) { $0.nullTexts = ["", "NA"] }
    let outcome = try workshop.run()
    #expect(outcome.state == .success, "\(outcome)")
    #expect(outcome.rows == 2)
    #expect(outcome.output == #"{"rows":2}"#)
    #expect(try workshop.query(all) == ["2013-01-01|1|5.0|real", "2013-01-01|2|NULL|null"])
    #expect(try workshop.query("SELECT task, dataset, rows FROM _heddle_commits") == ["t0|ops.days|2"])
  }

  @Test func `the file may be named by SQL, and its name tells the format`() throws {
    let workshop = try Workshop()
    try workshop.folder.write(#"{"day": "2013-01-02", "n": 3, "delay": 1}"#, to: "project/2013-01-02.jsonl")
    workshop.load("", columns: columns, mode: .partition) {
      $0.source = .file(.sql(workshop.text("SELECT :partition || '.jsonl'")))
    }
    for run in 1...2 {
      let outcome = try workshop.run(run: RunID(run), partition: Workshop.day(2))
      #expect(outcome.rows == 1, "\(outcome)")
    }
    #expect(try workshop.query(all) == ["2013-01-02|3|1.0|real"])
    let strange = try workshop.run(run: 3, partition: Workshop.day(3))
    #expect(strange.reason?.text == "2013-01-03.jsonl cannot be read: no such file or directory")
    #expect(!strange.isPermanent)
    try workshop.folder.write(#"{"day": "2013-01-02", "n": 3}"#, to: "project/2013-01-03.jsonl")
    #expect(try workshop.run(run: 4, partition: Workshop.day(3)).reason?.code == "partition")
  }

  @Test(arguments: [Target.Mode.append, .merge, .replace])
  func `a load that is repeated leaves the rows as the first one did`(mode: Target.Mode) throws {
    let workshop = try Workshop()
    try workshop.folder.write("day,n,delay\n2013-01-01,1,\n2013-01-01,2,\n", to: "project/a.csv")
    workshop.load("a.csv", columns: columns, mode: mode, key: ["n"])
    for (run, attempt) in [(1, 1), (1, 2), (2, 1)] {
      #expect(try workshop.run(run: RunID(run), attempt: attempt, partition: Workshop.day(1)).rows == 2)
    }
    #expect(try workshop.query("SELECT n FROM days ORDER BY n") == ["1", "2"])
  }

  @Test func `a bad row fails the load, or is left out and counted`() throws {
    let workshop = try Workshop()
    try workshop.folder.write(
      "day,n,delay\n2013-01-01,1,5\n2013-01-01,x,5\n2013-01-01\n2013-01-01,4,6\n", to: "project/a.csv")
    workshop.load("a.csv", columns: columns)
    workshop.load("a.csv", columns: columns) { $0.onBadRow = .skip }
    let failed = try workshop.run(task: 0)
    #expect(failed.reason?.text == "a.csv:3: 'n' is 'x', which is no whole number")
    #expect(workshop.log(of: workshop.order(task: 0)).contains("a.csv:3"))
    let skipped = try workshop.run(task: 1)
    #expect(skipped.state == .success)
    #expect(skipped.output == #"{"rows":2,"bad_rows":2}"#)
    #expect(
      workshop.log(of: workshop.order(task: 1)) == """
        left out: a.csv:3: 'n' is 'x', which is no whole number
        left out: a.csv:4: it has 1 fields, the header 3
        2 bad rows of a.csv were left out

        """)
    #expect(try workshop.query("SELECT n FROM days ORDER BY n") == ["1", "4"])
  }

  @Test func `a row that the table refuses is told with its line and nothing is loaded`() throws {
    let workshop = try Workshop()
    try workshop.change(
      "CREATE TABLE days(day TEXT, n INTEGER UNIQUE, delay REAL); INSERT INTO days VALUES('x', 7, 0)")
    try workshop.folder.write("day,n,delay\n2013-01-01,1,\n2013-01-01,7,\n", to: "project/a.csv")
    workshop.load("a.csv", columns: columns, mode: .append)
    let outcome = try workshop.run(partition: Workshop.day(1))
    #expect(outcome.reason?.text == "a.csv:3: UNIQUE constraint failed: days.n")
    #expect(try workshop.query("SELECT n FROM days") == ["7"])
  }

  @Test func `rows may come from a command, whose end decides first`() throws {
    let workshop = try Workshop()
    let rows = #"printf 'day,n,delay\n2013-01-01,1,0\n'; echo note >&2"#
    workshop.load("", columns: columns) {
      $0.source = .command(Command(form: .shell(rows), directory: "/"))
    }
    workshop.load("", columns: columns) {
      $0.source = .command(Command(form: .shell(rows + "; exit 3"), directory: "/"))
    }
    workshop.load("", columns: columns) {
      $0.source = .command(Command(form: .shell("exit 99"), directory: "/"))
    }
    let outcome = try workshop.run(task: 0)
    #expect(outcome.state == .success, "\(outcome)")
    #expect(outcome.rows == 1)
    #expect(workshop.log(of: workshop.order(task: 0)) == "note\n")
    #expect(try workshop.run(task: 1).exitCode == 3)
    #expect(try workshop.run(task: 2).state == .skipped)
    #expect(try workshop.query("SELECT count(*) FROM days") == ["1"])
    #expect(try workshop.folder.files().filter { $0.hasSuffix(".rows") } == [])
  }

  @Test func `a file that is no file fails the load`() throws {
    let workshop = try Workshop()
    try workshop.folder.write("x", to: "project/folder/file")
    workshop.load("folder", columns: columns)
    workshop.load("", columns: columns)
    workshop.load("folder/file", columns: columns)
    #expect(try workshop.run(task: 0).reason?.text == "folder is no file")
    #expect(try workshop.run(task: 1).reason?.text == "the load names no file")
    #expect(
      try workshop.run(task: 2).reason?.text == "folder/file: the header has no column 'day'; it has x")
  }
}
