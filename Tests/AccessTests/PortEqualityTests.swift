import Access
import MeshModel
import SQLite
import TestKit
import Testing

/// SQL over ports answers what the same SQL answers over the tables themselves.
struct PortEqualityTests {
  private static let values = [
    "NULL", "5", "-1", "12", "1000.0", "0.5", "'5'", "'05'", "'5.0'", "' 5'", "'1e3'", "'abc'", "'ABC'", "''",
    "'!'", "'2013-01-01'", "'2013-02-01'", "'2013'", "x'35'", "x'00'", "'+7'", "'.5'", "'9'", "':'", "'abc '",
  ]

  private let fixture: StoreFixture
  private let ports: DomainConnection
  private let direct: Connection

  init() throws {
    var fixture = try StoreFixture()
    let columns = """
      i INTEGER, t TEXT, n NUMERIC, r REAL, a, b BLOB, nc TEXT COLLATE NOCASE, rt TEXT COLLATE RTRIM, d DATE
      """
    var rows = ""
    for value in Self.values {
      let all = Array(repeating: value, count: 9).joined(separator: ", ")
      rows += "INSERT INTO p VALUES (NULL, \(all)); INSERT INTO p VALUES (NULL, \(all));"
    }
    try fixture.fill(
      "stock",
      """
      CREATE TABLE p (id INTEGER PRIMARY KEY, \(columns)); \(rows)
      DELETE FROM p WHERE id IN (3, 17);
      CREATE TABLE q AS SELECT * FROM p WHERE id % 3 = 0;
      CREATE TABLE x (id INTEGER, \(columns)); INSERT INTO x SELECT * FROM p;
      CREATE INDEX x_t ON x (t); CREATE INDEX x_i ON x (i, t); CREATE INDEX x_nc ON x (nc);
      CREATE INDEX x_a ON x (a); CREATE INDEX x_d ON x (d DESC, n); CREATE INDEX x_r ON x (r) WHERE r > 0;
      CREATE TABLE w (k TEXT, v INTEGER, PRIMARY KEY (k, v)) WITHOUT ROWID;
      INSERT OR IGNORE INTO w SELECT coalesce(t, 'none'), id FROM p;
      CREATE TABLE u (k INTEGER UNIQUE, s TEXT); INSERT INTO u SELECT id, t FROM p;
      CREATE TABLE odd (rowid TEXT, "two words" TEXT, "quo""te" INTEGER, "select" TEXT);
      INSERT INTO odd SELECT t, t, id, nc FROM p;
      CREATE VIEW v AS SELECT id, t, nc, i + 1 AS next FROM p WHERE id < 30;
      CREATE VIEW agg AS SELECT t, count(*) AS c FROM p GROUP BY t;
      CREATE TABLE none (a TEXT, b INTEGER);
      ANALYZE;
      """)
    try fixture.publish("stock")
    try fixture.fill(
      "people", "CREATE TABLE s (id INTEGER, t TEXT); INSERT INTO s VALUES (1, '5'), (5, 'abc')")
    try fixture.publish("people")
    try fixture.fill(
      "shop",
      """
      CREATE TABLE o (id INTEGER PRIMARY KEY, \(columns));
      \(rows.replacing("INTO p", with: "INTO o"))
      """)
    self.fixture = fixture
    ports = try fixture.connection()
    direct = try fixture.direct()
  }

  private func compare(_ sql: String, isOrdered: Bool = false) throws {
    var found = try ports.answer(sql)
    var expected = try direct.answer(sql)
    if !isOrdered {
      found.sort { "\($0)" < "\($1)" }
      expected.sort { "\($0)" < "\($1)" }
    }
    #expect(found == expected, "\(sql)")
  }

  @Test(arguments: ["p", "x"])
  func `any column compares with any other as in the table itself`(_ table: String) throws {
    let columns = ["i", "t", "n", "r", "a", "b", "nc", "rt", "d"]
    for (place, left) in columns.enumerated() {
      for right in Sample.of(columns, 3, seed: UInt64(place)) {
        for comparison in ["=", "<", "<=", ">", ">=", "IS"] {
          try compare(
            """
            SELECT count(*), sum(o.id * x.id), sum(x.id) FROM o CROSS JOIN stock.\(table) x
             WHERE x.\(left) \(comparison) o.\(right)
            """)
        }
      }
    }
  }

