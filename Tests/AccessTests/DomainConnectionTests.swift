import Access
import MeshModel
import SQLite
import Testing

/// Running a domain's SQL on its store.
struct DomainConnectionTests {
  private var fixture: StoreFixture

  init() throws {
    fixture = try StoreFixture()
    try fixture.fill("shop", "CREATE TABLE t (a INTEGER, b TEXT); INSERT INTO t VALUES (1, 'x'), (2, 'y')")
    try fixture.fill(
      "stock", "CREATE TABLE i (a INTEGER, c TEXT); INSERT INTO i VALUES (1, 'one'), (3, 'three')")
    try fixture.publish("shop")
    try fixture.publish("stock")
  }

  @Test func `a script runs again and again with other values`() throws {
    let shop = try fixture.connection("shop", .writing)
    let script = try shop.script("INSERT INTO t VALUES (:a, 'new'); DELETE FROM t WHERE a = :a - 1")
    for value in 10..<20 {
      try shop.begin([script])
      let changed = try shop.run(script, values: ["a": .integer(Int64(value))])
      try shop.commit()
      #expect(changed == (value == 10 ? 1 : 2))
    }
    #expect(try shop.answer("SELECT a FROM t WHERE b = 'new'") == [[.integer(19)]])
    let missing = #expect(throws: AccessError.self) { try shop.answer("SELECT :nope") }
    #expect(missing?.offset == 8)
  }

  @Test func `a script may make the tables that its later statements use, every time it runs`() throws {
    let shop = try fixture.connection("shop", .writing)
    let sql = """
      DROP TABLE IF EXISTS s; CREATE TABLE s AS SELECT i.a, c FROM stock.i; CREATE INDEX s_a ON s (a);
      CREATE TABLE IF NOT EXISTS n (a INTEGER PRIMARY KEY, c);
      INSERT INTO n SELECT * FROM s WHERE true ON CONFLICT DO UPDATE SET c = excluded.c;
      ALTER TABLE s RENAME COLUMN c TO d; ANALYZE s; REINDEX s_a; PRAGMA defer_foreign_keys = 1;
      SELECT d FROM s ORDER BY d
      """
    for _ in 0..<3 { #expect(try shop.answer(sql) == [[.text("one")], [.text("three")]]) }
  }

  @Test func `what is not committed is undone`() throws {
    let shop = try fixture.connection("shop", .writing)
    let script = try shop.script("DELETE FROM t; CREATE TABLE u (a)")
    try shop.begin([script])
    try shop.run(script)
    shop.rollback()
    #expect(try shop.answer("SELECT count(*) FROM t") == [[.integer(2)]])
    #expect(throws: AccessError.self) { try shop.answer("SELECT * FROM t; INSERT INTO t VALUES (1, 2, 3)") }
  }

  @Test func `Heddle's own statements share the transaction, and no script can use theirs`() throws {
    let shop = try fixture.connection("shop", .writing)
    let own = "INSERT INTO _heddle_commits VALUES ('k')"
    try shop.trusted { try $0.execute("CREATE TABLE _heddle_commits (k)") }
    let script = try shop.script("UPDATE t SET b = 'z'")
    try shop.begin([script])
    try shop.run(script)
    try shop.trusted { try $0.cached(own).run() }
    try shop.commit()
    #expect(try shop.trusted { try $0.integer(of: "SELECT count(*) FROM _heddle_commits") } == 1)
    for sql in [
      own, "SELECT k FROM _heddle_commits", "DROP TABLE _heddle_commits", "CREATE TABLE _heddle_x (a)",
    ] {
      let error = #expect(throws: AccessError.self) { try shop.answer(sql) }
      #expect(error?.kind == .forbidden)
    }
  }

  @Test func `a reading connection never writes`() throws {
    let shop = try fixture.connection()
    #expect(throws: AccessError.self) { try shop.answer("INSERT INTO t VALUES (3, 'z')") }
    #expect(throws: AccessError.self) { try shop.answer("CREATE TABLE z (a)") }
    #expect(try shop.answer("SELECT count(*) FROM t, stock.i") == [[.integer(4)]])
  }

  @Test func `a dataset that is not there yet is named, or empty where that is allowed`() throws {
    var fixture = fixture
    let late = DatasetName(domain: "stock", name: "late")
    let far = DatasetName(domain: "void", name: "far")
    fixture.catalog.datasets[late] = [Column(name: "a", type: .integer)]
    fixture.catalog.datasets[far] = [Column(name: "b", type: .text)]
    let shop = try fixture.connection()
    for (sql, dataset) in [("SELECT a FROM stock.late", late), ("SELECT b FROM void.far", far)] {
      let error = #expect(throws: AccessError.self) { try shop.answer(sql) }
      #expect(error?.kind == .missingDataset(dataset))
      #expect(try shop.answer(sql, emptyWhenMissing: [late, far]).isEmpty)
    }
    try fixture.fill("stock", "CREATE TABLE late (a INTEGER, secret TEXT); INSERT INTO late VALUES (7, 'no')")
    try fixture.fill("void", "CREATE TABLE far (b TEXT); INSERT INTO far VALUES ('x')")
    #expect(try shop.answer("SELECT * FROM stock.late, void.far") == [[.integer(7), .text("x")]])
    #expect(throws: AccessError.self) { try shop.answer("SELECT secret FROM stock.late") }
  }

  @Test func `a reading connection waits for a store that is not there yet`() throws {
    var fixture = fixture
    fixture.catalog.datasets[DatasetName(domain: "void", name: "far")] = [Column(name: "b", type: .text)]
    let void = try fixture.connection("void")
    #expect(try void.answer("SELECT count(*) FROM stock.i") == [[.integer(2)]])
    let error = #expect(throws: AccessError.self) { try void.answer("SELECT * FROM far") }
    #expect(error?.kind == .missingTable(domain: nil, name: "far"))
    try fixture.fill("void", "CREATE TABLE far (b TEXT); INSERT INTO far VALUES ('x')")
    #expect(
      try void.answer("SELECT b, (SELECT count(*) FROM stock.i) FROM far") == [[.text("x"), .integer(2)]])
  }

