import Access
import MeshModel
import Testing

/// What SQL reads and writes is what SQLite's compiler says.
struct FootprintTests {
  @Test(
    arguments: FootprintCase.reading + FootprintCase.joining + FootprintCase.writing + FootprintCase.making)
  func `a statement reads and writes what the table says`(_ item: FootprintCase) throws {
    let compiler = try FootprintCase.compiler()
    let found = FootprintCase.found(try compiler.footprints(of: item.sql))
    #expect(found.reads == item.reads)
    #expect(found.writes == item.writes)
  }

  @Test func `a script leaves nothing behind for the next one`() throws {
    let compiler = try FootprintCase.compiler()
    for item in FootprintCase.reading + FootprintCase.joining + FootprintCase.writing + FootprintCase.making {
      let found = FootprintCase.found(try compiler.footprints(of: item.sql))
      #expect(found.reads == item.reads, "\(item.sql)")
      #expect(found.writes == item.writes, "\(item.sql)")
    }
  }
}

/// What else a footprint tells, and what is refused.
struct FootprintDetailTests {
  private func one(_ sql: String) throws -> StatementFootprint {
    try #require(try FootprintCase.compiler().footprints(of: sql).last)
  }

  @Test func `statements stand where the script has them`() throws {
    let script = "-- head\nSELECT 1; ;\n/* x */ SELECT ';' /* y */ ; SELECT 3 -- end"
    let texts = try FootprintCase.compiler().footprints(of: script).map {
      String(decoding: Array(script.utf8)[$0.bytes], as: UTF8.self)
    }
    #expect(texts == ["SELECT 1;", "SELECT ';' /* y */ ;", "SELECT 3 -- end"])
  }

  @Test func `an empty script has no statements`() throws {
    for script in ["", ";", " ;; -- nothing", "/* open", "\n"] {
      #expect(try FootprintCase.compiler().footprints(of: script).isEmpty)
    }
  }

