import Access
import MeshModel
import SQLite
import TestKit
import Testing

/// What SQL of a task cannot do, by any trick of SQL.
struct SecurityTests {
  private var fixture: StoreFixture

  init() throws {
    fixture = try StoreFixture()
    try fixture.fill("shop", "CREATE TABLE t (a INTEGER, email TEXT); INSERT INTO t VALUES (1, 'x')")
    try fixture.fill(
      "stock",
      """
      CREATE TABLE i (a INTEGER, email TEXT, secret TEXT); INSERT INTO i VALUES (1, 'x', 'hidden');
      CREATE TABLE closed (secret TEXT); INSERT INTO closed VALUES ('hidden')
      """)
    try fixture.publish("shop")
    fixture.catalog.datasets[DatasetName(domain: "stock", name: "i")] = [
      Column(name: "a", type: .integer), Column(name: "email", type: .text),
    ]
  }

  static let forbidden = [
    "ATTACH 'x.db' AS x", "DETACH stock", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT s", "RELEASE s", "VACUUM",
    "VACUUM INTO 'x.db'", "PRAGMA writable_schema = 1", "PRAGMA journal_mode = DELETE",
    "PRAGMA query_only = 0",
    "PRAGMA wal_checkpoint", "PRAGMA foreign_keys = 0", "PRAGMA synchronous = OFF", "PRAGMA database_list",
    "SELECT * FROM pragma_database_list",
    "SELECT file FROM pragma_database_list JOIN (SELECT 1) USING (file)",
    "SELECT * FROM pragma_table_info('t')", "SELECT load_extension('x')", "SELECT fts3_tokenizer('simple')",
    "CREATE TEMP TABLE x (a)", "CREATE TEMP VIEW x AS SELECT 1", "CREATE TABLE temp.x (a)",
    "CREATE TEMP TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END",
    "CREATE VIRTUAL TABLE x USING heddle_port", "CREATE VIRTUAL TABLE stock.closed USING heddle_port",
    "CREATE VIRTUAL TABLE x USING fts5(a)", "SELECT * FROM heddle_port", "SELECT * FROM dbstat",
    "SELECT * FROM sqlite_stmt",
    "SELECT name FROM sqlite_master", "SELECT sql FROM sqlite_schema", "SELECT * FROM sqlite_temp_master",
    "SELECT * FROM stock.sqlite_master, stock.i", "INSERT INTO sqlite_master VALUES (1, 2, 3, 4, 5)",
    "UPDATE sqlite_schema SET sql = ''", "DELETE FROM sqlite_master", "DELETE FROM sqlite_sequence",
    "INSERT INTO stock.i VALUES (2, 'y')", "UPDATE stock.i SET a = 1", "DELETE FROM stock.i",
    "DROP TABLE stock.i",
    "ALTER TABLE stock.i RENAME TO j", "CREATE TABLE stock.j (a); SELECT * FROM stock.i",
    "CREATE INDEX stock.x ON i (a)", "CREATE VIEW stock.x AS SELECT 1; SELECT * FROM stock.i",
    "SELECT secret FROM stock.i", "SELECT i.secret FROM stock.i", "SELECT * FROM stock.closed",
    "WITH g(secret) AS (SELECT 'hidden') SELECT secret FROM stock.i FULL JOIN g USING (secret)",
    "SELECT 1 FROM stock.closed FULL JOIN (SELECT 1 AS secret) USING (secret)",
    "SELECT rowid FROM stock.i", "SELECT _rowid_ FROM stock.i", "SELECT oid FROM stock.i i WHERE i.oid = 1",
    "CREATE VIEW v AS SELECT * FROM stock.i; SELECT * FROM v",
    "CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT * FROM stock.i; END; INSERT INTO t VALUES (1, 2)",
    "CREATE TRIGGER x AFTER INSERT ON stock.i BEGIN SELECT 1; END",
    "CREATE TABLE _heddle_mine (a)", "CREATE VIEW _heddle_mine AS SELECT 1", "EXPLAIN ATTACH 'x.db' AS x",
    "WITH x AS (SELECT 1) DELETE FROM stock.i", "ANALYZE stock; SELECT * FROM stock.i",
    "SELECT 1 FROM stock.i UNION SELECT name FROM stock.sqlite_schema",
  ]

  @Test func `what is forbidden fails when it runs`() throws {
    let before = try fixture.direct().answer("SELECT * FROM stock.i, stock.closed, t")
    for mode in [DomainConnection.Mode.writing, .reading] {
      let shop = try fixture.connection("shop", mode)
      for sql in Self.forbidden {
        #expect(throws: AccessError.self, "\(sql)") { try shop.answer(sql) }
        #expect(try shop.answer("SELECT a, email FROM stock.i") == [[.integer(1), .text("x")]], "\(sql)")
      }
    }
    #expect(try fixture.direct().answer("SELECT * FROM stock.i, stock.closed, t") == before)
    #expect(try fixture.folder.files().allSatisfy { !$0.hasPrefix("x.db") })
  }

  @Test func `what is forbidden fails when it is compiled`() throws {
    let compiler = try DomainCompiler(domain: "shop")
    for (name, columns) in fixture.catalog.datasets { compiler.define(name, columns: columns) }
    for sql in Self.forbidden {
      #expect(throws: AccessError.self, "\(sql)") { try compiler.footprints(of: sql) }
    }
  }

  @Test func `the schema of ports shows no more than their names`() throws {
    let shop = try fixture.connection()
    let rows = try? shop.answer(
      "WITH g(name, sql) AS (SELECT '', '') SELECT name, sql FROM stock.i FULL JOIN stock.sqlite_master ON 0 NATURAL JOIN g"
    )
    #expect(rows?.isEmpty ?? true)
    let leak = try? shop.answer(
      "SELECT sql FROM stock.i, (SELECT '' AS sql) FULL JOIN stock.sqlite_master USING (sql)")
    for row in leak ?? [] { #expect(!"\(row)".contains("secret")) }
  }

  @Test func `errors of another domain's store tell nothing of it`() throws {
    try fixture.fill("stock", "ALTER TABLE i RENAME COLUMN email TO mail")
    let shop = try fixture.connection()
    let error = #expect(throws: AccessError.self) { try shop.answer("SELECT email FROM stock.i") }
    #expect(error?.message.contains("secret") == false)
  }

  @Test func `three hundred connections leave nothing open and nothing in memory`() throws {
    for round in 0..<300 {
      let shop = try fixture.connection("shop", round % 2 == 0 ? .reading : .writing)
      _ = try shop.answer("SELECT * FROM t JOIN stock.i USING (a)")
      if round % 3 == 0 { _ = try? shop.answer("SELECT * FROM stock.i; SELECT nope") }
      let compiler = try DomainCompiler(domain: "shop")
      compiler.define(DatasetName(domain: "stock", name: "i"), columns: [Column(name: "a", type: .integer)])
      _ = try compiler.footprints(of: "SELECT a FROM stock.i; CREATE TABLE x AS SELECT 1")
    }
    // Another connection's lock would refuse this.
    try fixture.fill("stock", "PRAGMA journal_mode = DELETE")
    try fixture.fill("shop", "PRAGMA journal_mode = DELETE")
  }
}
