import MeshModel
import SQLite
import TestKit
import Testing

/// Connections, their limits and their statements.
struct ConnectionTests {
  private let connection: Connection

  init() throws { connection = try Connection(path: "", mode: .memory, mainName: "shop") }

  @Test(arguments: [Scalar.null, .integer(.min), .real(0.1), .text(""), .text("ä\u{0}b"), .integer(0)])
  func `a value comes back as it was bound`(_ value: Scalar) throws {
    let statement = try connection.prepare("SELECT ?1")
    statement.bind(value, at: 1)
    #expect(try statement.step())
    #expect(statement.scalar(0) == value)
  }

  @Test func `a cached statement comes back without its old values`() throws {
    let first = try connection.cached("SELECT :a")
    first.bind(1, at: 1)
    #expect(try first.step())
    let second = try connection.cached("SELECT :a")
    #expect(try second.step())
    #expect(first === second && second.isNull(0))
  }

  @Test func `a connection with cached statements goes when nobody holds it`() throws {
    weak var gone: Connection?
    do {
      let connection = try Connection(path: "", mode: .memory)
      try connection.cached("SELECT 1").run()
      gone = connection
    }
    #expect(gone == nil)
  }

  @Test func `an error says which byte it is about`() throws {
    let error = #expect(throws: SQLiteError.self) { try connection.prepare("SELECT 1, nope") }
    #expect(error?.offset == 10)
    #expect(error?.message == "no such column: nope")
  }

  @Test func `a script is compiled statement by statement from one text`() throws {
    let text = Array("SELECT 1; SELECT 2".utf8) + [0]
    try text.withUnsafeBufferPointer { bytes in
      let first = try connection.prepare(terminated: bytes)
      #expect(first.sql == "SELECT 1;")
      #expect(
        try connection.prepare(terminated: .init(rebasing: bytes[first.consumedBytes...])).sql == " SELECT 2")
    }
  }

  @Test func `a result column tells its table, column and type`() throws {
    try connection.execute("CREATE TABLE t (a VARCHAR(3) COLLATE NOCASE NOT NULL, b)")
    let statement = try connection.prepare("SELECT a, b, a || b FROM t")
    let origin = statement.origin(0)
    #expect(origin?.database == "shop" && origin?.table == "t" && origin?.column == "a")
    #expect(statement.declaredType(0) == "VARCHAR(3)")
    #expect(statement.origin(2) == nil && statement.declaredType(2) == nil)
    let declared = connection.declaration(of: "a", in: "t", database: "shop")
    #expect(declared?.collation == "NOCASE" && declared?.isNotNull == true)
    #expect(connection.declaration(of: "x", in: "t", database: "shop") == nil)
  }

  @Test func `what runs stops when told or at its deadline`() throws {
    let clock = ManualClock()
    let signal = StopSignal(clock: clock)
    connection.watch(signal)
    let endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c"
    signal.stop()
    #expect(
      #expect(throws: SQLiteError.self) { try connection.prepare(endless).run() }?.isInterrupted == true)
    signal.rearm(timeout: .zero)
    #expect(signal.reason == .deadline)
    #expect(
      #expect(throws: SQLiteError.self) { try connection.prepare(endless).run() }?.isInterrupted == true)
    signal.rearm()
    #expect(signal.reason == nil)
    signal.rearm(timeout: .seconds(Int64.max))
    #expect(signal.reason == nil)
  }

  @Test func `a hardened connection keeps its schema and its limits`() throws {
    connection.harden()
    connection.limit(.length, to: 1000)
    connection.dropModules(except: ["json_each"])
    for sql in [
      "SELECT zeroblob(2000)", "SELECT load_extension('x')", "SELECT \"text\"", "SELECT * FROM dbstat",
      "PRAGMA writable_schema = 1; INSERT INTO sqlite_schema VALUES (1, 2, 3, 4, 5)",
    ] {
      #expect(throws: SQLiteError.self, "\(sql)") { try connection.execute(sql) }
    }
    try connection.execute("SELECT * FROM json_each('[1]')")
  }

  @Test func `a read-only connection writes nowhere but in memory attached to it`() throws {
    let folder = try TemporaryFolder()
    let store = try Connection(path: folder.file("a.db"), mode: .create)
    try store.useWriteAheadLog()
    try store.execute("CREATE TABLE t (a)")
    let reader = try Connection(path: folder.file("a.db"), mode: .readOnly)
    #expect(throws: SQLiteError.self) { try reader.execute("INSERT INTO t VALUES (1)") }
    try reader.execute("PRAGMA query_only = 0")
    #expect(throws: SQLiteError.self) { try reader.execute("INSERT INTO t VALUES (1)") }
    try reader.execute("ATTACH 'file:x?mode=memory' AS x; CREATE TABLE x.t (a)")
    #expect(try folder.files().allSatisfy { $0.hasPrefix("a.db") })
  }
}