  @Test func `a task sees one snapshot of every store, whatever is committed meanwhile`() throws {
    let shop = try fixture.connection()
    let script = try shop.script("SELECT (SELECT count(*) FROM stock.i), (SELECT count(*) FROM t)")
    try shop.begin([script])
    #expect(try shop.rows(of: script) == [[.integer(2), .integer(2)]])
    try fixture.fill("stock", "INSERT INTO i VALUES (9, 'z'); ALTER TABLE i ADD COLUMN d")
    try fixture.fill("shop", "DELETE FROM t")
    #expect(try shop.rows(of: script) == [[.integer(2), .integer(2)]])
    try shop.commit()
    #expect(try shop.answer(script.text) == [[.integer(3), .integer(0)]])
  }

  @Test func `two domains that write and read each other neither block nor wait`() throws {
    let shop = try fixture.connection("shop", .writing)
    let stock = try fixture.connection("stock", .writing)
    let one = try shop.script("INSERT INTO t SELECT a, c FROM stock.i")
    let other = try stock.script("INSERT INTO i SELECT a, b FROM shop.t")
    for round in 1...3 {
      try shop.begin([one])
      try stock.begin([other])
      let mine = try shop.run(one)
      let theirs = try stock.run(other)
      try shop.commit()
      try stock.commit()
      #expect(round > 1 || (mine == 2 && theirs == 2))
    }
    #expect(try shop.answer("SELECT count(*) FROM t") == [[.integer(16)]])
  }

  @Test func `an endless statement stops at its deadline or when told`() throws {
    let shop = try fixture.connection()
    let endless = try shop.script(
      "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c, stock.i")
    let signal = StopSignal()
    signal.rearm(timeout: .milliseconds(30))
    try shop.begin([endless], stop: signal)
    let late = #expect(throws: AccessError.self) { try shop.run(endless) }
    #expect(late?.kind == .timedOut)
    shop.rollback()
    signal.rearm()
    signal.stop()
    try shop.begin([endless], stop: signal)
    let stopped = #expect(throws: AccessError.self) { try shop.run(endless) }
    #expect(stopped?.kind == .stopped)
    shop.rollback()
    #expect(try shop.answer("SELECT 1") == [[.integer(1)]])
  }

  @Test func `a scan within another domain's store stops, too`() throws {
    try fixture.fill(
      "stock",
      """
      CREATE TABLE big (a INTEGER); WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 3000)
      INSERT INTO big SELECT x FROM c; CREATE VIEW huge AS SELECT count(*) AS n FROM big a, big b, big c, big d
      """)
    var fixture = fixture
    try fixture.publish("stock")
    let shop = try fixture.connection()
    let script = try shop.script("SELECT n FROM stock.huge")
    let signal = StopSignal()
    signal.rearm(timeout: .milliseconds(30))
    try shop.begin([script], stop: signal)
    let late = #expect(throws: AccessError.self) { try shop.run(script) }
    #expect(late?.kind == .timedOut)
    shop.rollback()
  }

  @Test func `values have a greatest length`() throws {
    let shop = try fixture.connection()
    #expect(throws: AccessError.self) { try shop.answer("SELECT zeroblob(70000000)") }
  }

  @Test func `ten other domains fit, others come in their place, and eleven do not`() throws {
    var fixture = fixture
    for index in 0..<13 {
      fixture.catalog.stores["d\(index)"] = fixture.path("d\(index)")
      try fixture.fill("d\(index)", "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (\(index))")
      try fixture.publish("d\(index)")
    }
    let shop = try fixture.connection("shop", .writing)
    for _ in 0..<2 {
      for first in 0..<4 {
        let tables = (first..<first + 10).map { "d\($0).t" }
        let sum = (first..<first + 10).reduce(0, +)
        let sql = "SELECT \(tables.map { "(SELECT a FROM \($0))" }.joined(separator: " + "))"
        #expect(try shop.answer(sql) == [[.integer(Int64(sum))]])
      }
    }
    let all = (0..<11).map { "d\($0).t" }.joined(separator: ", ")
    let error = #expect(throws: AccessError.self) { try shop.answer("SELECT 1 FROM \(all)") }
    #expect(error?.kind == .tooManyDomains)
  }
}
