import Basics
import Diagnostics
import MeshModel

extension GraphDraft {
  /// How many tasks of a cycle are named before the rest is only counted.
  private static let shown = 12

  /// Says which tasks wait for each other, one shortest cycle for each knot of them.
  mutating func reportCycles() {
    let ordering = graph.edges.indices.filter { !graph.edges[$0].reachesBack }
    let tasks = DirectedGraph(
      nodeCount: graph.nodes.count,
      edges: ordering.map { (from: graph.edges[$0].from, to: graph.edges[$0].to) })
    // Most meshes have none, and this costs less than looking for the cycles themselves.
    guard tasks.topologicalOrder() == nil else { return }
    for cycle in tasks.shortestCycles() { report(cycle: cycle.map { graph.edges[ordering[$0]] }) }
  }

  private mutating func report(cycle edges: [MeshGraph.Edge]) {
    guard let start = edges.indices.min(by: { edges[$0].from < edges[$1].from }) else { return }
    let walk = Array(edges[start...] + edges[..<start])
    var names = walk.prefix(Self.shown).map { graph.nodes[$0.from].name.description }
    if walk.count > Self.shown { names.append("(\(walk.count - Self.shown) more)") }
    names.append(graph.nodes[walk[0].from].name.description)
    var notes = walk.prefix(Self.shown).map { edge in
      let from = graph.nodes[edge.from].name
      let to = graph.nodes[edge.to].name
      guard let dataset = edge.via else {
        return Diagnostic.Note("'\(to)' comes after '\(from)'", at: edge.position)
      }
      return Diagnostic.Note("'\(to)' reads '\(dataset)', which '\(from)' writes", at: edge.position)
    }
    if walk.count > Self.shown { notes.append(.init("and \(walk.count - Self.shown) more")) }
    let message =
      walk.count == 1
      ? "'\(names[0])' waits for itself"
      : "tasks wait for each other: \(names.joined(separator: " -> "))"
    report(
      "cycle", message, at: walk[0].position, notes: notes,
      help:
        "take one of these edges away; a read with 'offset: -1' takes the partition before and does not wait")
  }
}