  @Test(arguments: ["p", "x"])
  func `any column compares with any literal as in the table itself`(_ table: String) throws {
    for (place, left) in ["i", "t", "n", "r", "a", "b", "nc", "rt", "d"].enumerated() {
      for value in Sample.of(Self.values, 8, seed: UInt64(place)) {
        let rows = "SELECT count(*), sum(id), sum(id * id) FROM stock.\(table) WHERE"
        for comparison in ["=", "<", "<=", ">", ">=", "IS", "LIKE"] {
          try compare("\(rows) \(left) \(comparison) \(value)")
        }
        try compare("\(rows) \(left) < \(value) OR i = 5 OR t = 'abc' OR nc = 'abc'")
        try compare("\(rows) \(left) IN (\(value), 5, 'abc')")
        try compare("\(rows) \(left) = \(value) COLLATE NOCASE")
        try compare("\(rows) CAST(\(value) AS INTEGER) >= \(left)")
        try compare("\(rows) CAST(\(value) AS TEXT) > \(left)")
      }
      try compare("SELECT \(left) FROM stock.\(table) ORDER BY \(left)", isOrdered: true)
    }
  }

  @Test func `a value bound by name compares as in the table itself`() throws {
    let bound: [Scalar] = [
      .null, .integer(5), .real(5.0), .real(0.5), .text("5"), .text("05"), .text("abc"), .text("2013-02-01"),
      .text("9"),
    ]
    for table in ["p", "x"] {
      for left in ["i", "t", "n", "r", "a", "b", "nc", "rt", "d"] {
        for value in bound {
          for comparison in ["=", "<", "<=", ">", ">=", "IS"] {
            let sql =
              "SELECT count(*), sum(id), sum(id * id) FROM stock.\(table) WHERE \(left) \(comparison) :v"
            let statement = try direct.prepare(sql)
            statement.bind(value, at: 1)
            _ = try statement.step()
            let expected = (0..<3).map(statement.scalar)
            #expect(try ports.answer(sql, values: ["v": value]) == [expected], "\(sql) \(value)")
          }
        }
      }
    }
  }

  @Test func `a table that is looked up by columns without index answers as it does itself`() throws {
    try direct.execute(
      """
      CREATE TABLE stock.big (k TEXT COLLATE NOCASE, n INTEGER, a);
      WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 900)
      INSERT INTO stock.big SELECT 'K' || (x % 90), x % 7, x FROM c;
      CREATE TABLE shop.keys AS SELECT lower(k) AS k, n, a FROM stock.big WHERE a % 9 = 0;
      """)
    var fixture = fixture
    try fixture.publish("stock")
    let ports = try fixture.connection()
    for sql in [
      "SELECT count(*), sum(b.a) FROM keys CROSS JOIN stock.big b ON b.k = keys.k AND b.n = keys.n",
      "SELECT count(*), sum(b.a), sum(c.n) FROM keys CROSS JOIN stock.big b USING (k) LEFT JOIN stock.big c ON c.a = b.n",
      "SELECT count(*), sum(b.a) FROM keys LEFT JOIN stock.big b ON b.n = keys.a AND b.k > 'k3'",
      "SELECT count(*), sum(b.a) FROM stock.big b RIGHT JOIN keys ON b.a = keys.a AND b.k = keys.k",
    ] {
      for _ in 0..<2 { #expect(try ports.answer(sql) == direct.answer(sql), "\(sql)") }
    }
    try direct.execute("INSERT INTO stock.big SELECT * FROM stock.big")
    let sql = "SELECT count(*), sum(b.a) FROM keys CROSS JOIN stock.big b ON b.k = keys.k AND b.n = keys.n"
    #expect(try ports.answer(sql) == direct.answer(sql))
  }

  @Test func `a query answers as over the tables themselves`() throws {
    for sql in Self.queries { try compare(sql) }
  }

  private static let queries = [
    "SELECT count(*) FROM stock.p", "SELECT count(*), count(i), min(t), max(t), sum(r) FROM stock.p",
    "SELECT 1 FROM stock.p", "SELECT count(*) FROM stock.none", "SELECT max(a) FROM stock.none",
    "SELECT * FROM stock.p a JOIN stock.p b ON a.id = b.id + 1",
    "SELECT * FROM stock.p a JOIN stock.p b USING (t)", "SELECT count(*) FROM stock.p NATURAL JOIN stock.q",
    "SELECT count(*) FROM stock.p, stock.q, people.s", "SELECT * FROM people.s JOIN stock.p ON s.t = p.nc",
    "SELECT o.id, p.id FROM o LEFT JOIN stock.p ON p.t = o.t AND p.id > 10",
    "SELECT o.id, p.id FROM stock.p RIGHT JOIN o ON p.t = o.t AND p.id > 10",
    "SELECT o.id, p.id FROM o RIGHT JOIN stock.p ON p.t = o.t AND p.id > 10",
    "SELECT o.id, p.id FROM o RIGHT JOIN stock.x p2 ON p2.t = o.t JOIN stock.p ON p.i = p2.i",
    "SELECT count(*) FROM o RIGHT JOIN stock.p ON o.id > 40", "SELECT 7 FROM o RIGHT JOIN stock.none ON 1",
    "SELECT t, o.id FROM o FULL JOIN stock.p USING (t)",
    "SELECT p.id, q.id FROM stock.p FULL JOIN stock.q ON p.id = q.id",
    "SELECT k, v, o.id FROM o RIGHT JOIN stock.w ON w.v = o.id AND o.id < 9",
    "SELECT * FROM stock.w WHERE k = '5' OR v = 7 OR v BETWEEN 20 AND 22",
    "SELECT * FROM stock.w a JOIN stock.w b ON a.v = b.v AND a.k = b.k", "SELECT count(*) FROM stock.w",
    "SELECT * FROM stock.v WHERE t = 'abc' OR id = 4 OR nc = 'Abc'", "SELECT * FROM stock.v WHERE nc = 'aBC'",
    "SELECT next FROM stock.v ORDER BY next DESC, id", "SELECT * FROM stock.agg",
    "SELECT count(*) FROM stock.v",
    "SELECT * FROM stock.agg JOIN o USING (t)", "SELECT v.id, o.id FROM o RIGHT JOIN stock.v ON v.t = o.t",
    "SELECT * FROM stock.odd WHERE \"two words\" = '5' OR \"quo\"\"te\" = 12 OR \"select\" = 'ABC'",
    "SELECT \"rowid\", \"select\" FROM stock.odd WHERE \"rowid\" = '5'",
    "SELECT * FROM stock.u WHERE k = 5 OR k = 6 OR s = 'abc'",
    "SELECT s FROM stock.u WHERE k IN (1, 2, 3, 3, NULL)",
    "SELECT (SELECT s FROM stock.u WHERE k = o.id) FROM o",
    "SELECT * FROM o WHERE id NOT IN (SELECT k FROM stock.u)",
    "SELECT * FROM o WHERE (i, t) IN (SELECT i, t FROM stock.x)",
    "SELECT t, count(*) FROM stock.x GROUP BY t",
    "SELECT nc, count(*) FROM stock.x GROUP BY nc", "SELECT DISTINCT nc FROM stock.x",
    "SELECT DISTINCT i, t FROM stock.x",
    "SELECT id, sum(i) OVER (PARTITION BY t ORDER BY id) FROM stock.p",
    "SELECT t FROM stock.p UNION SELECT t FROM o",
    "SELECT t FROM stock.p INTERSECT SELECT nc FROM stock.x",
    "SELECT p.id FROM stock.p WHERE EXISTS (SELECT 1 FROM stock.q WHERE q.t = p.t)",
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT k + 1 FROM r JOIN stock.u ON k = n) SELECT * FROM r",
    "WITH m AS MATERIALIZED (SELECT * FROM stock.p) SELECT a.id FROM m a JOIN m b USING (t)",
    "SELECT total(p.i) FROM stock.p JOIN o ON o.id = p.id WHERE p.t > 'a' AND p.t < 'b'",
    "SELECT id FROM stock.p WHERE t LIKE '2013%'", "SELECT id FROM stock.p WHERE t GLOB '2013-*'",
    "SELECT id FROM stock.p WHERE t IS NOT NULL AND i IS NULL",
    "SELECT * FROM stock.p WHERE id = 5 AND id = 6",
    "SELECT * FROM stock.x WHERE i = 5 AND t = '5' AND n = 5 AND a = 5",
    "SELECT id FROM stock.p WHERE NOT (t = '5')",
    "SELECT * FROM (SELECT t FROM stock.x LIMIT 5 OFFSET 3)",
    "SELECT a.id FROM stock.p a, stock.q b WHERE a.t = b.t OR a.i = b.i",
  ]

