import Execution
import MeshModel
import Testing

/// What tells the result of an attempt from others.
struct ContentTests {
  private static let day = Workshop.day(1)
  private let workshop: Workshop

  init() throws {
    workshop = try Workshop()
    try workshop.change(
      """
      CREATE TABLE source(day TEXT, n INTEGER, v TEXT);
      INSERT INTO source VALUES('2013-01-01', 1, 'a'), ('2013-01-01', 2, 'b'), ('2013-01-02', 3, 'c');
      """)
  }

  private func select(_ order: String) -> String {
    "SELECT \(order) FROM source WHERE day = :partition"
  }

  @Test(arguments: [Target.Mode.partition, .append, .replace])
  func `the same rows have the same content, whatever their order, and others another`(
    mode: Target.Mode
  ) throws {
    workshop.sql(select("day, n, v") + " ORDER BY n", mode: mode)
    workshop.sql(select("day, n, v") + " ORDER BY n DESC", mode: mode)
    let first = try #require(try workshop.run(run: 1, partition: Self.day).content)
    #expect(try workshop.run(run: 2, partition: Self.day).content == first)
    #expect(try workshop.run(task: 1, run: 3, partition: Self.day).content == first)
    try workshop.change("UPDATE source SET v = 'z' WHERE n = 2")
    #expect(try workshop.run(run: 4, partition: Self.day).content != first)
    try workshop.change("UPDATE source SET v = 'b' WHERE n = 2")
    #expect(try workshop.run(run: 5, partition: Self.day).content == first)
    try workshop.change("INSERT INTO source VALUES('2013-01-01', 2, 'b')")
    #expect(try workshop.run(run: 6, partition: Self.day).content != first)
  }

  @Test func `a merge that finds everything as it is leaves the content as it is`() throws {
    workshop.sql("SELECT n, v FROM source", mode: .merge, key: ["n"])
    let first = try #require(try workshop.run(run: 1).content)
    #expect(try workshop.run(run: 2).content == first)
    try workshop.change("UPDATE source SET v = 'z' WHERE n = 2")
    let second = try #require(try workshop.run(run: 3).content)
    #expect(second != first)
    // The table may hold more than the merge of then had brought, so it is no return to it.
    try workshop.change("UPDATE source SET v = 'b' WHERE n = 2")
    #expect(try workshop.run(run: 4).content != first)
  }

  @Test func `statements that change something have a new content each time`() throws {
    try workshop.change("CREATE TABLE days(n INTEGER)")
    let task = workshop.sql("DELETE FROM days; INSERT INTO days SELECT n FROM source") {
      $0.writes = [WriteDeclaration(dataset: Workshop.table, position: $0.position)]
    }
    workshop.written[task] = [Workshop.table]
    try workshop.open(writers: [task])
    let first = try workshop.run(run: 1)
    #expect(first.state == .success, "\(first)")
    let second = try workshop.run(run: 2)
    #expect(first.content != nil && second.content != nil && first.content != second.content)
  }

  @Test func `an attempt that is repeated after its commit has the content that it had`() throws {
    workshop.sql(select("day, n, v"), mode: .partition)
    let first = try workshop.run(run: 1, partition: Self.day)
    let again = try workshop.run(run: 1, partition: Self.day)
    #expect(again.content == first.content && first.content != nil)
  }

  @Test func `what a transaction reads is told by its own snapshot`() throws {
    workshop.sql(select("day, n, v"), mode: .partition)
    let reader = workshop.sql(
      "SELECT day, count(*) AS n FROM days GROUP BY day", mode: .replace, partitionBy: [],
      dataset: DatasetName(domain: "ops", name: "counts"))
    let made = try workshop.run(run: 1, partition: Self.day)
    // What it was told when it was found ready is not what is there now.
    workshop.inputs = [
      InputVersion(dataset: Workshop.table, partition: Self.day.key, version: 7, content: 1),
      InputVersion(dataset: Workshop.table, partition: "2013-01-09", version: 8, content: 2),
      InputVersion(dataset: DatasetName(domain: "ops", name: "other"), partition: "", version: 9),
    ]
    let read = try workshop.run(task: reader, run: 2)
    #expect(read.state == .success, "\(read)")
    #expect(read.inputs?.map(\.content) == [made.content, 2, nil])
    #expect(read.inputs?.map(\.version) == [7, 8, 9])
    #expect(try workshop.run(task: reader, run: 2).inputs == read.inputs)
  }

  @Test(arguments: [
    (#"{"content": "abc"}"#, #"{"content": "abc", "rows": 3}"#, true),
    (#"{"content": "abc"}"#, #"{"content": "abd"}"#, false), (#"{"content": 3}"#, #"{"content": 4}"#, false),
  ])
  func `a process may tell what its result is`(first: String, second: String, isSame: Bool) throws {
    for told in [first, second] { workshop.shell("echo '\(told)' > $HEDDLE_OUTPUT") }
    let contents = try [0, 1].map { try workshop.run(task: $0, run: RunID($0 + 1)).content }
    #expect(contents[0] != nil && contents[1] != nil)
    #expect((contents[0] == contents[1]) == isSame)
  }

  @Test func `a process that tells nothing has no content, and one that tells nonsense fails`() throws {
    workshop.shell("true")
    workshop.shell(#"echo '{"content": [1]}' > $HEDDLE_OUTPUT"#)
    #expect(try workshop.run(task: 0).content == nil)
    #expect(try workshop.run(task: 1, run: 2).reason?.text.contains("'content'") == true)
  }
}
