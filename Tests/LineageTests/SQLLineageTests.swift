import Diagnostics
import Lineage
import MeshModel
import TestKit
import Testing

struct SQLLineageTests {
  @Test func `the demonstration mesh is found whole by its SQL`() {
    let mesh = WovenMesh(root: PackageRoot.path)
    #expect(mesh.diagnostics.lines == "")
    Snapshot.expect(GraphView(mesh.graph).text, matches: "demonstration.txt")
  }

  @Test func `a chain of SQL across domains is compiled in the order its columns become known`() throws {
    let mesh = try WovenMesh([
      "a/domain.yaml": "domain: a\nowner: team\nsources:\n  raw: {columns: {id: integer, name: text}}\n",
      "a/last.yaml": """
      pipeline: last
      tasks:
        end:
          sql: SELECT total, label FROM c.mid JOIN b.first USING (id)
          into: a.end
      """,
      "b/flow.yaml": """
      pipeline: flow
      tasks:
        first:
          sql: SELECT id, upper(name) AS label FROM a.raw
          into: b.first
      """,
      "c/flow.yaml": """
      pipeline: flow
      tasks:
        mid:
          sql: SELECT id, count(*) AS total FROM b.first GROUP BY id
          into: c.mid
      """,
    ])
    #expect(mesh.diagnostics.lines == "")
    #expect(
      mesh.graph.edgeLines == [
        "b/flow.first -> a/last.end by b.first", "b/flow.first -> c/flow.mid by b.first",
        "c/flow.mid -> a/last.end by c.mid",
      ])
    #expect(mesh.reads("a/last.end") == "b.first(id, label) c.mid(id, total)")
    let columns = mesh.graph.datasets[DatasetName(domain: "b", name: "first")]?.columns
    #expect(columns == [Column(name: "id", type: .integer), Column(name: "label", type: .any)])
  }

  @Test func `when, each and computed values are reads`() throws {
    let mesh = try WovenMesh([
      "a/domain.yaml": """
      domain: a
      owner: team
      sources:
        one: {columns: {x: text}}
        two: {columns: {y: text}}
        three: {columns: {z: text}}
        four: {columns: {w: text}}
        five: {columns: {v: text}}
      """,
      "a/p.yaml": """
      pipeline: p
      tasks:
        t:
          run: [echo, {sql: SELECT max(w) FROM a.four}]
          when: "(SELECT count(*) FROM a.one WHERE x > '') > 0 -- enough"
          each: {sql: SELECT y FROM a.two}
          env: {MODE: {sql: SELECT min(z) FROM a.three}}
        u:
          load: {file: {sql: SELECT v FROM a.five LIMIT 1}}
          columns: {n: integer}
          into: a.loaded
      """,
    ])
    #expect(mesh.diagnostics.lines == "")
    #expect(mesh.reads("a/p.t") == "a.four(w) a.one(x) a.three(z) a.two(y)")
    #expect(mesh.reads("a/p.u") == "a.five(v)")
    #expect(mesh.graph.nodes.map(\.writesStore) == [false, true])
  }

  @Test func `statements write what they create, and another task reads its columns`() throws {
    let mesh = try WovenMesh([
      "a/domain.yaml": "domain: a\nowner: team\nsources:\n  raw: {columns: {id: integer, name: text}}\n",
      "a/p.yaml": """
      pipeline: p
      tasks:
        reader:
          sql: SELECT id, name FROM a.dim
          into: a.copy
        writer:
          sql: |
            CREATE TABLE IF NOT EXISTS a.dim (id INTEGER PRIMARY KEY, name TEXT);
            INSERT INTO a.dim SELECT id, name FROM a.raw WHERE true
              ON CONFLICT (id) DO UPDATE SET name = excluded.name;
        check:
          sql: SELECT count(*) FROM a.copy WHERE id IS NULL
      """,
    ])
    #expect(mesh.diagnostics.lines == "")
    #expect(
      mesh.graph.edgeLines == ["a/p.reader -> a/p.check by a.copy", "a/p.writer -> a/p.reader by a.dim"])
    #expect(mesh.graph.nodes.map { $0.writes.map(\.description) } == [["a.copy"], ["a.dim"], []])
    #expect(mesh.graph.nodes.map(\.writesStore) == [true, true, false])
  }

  @Test func `a name that only looks like a dataset makes nothing wait`() throws {
    // The table expression `x` of one task has the name of what the other writes, and the other way round.
    let mesh = try WovenMesh([
      "a/p.yaml": """
      pipeline: p
      tasks:
        one:
          sql: WITH y AS (SELECT 1 AS n) SELECT n FROM y
          into: a.x
        two:
          sql: WITH x AS (SELECT 2 AS m) SELECT m FROM x
          into: a.y
        three:
          sql: SELECT n, m FROM a.x, a.y
          into: a.z
      """
    ])
    #expect(mesh.diagnostics.lines == "")
    #expect(mesh.graph.edgeLines == ["a/p.one -> a/p.three by a.x", "a/p.two -> a/p.three by a.y"])
  }

  @Test func `every mistake of SQL is said at its line, once, with its cure`() throws {
    let mesh = try WovenMesh(Self.mistakes)
    Snapshot.expect(mesh.diagnostics.lines, matches: "sql_mistakes.txt")
  }

  @Test func `a statement may read from ten other domains and no more`() throws {
    let names = "abcdefghijkl".map(String.init)
    var files: [String: String] = [:]
    for name in names {
      files["\(name)/p.yaml"] = "pipeline: p\ntasks:\n  t: {sql: SELECT 1 AS x, into: \(name).t}\n"
    }
    func select(_ count: Int) -> String {
      "SELECT a.t.x FROM a.t" + names[1...count].map { " JOIN \($0).t USING (x)" }.joined()
    }
    files["a/ten.yaml"] = "pipeline: ten\ntasks:\n  t: {sql: \(select(10)), into: a.ten}\n"
    files["a/more.yaml"] = "pipeline: more\ntasks:\n  t: {sql: \(select(11)), into: a.more}\n"
    let mesh = try WovenMesh(files)
    #expect(mesh.diagnostics.map(\.code) == ["too-many-domains"])
    // The own dataset and ten others; of what is refused, still the names that stand there.
    #expect(mesh.graph.edges.count == 11 + 12)
  }

  @Test func `bound values are checked by name`() throws {
    let mesh = try WovenMesh([
      "mesh.yaml": "values: {region: emea}\n",
      "a/p.yaml": """
      pipeline: p
      partition: daily
      params:
        limit_to: {type: integer, default: 3}
      tasks:
        first:
          run: "true"
        other:
          run: "true"
        right:
          sql: SELECT :partition AS a, :limit_to AS b, :region AS c, json_extract(:first, '$.rows') AS d
          into: a.right
          after: [first]
        wrong:
          sql: |
            SELECT :partitoin AS a, :other AS b, ?1 AS c, :each AS d, @x AS e,
                   :wrong AS f, :nothing_like_it AS g, ':quoted' AS h -- :comment
          into: a.wrong
        fan:
          sql: SELECT :each AS a
          into: a.fan
          each: {sql: "SELECT :each"}
      """,
    ])
    Snapshot.expect(mesh.diagnostics.lines, matches: "parameters.txt")
  }

  @Test func `columns that follow from themselves are told as such`() throws {
    let mesh = try WovenMesh([
      "a/p.yaml": """
      pipeline: p
      partition: daily
      tasks:
        one:
          sql: SELECT y FROM a.two
          into: a.one
          reads: {a.two: {offset: -1}}
        two:
          sql: SELECT y FROM a.one
          into: a.two
        own:
          sql: SELECT n + 1 AS n FROM a.own
          into: a.own
      """,
      "b/p.yaml": """
      pipeline: p
      tasks:
        one: {sql: SELECT x FROM b.two, into: b.one}
        two: {sql: SELECT x FROM b.one, into: b.two}
        three: {sql: SELECT x FROM b.two, into: b.three}
      """,
    ])
    Snapshot.expect(mesh.diagnostics.lines, matches: "circular.txt")
    #expect(mesh.broken == ["a/p", "b/p"])
  }

  static let mistakes: [String: String] = [
    "ops/domain.yaml": """
    domain: ops
    owner: team
    sources:
      bare:
      raw: {columns: {id: integer, delay: real}}
    """,
    "ops/p.yaml": """
    pipeline: p
    tasks:
      land:
        load: {file: a.csv}
        columns: {id: integer, day: text}
        into: ops.landed
        mode: merge
        key: idd
      shell:
        run: "true"
        writes: ops.report
      syntax:
        sql: SELEC 1
      column:
        sql: |
          -- a comment
          SELECT id,
                 dely
            FROM ops.raw
        into: ops.a
      table:
        sql: SELECT * FROM ops.rwa
        into: ops.b
      unqualified:
        sql: SELECT * FROM nowhere
        into: ops.c
      bare:
        sql: SELECT * FROM ops.bare, ops.report
        into: ops.d
      reported:
        sql: SELECT * FROM ops.report
        into: ops.e
      cascade:
        sql: SELECT x FROM ops.d JOIN web.page
        into: ops.f
      several:
        sql: SELECT 1 AS x; SELECT 2 AS y
        into: ops.g
      no_select:
        sql: DELETE FROM ops.landed
        into: ops.h
      unnamed:
        sql: SELECT count(*), id, id FROM ops.raw
        into: ops.i
      forbidden:
        sql: ATTACH 'x.db' AS x
      foreign:
        sql: INSERT INTO web.good VALUES (1)
      second:
        sql: INSERT INTO ops.landed VALUES (1, 'x')
      empty:
        sql: "-- nothing"
      wide:
        run: "true"
        when: SELECT 1, 2
      idle:
        sql: SELECT 1
        reads: [ops.raw, ops.none]
      elsewhere:
        sql: SELECT * FROM wbe.page
    """,
    "web/p.yaml": """
    pipeline: p
    tasks:
      page:
        sql: page.sql
        into: web.page
        mode: merge
        key: nr
      good:
        sql: SELECT 1 AS id
        into: web.good
        mode: merge
        key: nr
    """,
    "web/page.sql": "SELECT id,\n       dely AS d\n  FROM ops.raw -- é\n WHERE 'é' = delayy\n",
  ]
}
