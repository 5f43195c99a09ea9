import Basics
import Testing

struct DirectedGraphTests {
  private func graph(_ count: Int, _ edges: [(from: Int, to: Int)]) -> DirectedGraph {
    DirectedGraph(nodeCount: count, edges: edges)
  }

  @Test func `an order puts every node after those that lead to it`() {
    #expect(graph(4, [(2, 1), (1, 0), (2, 0)]).topologicalOrder() == [2, 3, 1, 0])
    #expect(graph(2, [(0, 1), (1, 0)]).topologicalOrder() == nil)
    #expect(graph(0, []).topologicalOrder() == [])
  }

  @Test func `components are the knots and the nodes outside them`() {
    let knots = graph(6, [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 3)])
    #expect(knots.stronglyConnectedComponents() == [[3, 4], [0, 1, 2], [5]])
  }

  @Test func `the cycle told for a component is a shortest one`() {
    let edges: [(from: Int, to: Int)] = [(0, 1), (1, 2), (2, 3), (3, 0), (2, 1), (5, 5)]
    let knots = graph(6, edges)
    #expect(knots.shortestCycles().map { $0.sorted() } == [[1, 4], [5]])
    #expect(knots.shortestCycle(through: 0) == [0, 1, 2, 3])
    #expect(knots.shortestCycle(through: 0, longest: 3) == nil)
    #expect(knots.shortestCycle(through: 4) == nil)
  }

  @Test func `distances count edges and stop at the limit`() {
    let line = graph(5, [(0, 1), (1, 2), (2, 3), (0, 3)])
    #expect(line.distances(from: [0]) == [0, 1, 2, 1, nil])
    #expect(line.distances(from: [0], limit: 1) == [0, 1, nil, 1, nil])
    #expect(line.reversed().distances(from: [3]) == [1, 2, 1, 0, nil])
  }

  @Test func `a ring of a hundred thousand nodes is one component and one cycle`() {
    let count = 100_000
    let ring = graph(count, (0..<count).map { (from: $0, to: ($0 + 1) % count) })
    #expect(ring.stronglyConnectedComponents().map(\.count) == [count])
    #expect(ring.shortestCycles(budget: 1).map(\.count) == [count])
  }

  @Test func `components agree with reachability on random graphs`() {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<200 {
      let count = Int.random(in: 1...12, using: &generator)
      let edges = (0..<Int.random(in: 0...24, using: &generator)).map { _ in
        (from: Int.random(in: 0..<count, using: &generator), to: Int.random(in: 0..<count, using: &generator))
      }
      let graph = graph(count, edges)
      let reach = (0..<count).map { graph.distances(from: [$0]) }
      let expected = Set(
        (0..<count).map { node in
          (0..<count).filter { reach[node][$0] != nil && reach[$0][node] != nil }
        })
      let components = graph.stronglyConnectedComponents()
      #expect(Set(components) == expected)
      #expect(components.count == expected.count)
      let hasCycle = components.contains { $0.count > 1 } || edges.contains { $0.from == $0.to }
      #expect((graph.topologicalOrder() == nil) == hasCycle)
      #expect(graph.shortestCycles().isEmpty == !hasCycle)
    }
  }
}
