import Diagnostics
import Lineage
import MeshModel
import TestKit
import Testing

struct LineageBuilderTests {
  @Test func `an edge leads from the writer of a dataset to each of its readers, across pipelines`() {
    let sketch = SketchedMesh(
      """
      source ops.landing
      ops/flow.land reads ops.landing writes ops.raw
      ops/flow.clean reads ops.raw writes ops.flights
      ops/report.daily reads ops.flights ops.raw
      web/page.show reads ops.flights after prepare
      web/page.prepare
      """)
    let (graph, diagnostics) = LineageBuilder.build(sketch.mesh)
    #expect(diagnostics.lines == "")
    #expect(
      graph.edgeLines == [
        "ops/flow.land -> ops/flow.clean by ops.raw",
        "ops/flow.land -> ops/report.daily by ops.raw",
        "ops/flow.clean -> ops/report.daily by ops.flights",
        "ops/flow.clean -> web/page.show by ops.flights",
        "web/page.prepare -> web/page.show",
      ])
    #expect(graph.datasets[DatasetName(domain: "ops", name: "raw")]?.readers == [1, 2])
    #expect(graph.datasets[DatasetName(domain: "ops", name: "landing")]?.writer == nil)
  }

  @Test func `a read of an earlier partition is an edge that reaches back and makes no cycle`() {
    let sketch = SketchedMesh(
      """
      a/p.x reads a.y@-1 writes a.x
      a/p.y reads a.x writes a.y
      """)
    let (graph, diagnostics) = LineageBuilder.build(sketch.mesh)
    #expect(diagnostics.lines == "")
    #expect(graph.edgeLines == ["a/p.x -> a/p.y by a.x", "a/p.y -> a/p.x by a.y (back)"])
  }

  @Test func `what a task writes itself is no edge, but its earlier partitions are a read`() {
    let sketch = SketchedMesh(
      """
      a/p.x reads a.x writes a.x
      a/p.y reads a.y@-1 writes a.y
      """)
    let (graph, diagnostics) = LineageBuilder.build(sketch.mesh)
    #expect(diagnostics.lines == "")
    #expect(graph.edges.isEmpty)
    #expect(graph.nodes.map(\.reads.count) == [0, 1])
  }

  @Test func `pipelines may wait for each other as long as their tasks do not`() {
    let sketch = SketchedMesh(
      """
      a/p.one writes a.one
      a/p.three reads b.two
      b/q.two reads a.one writes b.two
      """)
    #expect(LineageBuilder.build(sketch.mesh).diagnostics.lines == "")
  }

  @Test func `every mistake of a mesh is said once, with its place and its cure`() {
    let sketch = SketchedMesh(
      """
      source ops.landing
      ops/flow.land writes ops.landing
      ops/flow.clean writes ops.flights web.pages
      ops/other.clean writes ops.flights
      ops/other.report reads ops.flihgts wep.pages after lnad
      web/page.show writes web.pages
      """)
    Snapshot.expect(LineageBuilder.build(sketch.mesh).diagnostics.lines, matches: "mistakes.txt")
  }

  @Test func `a cycle over three domains prints as the path one would walk`() {
    let sketch = SketchedMesh(
      """
      fleet/planes.load reads weather.stations writes fleet.planes
      ops/flights.clean reads fleet.planes writes ops.raw
      ops/flights.land writes ops.flights after clean
      weather/hourly.observe reads ops.flights writes weather.stations
      weather/hourly.aside reads weather.stations writes weather.aside
      """)
    Snapshot.expect(LineageBuilder.build(sketch.mesh).diagnostics.lines, matches: "cycle.txt")
  }

  @Test func `each knot of tasks is told once, by a shortest cycle in it`() {
    let sketch = SketchedMesh(
      """
      a/p.a1 reads a.a3 a.a2 writes a.a1
      a/p.a2 reads a.a1 writes a.a2
      a/p.a3 reads a.a2 writes a.a3
      a/p.self after self
      """)
    let lines = LineageBuilder.build(sketch.mesh).diagnostics.map(\.message)
    #expect(
      lines == ["tasks wait for each other: a/p.a1 -> a/p.a2 -> a/p.a1", "'a/p.self' waits for itself"])
  }
}