  @Test func `result columns have the names and types that a table made of them would have`() throws {
    let found = try one(
      """
      SELECT id, day AS d, amount * 2 AS twice, CAST(email AS INTEGER) AS n, i.name, count(*)
        FROM orders JOIN stock.items i USING (item)
      """)
    #expect(found.isReadOnly)
    #expect(found.resultColumns.map(\.name) == ["id", "d", "twice", "n", "name", "count(*)"])
    #expect(found.resultColumns.map(\.type) == [.integer, .date, .any, .integer, .text, .any])
    #expect(
      found.resultColumns.map { $0.origin.map { "\($0.dataset).\($0.column)" } } == [
        "shop.orders.id", "shop.orders.day", nil, nil, "stock.items.name", nil,
      ])
  }

  @Test func `a statement that writes answers what it returns`() throws {
    let found = try one("INSERT INTO daily (day) VALUES (1) RETURNING day, total")
    #expect(!found.isReadOnly)
    #expect(found.resultColumns.map(\.name) == ["day", "total"])
    #expect(try one("DELETE FROM daily").resultColumns.isEmpty)
  }

  @Test func `bound parameters are told by name, each once`() throws {
    #expect(
      try one("SELECT :partition, @each, $run, :partition, ?").parameters == [
        "partition", "each", "run", nil,
      ])
    #expect(try one("SELECT 1").parameters.isEmpty)
  }

  @Test func `tables and views that a script makes have their columns`() throws {
    let made = try one("CREATE TABLE t AS SELECT id, amount, email || 'x' AS e, date(day) FROM orders")
    #expect(made.shapes.first?.dataset == DatasetName(domain: "shop", name: "t"))
    #expect(
      made.shapes.first?.columns == [
        Column(name: "id", type: .integer), Column(name: "amount", type: .real),
        Column(name: "e", type: .any),
        Column(name: "date(day)", type: .any),
      ])
    let view = try one("CREATE VIEW v (one, two) AS SELECT id, email FROM orders")
    #expect(view.shapes.first?.isView == true)
    #expect(view.shapes.first?.columns.map(\.name) == ["one", "two"])
    let renamed = try one("ALTER TABLE orders RENAME TO bills")
    #expect(renamed.dropped == [DatasetName(domain: "shop", name: "orders")])
    #expect(renamed.shapes.first?.dataset == DatasetName(domain: "shop", name: "bills"))
    let grown = try one("ALTER TABLE customers ADD COLUMN note INTEGER")
    #expect(grown.shapes.first?.columns.last == Column(name: "note", type: .integer))
  }

  @Test func `an endless CREATE TABLE AS is compiled and not run`() throws {
    let made = try one(
      "CREATE TABLE t AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c")
    #expect(made.shapes.first?.columns.map(\.name) == ["x"])
  }

  @Test(arguments: [
    ("SELECT 1;\nSELECT * FROM nosuch", AccessError.Kind.missingTable(domain: nil, name: "nosuch"), 24),
    ("SELECT * FROM stock.nosuch", .missingTable(domain: "stock", name: "nosuch"), 20),
    ("SELECT * FROM nowhere.items", .missingTable(domain: "nowhere", name: "items"), 22),
    ("SELECT items.name FROM items", .missingTable(domain: nil, name: "items"), 7),
    ("INSERT INTO nosuch VALUES (1)", .missingTable(domain: nil, name: "nosuch"), 12),
    ("SELECT id, amont FROM orders", .missingColumn(name: "amont"), 11),
    ("SELECT o.amont FROM orders o", .missingColumn(name: "o.amont"), 7),
    ("UPDATE orders SET amont = 1", .missingColumn(name: "amont"), 18),
    ("INSERT INTO daily (dya) VALUES (1)", .missingColumn(name: "dya"), 19),
    ("SELECT 1 FROM orders JOIN stock.items USING (day)", .missingColumn(name: "day"), 45),
    ("SELECT 1; SELEC 2", .syntax, 10),
    ("SELECT (1", .syntax, 9),
    ("SELECT 'open", .syntax, 7),
    ("SELECT nofunction(1)", .other, 7),
    ("SELECT sum(1, 2)", .other, 7),
    ("INSERT INTO daily VALUES (1)", .other, 0),
  ])
  func `a mistake has its kind and its place`(_ sql: String, kind: AccessError.Kind, offset: Int) throws {
    let error = #expect(throws: AccessError.self) { try FootprintCase.compiler().footprints(of: sql) }
    #expect(error?.kind == kind, "\(error?.message ?? "")")
    #expect(error?.offset == offset, "\(error?.message ?? "")")
  }

  @Test func `what is defined after a failure is there at the next try`() throws {
    let compiler = try FootprintCase.compiler()
    #expect(throws: AccessError.self) { try compiler.footprints(of: "SELECT a FROM late, far.late") }
    compiler.define(DatasetName(domain: "shop", name: "late"), columns: [Column(name: "a", type: .text)])
    compiler.define(DatasetName(domain: "far", name: "late"), columns: [Column(name: "b", type: .text)])
    #expect(try compiler.footprints(of: "SELECT a, b FROM late, far.late").first?.reads.count == 2)
    compiler.define(DatasetName(domain: "far", name: "late"), columns: [Column(name: "c", type: .text)])
    #expect(throws: AccessError.self) { try compiler.footprints(of: "SELECT a, b FROM late, far.late") }
    #expect(try compiler.footprints(of: "SELECT a, c FROM late, far.late").first?.reads.count == 2)
  }

  @Test func `a task reads from ten other domains at most, and a compiler from any number`() throws {
    let compiler = try DomainCompiler(domain: "shop")
    for index in 0..<30 {
      compiler.define(DatasetName(domain: "d\(index)", name: "t"), columns: [Column(name: "a", type: .text)])
    }
    for start in 0..<20 {
      let tables = (start..<start + 10).map { "d\($0).t" }.joined(separator: ", ")
      #expect(try compiler.footprints(of: "SELECT 1 FROM \(tables)").first?.reads.count == 10)
    }
    let tables = (0..<11).map { "d\($0).t" }.joined(separator: ", ")
    let error = #expect(throws: AccessError.self) { try compiler.footprints(of: "SELECT 1 FROM \(tables)") }
    #expect(error?.kind == .tooManyDomains)
  }
}
