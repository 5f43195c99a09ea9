import Lineage
import MeshModel
import TestKit
import Testing

struct ColumnLineageTests {
  /// A SELECT into `a.out` and, for each of its columns, what that is made of.
  @Test(arguments: [
    ("SELECT id, x AS y FROM a.one", "id: a.one.id; y: a.one.x"),
    (
      "SELECT o.id, x + z AS sum FROM a.one o JOIN b.two t USING (id) WHERE w > 0",
      "id: a.one.id; sum: a.one.x b.two.z"
    ),
    ("SELECT count(*) AS n, max(x) * 2 AS m FROM a.one GROUP BY id", "m: a.one.x; n:"),
    ("SELECT :run AS r, 'x' AS s", "r:; s:"),
    ("SELECT * FROM a.one", "id: a.one.id; x: a.one.x"),
    (
      "SELECT t.*, x + 1 AS more FROM a.one, b.two t",
      "id: b.two.id; more: a.one.x b.two.id b.two.w b.two.z; w: b.two.w; z: b.two.z"
    ),
    ("WITH s AS (SELECT id, x FROM a.one) SELECT id, x + 1 AS y FROM s", "id: a.one.id; y: a.one.id a.one.x"),
    ("SELECT (SELECT max(z) FROM b.two) AS top FROM a.one WHERE x = 1", "top: a.one.x b.two.z"),
    ("SELECT sum(x) OVER (ORDER BY id) AS run_up FROM a.one", "run_up: a.one.id a.one.x"),
    ("SELECT value AS v FROM a.one, json_each(a.one.x)", "v: a.one.x"),
  ])
  func `a column is made of`(select: String, expected: String) throws {
    let graph = try Self.graph(
      """
          sql: "\\(select)"
          into: a.out
      """.replacing("\\(select)", with: select))
    #expect(Self.lines(graph) == expected)
  }

  @Test(arguments: [
    ("INSERT INTO a.out (q, p) SELECT id, x + 1 FROM a.one;", "p: a.one.x; q: a.one.id"),
    (
      "INSERT INTO a.out SELECT id, max(x) FROM a.one GROUP BY id ON CONFLICT (p) DO UPDATE SET q = excluded.q;",
      "p: a.one.id; q: a.one.id a.one.x a.out.p"
    ),
    ("INSERT INTO a.out VALUES (1, 2);", "p:; q:"),
    ("UPDATE a.out SET q = (SELECT max(z) FROM b.two);", "q: b.two.z"),
  ])
  func `a statement makes columns of`(statement: String, expected: String) throws {
    let graph = try Self.graph(
      """
          sql: |
            CREATE TABLE IF NOT EXISTS a.out (p INTEGER PRIMARY KEY, q);
            \(statement)
      """)
    #expect(Self.lines(graph) == expected)
  }

  @Test func `a table created from a SELECT has its columns`() throws {
    let graph = try Self.graph("    sql: CREATE TABLE a.out AS SELECT id AS k, x * 2 AS d FROM a.one\n")
    #expect(Self.lines(graph) == "d: a.one.x; k: a.one.id")
  }

  private static func graph(_ task: String) throws -> MeshGraph {
    let mesh = try WovenMesh([
      "a/domain.yaml": "domain: a\nowner: team\nsources:\n  one: {columns: {id: integer, x: real}}\n",
      "b/domain.yaml":
        "domain: b\nowner: team\nsources:\n  two: {columns: {id: integer, w: real, z: real}}\n",
      "a/p.yaml": "pipeline: p\ntasks:\n  t:\n" + task,
    ])
    try #require(mesh.diagnostics.lines == "")
    var graph = mesh.graph
    graph.columnSources = LineageBuilder.columnSources(of: graph)
    return graph
  }

  private static func lines(_ graph: MeshGraph) -> String {
    graph.columnSources.sorted { $0.key < $1.key }.map { column, sources in
      ([column.column + ":"] + sources.map(\.description)).joined(separator: " ")
    }.joined(separator: "; ")
  }
}
