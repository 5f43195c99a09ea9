import Basics
import Testing

@testable import StatusPage

struct LayoutTests {
  private static func graph(_ nodes: Int, _ edges: Int, seed: UInt64) -> [(from: Int, to: Int)] {
    var chance = SeededGenerator(seed: seed)
    return (0..<edges).map { _ in
      let from = Int.random(in: 0..<(nodes - 1), using: &chance)
      return (from, Int.random(in: (from + 1)..<nodes, using: &chance))
    }
  }

  @Test(arguments: 1...20)
  func `every edge leads to the right, and no two boxes touch`(seed: UInt64) {
    let edges = Self.graph(60, 100, seed: seed)
    let layout = LayeredLayout(nodeCount: 60, edges: edges)
    for edge in edges { #expect(layout.ranks[edge.from] < layout.ranks[edge.to]) }
    for (_, column) in Dictionary(grouping: layout.places, by: \.x) {
      let heights = column.map(\.y).sorted()
      for (one, other) in zip(heights, heights.dropFirst()) {
        #expect(other - one >= LayeredLayout.box.height, "boxes at \(one) and \(other)")
      }
    }
    for (edge, corners) in zip(edges, layout.corners) {
      #expect(corners.first.map { $0.y == layout.places[edge.from].y } ?? false)
      #expect(corners.last.map { $0.y == layout.places[edge.to].y } ?? false)
      #expect(zip(corners, corners.dropFirst()).allSatisfy { $0.x < $1.x })
    }
  }

  @Test func `a layout is the same each time`() {
    let edges = Self.graph(80, 200, seed: 5)
    let (one, other) = (
      LayeredLayout(nodeCount: 80, edges: edges), LayeredLayout(nodeCount: 80, edges: edges)
    )
    #expect(one.places.map(\.y) == other.places.map(\.y))
  }

  @Test func `circles, loops and nothing at all are drawn too`() {
    #expect(LayeredLayout(nodeCount: 0, edges: []).places.isEmpty)
    #expect(LayeredLayout(nodeCount: 2, edges: [(0, 1), (1, 0), (0, 0)]).places.count == 2)
  }

  @Test func `a deep line has no slope`() {
    let layout = LayeredLayout(nodeCount: 500, edges: (0..<499).map { ($0, $0 + 1) })
    #expect(Set(layout.places.map(\.y)).count == 1)
  }

  @Test func `ten thousand nodes take no time`() {
    let edges = Self.graph(10_000, 18_000, seed: 1)
    #expect(LayeredLayout(nodeCount: 10_000, edges: edges).places.count == 10_000)
  }

  @Test func `tasks that are alike fold to one with their tallies`() {
    var drawing = Drawing(nodes: [.init(id: "root", label: "root", kind: "sql")], edges: [])
    for number in 0..<100 {
      let state = number == 7 ? "failed" : "success"
      drawing.nodes.append(
        .init(id: "load_\(number)", label: "load_\(number)", kind: "run", state: state, tallies: [state: 1]))
      drawing.edges.append(.init(from: 0, to: number + 1))
    }
    let folded = drawing.folded()
    #expect(folded.nodes.map(\.id) == ["root", "load_*"])
    #expect(folded.nodes.last?.count == 100)
    #expect(folded.nodes.last?.state == "failed")
    #expect(folded.nodes.last?.tallies == ["success": 99, "failed": 1])
    #expect(folded.edges.count == 1)
  }
}
