import Lineage
import MeshModel
import TestKit
import Testing

/// Which data may make a pipeline due.
struct TriggerTests {
  @Test func `what a pipeline reads of others makes it due, each dataset once with its ways of reading`() {
    let sketch = SketchedMesh(
      """
      a/p.x writes a.x
      a/p.y writes a.y
      b/q.one reads a.x a.y writes b.one
      b/q.two reads a.x@-1 b.one
      b/q.three reads a.x
      on b/q inputs
      """)
    let (graph, diagnostics) = LineageBuilder.build(sketch.mesh)
    #expect(diagnostics.lines == "")
    let inputs =
      graph.index(of: PipelineName(domain: "b", name: "q")).map { graph.triggerInputs(of: $0) } ?? []
    #expect(inputs.map(\.dataset.description) == ["a.x", "a.y"])
    #expect(inputs.map { $0.reads.map(\.terms.offset) } == [[0, -1], [0]])
    #expect(graph.triggerInputs(of: 0).isEmpty)
  }

  @Test func `a listed dataset that nobody reads is waited for as if somebody did`() {
    let sketch = SketchedMesh(
      """
      a/p.x writes a.x
      b/q.one
      on b/q any a.x
      """)
    let (graph, diagnostics) = LineageBuilder.build(sketch.mesh)
    #expect(diagnostics.lines == "")
    #expect(graph.triggerInputs(of: 1).map { $0.reads.map(\.terms.offset) } == [[0]])
  }

  @Test func `what could never make a pipeline due is told with its place and its cure`() {
    let sketch = SketchedMesh(
      """
      source a.landing
      a/p.x reads a.landing writes a.x
      on a/p inputs
      b/q.own writes b.own
      on b/q all b.own a.landing a.xx c.x a.x
      b/r.none reads a.landing
      on b/r inputs
      """)
    Snapshot.expect(LineageBuilder.build(sketch.mesh).diagnostics.lines, matches: "triggers.txt")
  }

  @Test func `pipelines that make each other due in a circle are told as the path one would walk`() {
    let sketch = SketchedMesh(
      """
      a/p.x writes a.x
      on a/p any c.z
      b/q.y reads a.x writes b.y
      on b/q inputs
      c/r.z writes c.z
      on c/r all b.y
      d/s.w reads c.z writes d.w
      on d/s inputs
      """)
    Snapshot.expect(LineageBuilder.build(sketch.mesh).diagnostics.lines, matches: "trigger-cycle.txt")
  }

  @Test func `a circle with a clock in it is none`() {
    let sketch = SketchedMesh(
      """
      a/p.x writes a.x
      on a/p any b.y
      b/q.y reads a.x writes b.y
      """)
    #expect(LineageBuilder.build(sketch.mesh).diagnostics.lines == "")
  }
}
