import Basics
import Lineage
import MeshModel
import TestKit
import Testing

struct ShowingTests {
  static let graph: MeshGraph = LineageBuilder.build(
    SketchedMesh(
      """
      source ops.landing
      ops/flow.land reads ops.landing writes ops.raw
      ops/flow.clean reads ops.raw web.daily@-1 writes ops.flights after prepare
      ops/flow.prepare
      web/page.daily reads ops.flights ops.raw writes web.daily
      web/page.show reads web.daily
      """
    ).mesh
  ).graph

  @Test func `the graph reads as text`() {
    Snapshot.expect(GraphView(Self.graph).text, matches: "graph.txt")
  }

  @Test func `the graph is drawn by Graphviz`() {
    Snapshot.expect(GraphView(Self.graph).dot, matches: "graph.dot")
  }

  @Test func `the graph is drawn by Mermaid`() {
    Snapshot.expect(GraphView(Self.graph).mermaid, matches: "graph.mmd")
  }

  @Test func `the graph is data`() throws {
    Snapshot.expect(GraphView(Self.graph).json, matches: "graph.json")
    let value = try JSONValue(parsing: GraphView(Self.graph).json.utf8)
    #expect(value["schema"]?.string == "heddle.graph/v1")
    #expect(value["edges"]?.array?.count == Self.graph.edges.count)
  }

  @Test func `a selection shows its tasks and the edges between them alone`() throws {
    let nodes = try Selector("ops.flights ops.raw").nodes(in: Self.graph)
    let value = try JSONValue(parsing: GraphView(Self.graph, nodes: nodes).json.utf8)
    #expect(value["nodes"]?.array?.compactMap { $0["id"]?.string } == ["ops/flow.land", "ops/flow.clean"])
    #expect(value["edges"]?.array?.count == 1)
    #expect(GraphView(Self.graph, nodes: []).text == "")
  }

  private static let flights = DatasetName(domain: "ops", name: "flights")
  private static let raw = DatasetName(domain: "ops", name: "raw")

  @Test func `a dataset's lineage is two trees`() {
    let whole = LineageTrace(of: Self.raw, in: Self.graph)?.text ?? ""
    let near = LineageTrace(of: Self.flights, in: Self.graph, up: 1, down: 1)?.text ?? ""
    let none = LineageTrace(of: Self.flights, in: Self.graph, up: 0, down: 0)?.text ?? ""
    Snapshot.expect(whole + "\n" + near + "\n" + none, matches: "lineage.txt")
  }

  @Test func `a dataset's lineage is data`() {
    Snapshot.expect(LineageTrace(of: Self.raw, in: Self.graph)?.json ?? "", matches: "lineage.json")
    #expect(LineageTrace(of: DatasetName(domain: "no", name: "no"), in: Self.graph) == nil)
  }

  @Test func `a column's lineage follows what SQL tells`() {
    var graph = MeshGraph()
    graph.datasets = Self.graph.datasets
    graph.nodes = Self.graph.nodes
    let daily = DatasetName(domain: "web", name: "daily")
    for name in [Self.flights, Self.raw, daily] {
      graph.datasets[name]?.columns = [Column(name: "day", type: .date), Column(name: "delay", type: .real)]
    }
    graph.columnSources = [
      .init(dataset: Self.flights, column: "delay"): [
        .init(dataset: Self.raw, column: "day"), .init(dataset: Self.raw, column: "delay"),
      ],
      .init(dataset: daily, column: "delay"): [.init(dataset: Self.flights, column: "delay")],
    ]
    let trace = LineageTrace(of: .init(dataset: Self.flights, column: "delay"), in: graph)
    Snapshot.expect(trace?.text ?? "", matches: "column.txt")
    #expect(LineageTrace(of: .init(dataset: Self.flights, column: "no"), in: graph) == nil)
  }

  @Test func `a branch that is met twice goes on where it is nearest`() {
    let graph = LineageBuilder.build(
      SketchedMesh(
        """
        a/p.top writes a.top
        a/p.left reads a.top writes a.left
        a/p.mid reads a.left writes a.mid
        a/p.end reads a.mid a.top a.left writes a.end
        """
      ).mesh
    ).graph
    let trace = LineageTrace(of: DatasetName(domain: "a", name: "end"), in: graph, up: 2, down: 0)
    #expect(
      trace?.text == """
        a.end  by a/p.end
        up
          a.left  by a/p.left
            a.top  by a/p.top  (shown elsewhere)
          a.mid  by a/p.mid
            a.left  by a/p.left  (shown elsewhere)
          a.top  by a/p.top
        down
          (not asked for)

        """)
  }

  @Test func `the trace of a long chain does not overflow`() {
    let graph = LineageBuilder.build(LargeMeshTests.mesh(.chain, tasks: 20_000)).graph
    let trace = LineageTrace(of: DatasetName(domain: "d", name: "x19999"), in: graph)
    #expect(trace?.up.count == 19_999)
    #expect(trace?.text.isEmpty == false)
  }
}
