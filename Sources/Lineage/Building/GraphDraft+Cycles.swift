import Basics
import Diagnostics
import MeshModel

extension GraphDraft {
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
    guard let walk = CircularWalk(edges, from: { $0.from }) else { return }
    func name(_ edge: MeshGraph.Edge) -> String { graph.nodes[edge.from].name.description }
    let notes = walk.notes { edge in
      let to = graph.nodes[edge.to].name
      guard let dataset = edge.via else {
        return Diagnostic.Note("'\(to)' comes after '\(name(edge))'", at: edge.position)
      }
      return Diagnostic.Note("'\(to)' reads '\(dataset)', which '\(name(edge))' writes", at: edge.position)
    }
    let message =
      walk.steps.count == 1
      ? "'\(name(walk.first))' waits for itself"
      : "tasks wait for each other: \(walk.path(name))"
    report(
      "cycle", message, at: walk.first.position, notes: notes,
      help:
        "take one of these edges away; a read with 'offset: -1' takes the partition before and does not wait")
  }
}