  @Test func `an ordered query answers in the same order`() throws {
    for sql in Self.orderedQueries { try compare(sql, isOrdered: true) }
  }

  private static let orderedQueries = [
    "SELECT t FROM stock.x ORDER BY t", "SELECT t FROM stock.x ORDER BY t DESC",
    "SELECT nc FROM stock.x ORDER BY nc COLLATE BINARY",
    "SELECT i, t FROM stock.x WHERE i = 5 ORDER BY t", "SELECT d, n FROM stock.x ORDER BY d DESC, n",
    "SELECT d, n FROM stock.x ORDER BY d, n DESC", "SELECT id FROM stock.p ORDER BY i, t, id",
    "SELECT t FROM stock.x ORDER BY t NULLS LAST",
    "SELECT id FROM stock.p WHERE t IN ('5', 'abc', '05') ORDER BY t, id",
    "SELECT a.id, b.id FROM stock.p a JOIN stock.q b ON a.t = b.t ORDER BY a.id, b.id LIMIT 7",
    "SELECT id FROM stock.v ORDER BY id LIMIT 3 OFFSET 2", "SELECT k FROM stock.w ORDER BY k DESC, v LIMIT 4",
    "SELECT rt FROM stock.x ORDER BY rt, i, t, a",
    "SELECT t, group_concat(i) FROM (SELECT t, i FROM stock.x ORDER BY t, i) GROUP BY t",
    "SELECT id FROM stock.p WHERE i > 3 OR t < 'b' ORDER BY id DESC LIMIT 9",
  ]
}
