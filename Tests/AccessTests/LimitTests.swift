import Access
import Basics
import Glibc
import MeshModel
import SQLite
import TestKit
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

  private static let tooLong = "is longer than the 16 MiB that it may have"
  private static let tooMuch = "needs more than the 256 MiB of memory that it may take"

  private static let heavy: [(String, String)] = [
    ("SELECT zeroblob(2000000000)", tooLong),
    ("SELECT randomblob(2000000000)", tooLong),
    ("SELECT hex(zeroblob(40000000))", tooLong),
    ("SELECT replace(hex(zeroblob(1000000)), '0', hex(zeroblob(1000)))", tooLong),
    ("SELECT printf('%1000000000d', 1) || 'x'", ""),
    (
      "WITH c(x) AS (VALUES (1), (2), (3), (4)) SELECT group_concat(hex(zeroblob(3000000))) FROM c", tooLong
    ),
    ("SELECT " + Array(repeating: "hex(zeroblob(8000000))", count: 20).joined(separator: ", "), tooMuch),
    (
      "SELECT json('" + String(repeating: "[", count: 3000) + String(repeating: "]", count: 3000) + "')",
      "malformed JSON"
    ),
    ("SELECT 1 WHERE 'x' LIKE hex(zeroblob(26000))", "LIKE or GLOB pattern too complex"),
    ("SELECT 1 WHERE 'x' GLOB hex(zeroblob(26000))", "LIKE or GLOB pattern too complex"),
    ("SELECT json_patch(hex(zeroblob(100000)), '{}')", "json_patch() takes documents of at most 128 KiB"),
    (doubling(30), tooMuch),
    (nested(13_000), "the SQL is nested too deep"),
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

  private static func times(_ count: Int, _ term: String, _ separator: String = " + ") -> String {
    Array(repeating: term, count: count).joined(separator: separator)
  }

  /// Tables of one long text each, made before the time begins to run.
  private static let texts = [
    "zeroes": "hex(zeroblob(8000000)) AS x",
    "numbers": "'[' || replace(printf('%.*c', 7500000, 'x'), 'x', '1,') || '1]' AS list",
    "floats": "replace(printf('%.*c', 2500000, 'x'), 'x', '%!.26g') AS format",
    "days": "replace(printf('%.*c', 7500000, 'x'), 'x', '%J') AS format",
  ]

  /// What takes long within few steps, or within one.
  private static let hostile: [String] = [
    "SELECT x LIKE '%' || substr(x, 1, 49000) || '1' FROM zeroes",
    "SELECT x LIKE '%' || substr(x, 1, 90) || '!%1' ESCAPE '!' FROM zeroes",
    "SELECT x GLOB '*' || replace(printf('%.*c', 4000, 'x'), 'x', '[^a-z]') || 'b' FROM zeroes",
    "SELECT \(times(400, "(x LIKE '%00000001')")) FROM zeroes",
    endless + "SELECT sum(length(zeroblob(16000000 + x - x))) FROM c",
    endless + "SELECT group_concat(c.x, zeroes.x) FROM c, zeroes",
    endless + "SELECT json_group_array(zeroes.x) FROM c, zeroes",
    "SELECT \(times(900, "length(hex(zeroblob(8000000)))"))",
    "SELECT \(times(900, "length(replace(x, '0', '1'))")) FROM zeroes",
    "SELECT \(times(5, "length(printf('%.*c', 16000000, 'x'))"))",
    "SELECT \(times(900, "length(randomblob(16000000))"))",
    "SELECT \(times(900, "(upper(x) > lower(x))")) FROM zeroes",
    "SELECT \(times(100, "length(x)")) FROM zeroes", "SELECT \(times(20, "x")) FROM zeroes",
    "SELECT instr(x, substr(x, 1, 8000000) || '1') FROM zeroes",
    "SELECT length(printf(format)) FROM floats",
    "SELECT json_valid(list) FROM numbers, json_each(list)",
    "SELECT max(a.value || b.value) FROM numbers, json_each(list) a, json_tree(list) b",
  ]

  /// What takes longest.
  private static let slowest: [String] = [
    "SELECT length(strftime(format, '2020-01-01')) FROM days",
    "SELECT json_extract(list, \(times(95, "'$[#-1]'", ", "))) FROM numbers",
    "SELECT length(json_remove(list, \(times(95, "'$[#-1]'", ", ")))) FROM numbers",
    "SELECT length(json_set(list, \(times(45, "'$[7400000]', 1", ", ")))) FROM numbers",
  ]

  @Test(arguments: Self.hostile + Sample.of(Self.slowest, 1, seed: 4))
  func `a deadline ends what takes long in one step within seconds`(sql: String) throws {
    for (table, text) in Self.texts where sql.contains(table) {
      try fixture.fill("shop", "CREATE TABLE \(table) AS SELECT \(text)")
    }
    let shop = try fixture.connection("shop", .reading)
    let script = try shop.script(sql)
    // Others may want the machine, so the processor's time counts.
    let clock = ProcessorClock()
    let signal = StopSignal(clock: clock)
    signal.rearm(timeout: .milliseconds(100))
    try shop.begin([script], stop: signal)
    let start = clock.monotonicNanoseconds
    _ = try? shop.run(script)
    let taken = Double(clock.monotonicNanoseconds - start) / 1_000_000_000
    // Most take their 0.1 s; the slowest known, many paths into a long document, 3.5 s.
    #expect(taken < 20, "\(sql.prefix(80)): \(taken) s")
    shop.rollback()
    #expect(try shop.answer("SELECT 1") == [[.integer(1)]])
  }

  @Test func `compiling is bounded where SQL is checked`() throws {
    for (sql, reason) in [
      (Self.doubling(30), "the SQL is too big to be compiled"),
      (Self.nested(13_000), "the SQL is nested too deep"),
    ] {
      let compiler = try DomainCompiler(domain: "shop")
      let error = #expect(throws: AccessError.self) { try compiler.footprints(of: sql) }
      #expect(error?.message == reason)
      #expect(try compiler.footprints(of: "SELECT 1").count == 1)
    }
  }

  @Test(arguments: Sample.of([4000, 7000, 8000, 9000, 10_000, 12_000], 2))
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

/// The time that the calling thread has had of a processor.
private struct ProcessorClock: Clock {
  var now: Instant { Instant(milliseconds: 0) }

  var monotonicNanoseconds: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
