import Access
import Basics
import MeshModel
import SQLite
import Testing
import Threads

/// SQL that would take all memory or all time.
struct LimitTests {
  private var fixture: StoreFixture

  init() throws {
    fixture = try StoreFixture()
    try fixture.fill("shop", "CREATE TABLE t (a INTEGER, b TEXT)")
    try fixture.publish("shop")
  }

  /// `1,` twenty million times.
  private static let manyNumbers =
    "replace(printf('%.*c', 2000, 'x'), 'x', replace(printf('%.*c', 10000, 'x'), 'x', '1,'))"
  private static let endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) "

  /// Each name stands for two of the one before.
  private static func doubling(_ levels: Int) -> String {
    var sql = "WITH c0(x) AS (SELECT 1)"
    for level in 1...levels {
      sql += ", c\(level)(x) AS (SELECT x FROM c\(level - 1) UNION ALL SELECT x FROM c\(level - 1))"
    }
    return sql + " SELECT count(*) FROM c\(levels)"
  }

  /// Each name stands for the one before.
  private static func nested(_ levels: Int) -> String {
    var sql = "WITH c0(x) AS (SELECT 1)"
    for level in 1...levels { sql += ", c\(level) AS (SELECT x + 1 AS x FROM c\(level - 1) LIMIT 1)" }
    return sql + " SELECT * FROM c\(levels)"
  }

  private static let tooLong = "is longer than the 64 MiB that it may have"
  private static let tooMuch = "needs more than the 256 MiB of memory that it may take"

  private static let heavy: [(String, String)] = [
    ("SELECT zeroblob(2000000000)", tooLong),
    ("SELECT randomblob(2000000000)", tooLong),
    ("SELECT hex(zeroblob(40000000))", tooLong),
    ("SELECT replace(hex(zeroblob(1000000)), '0', hex(zeroblob(1000)))", tooLong),
    ("SELECT printf('%1000000000d', 1) || 'x'", ""),
    (
      "WITH c(x) AS (VALUES (1), (2), (3), (4)) SELECT group_concat(hex(zeroblob(10000000))) FROM c", tooLong
    ),
    ("SELECT count(*) FROM json_each('[' || \(manyNumbers) || '1]')", tooMuch),
    (
      "SELECT json('" + String(repeating: "[", count: 3000) + String(repeating: "]", count: 3000) + "')",
      "malformed JSON"
    ),
    ("SELECT 1 WHERE 'x' LIKE hex(zeroblob(60))", "LIKE or GLOB pattern too complex"),
    ("SELECT 1 WHERE 'x' GLOB hex(zeroblob(60))", "LIKE or GLOB pattern too complex"),
    ("SELECT json_patch(hex(zeroblob(100000)), '{}')", "json_patch() takes documents of at most 128 KiB"),
    (doubling(30), tooMuch),
    (nested(16_000), "the SQL is nested too deep"),
    ("SELECT " + String(repeating: "(", count: 2000) + "1" + String(repeating: ")", count: 2000), "overflow"),
    ("SELECT 1" + String(repeating: "+1", count: 2000), "too large"),
  ]

  @Test(arguments: Self.heavy)
  func `what would take too much fails with the reason`(sql: String, reason: String) throws {
    let shop = try fixture.connection("shop", .writing)
    do {
      _ = try shop.answer(sql)
      #expect(reason.isEmpty, "it did not fail")
    } catch let error as AccessError {
      #expect(error.message.contains(reason))
    }
    // The connection is as good as before.
    #expect(try shop.answer("INSERT INTO t VALUES (1, 'x'); SELECT count(*) FROM t") == [[.integer(1)]])
  }

  private static let loops: [String] = [
    endless + "SELECT max(x) FROM c",
    endless + "SELECT x FROM c WHERE x < 0",
    endless + "SELECT length(group_concat(hex(zeroblob(500000)))) FROM c",
    "INSERT INTO t " + endless + "SELECT x, 'x' FROM c",
    endless + "SELECT a.x FROM c a, c b ORDER BY b.x DESC LIMIT 1",
    "CREATE TABLE u (a CHECK (a > (1))); INSERT INTO u " + endless + "SELECT x + 1 FROM c",
    "SELECT count(*) FROM (" + doubling(12) + ") a JOIN t ON 0; " + doubling(30),
  ]

  @Test(arguments: Self.loops)
  func `a stop from another thread and a deadline end whatever loops`(sql: String) throws {
    let shop = try fixture.connection("shop", .writing)
    let script = try shop.script(sql)
    for kind in [AccessError.Kind.stopped, .timedOut] {
      let signal = StopSignal()
      if kind == .timedOut { signal.rearm(timeout: .milliseconds(30)) }
      try shop.begin([script], stop: signal)
      let stopper = try WorkerThread(name: "stopper") { if kind == .stopped { signal.stop() } }
      let error = #expect(throws: AccessError.self) { try shop.run(script) }
      stopper.join()
      #expect(error?.kind == kind)
      shop.rollback()
      #expect(!shop.isSpoiled)
    }
  }

  @Test func `compiling is bounded where SQL is checked`() throws {
    for (sql, reason) in [
      (Self.doubling(30), "the SQL is too big to be compiled"),
      (Self.nested(16_000), "the SQL is nested too deep"),
    ] {
      let compiler = try DomainCompiler(domain: "shop")
      let error = #expect(throws: AccessError.self) { try compiler.footprints(of: sql) }
      #expect(error?.message == reason)
      #expect(try compiler.footprints(of: "SELECT 1").count == 1)
    }
  }

  @Test(arguments: [4000, 7000, 8000, 9000, 10_000, 12_000])
  func `names that stand for names never end the process, however deep`(levels: Int) throws {
    nonisolated(unsafe) let shop = try fixture.connection("shop", .reading)
    nonisolated(unsafe) let compiler = try DomainCompiler(domain: "shop")
    let thread = try WorkerThread(name: "nested") {
      let sql = Self.nested(levels)
      _ = try? shop.answer(sql)
      _ = try? compiler.footprints(of: sql)
    }
    thread.join()
    #expect(try shop.answer("SELECT 1") == [[.integer(1)]])
  }
}
