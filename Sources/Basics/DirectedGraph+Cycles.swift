extension DirectedGraph {
  /// The largest sets of nodes in which each can be reached from each, ascending inside, the sets in an order
  /// in which edges between them lead backwards. A node on no cycle is a set of its own.
  public func stronglyConnectedComponents() -> [[Int]] {
    var search = ComponentSearch(nodeCount: nodeCount)
    for root in 0..<nodeCount where search.order[root] == 0 {
      search.enter(root)
      while let frame = search.path.last {
        let next = successors(of: frame.node)
        if frame.next < next.count {
          search.follow(to: next[next.startIndex + frame.next])
        } else {
          search.leave(frame.node)
        }
      }
    }
    return search.components
  }

  /// The edges, by number, of a shortest cycle that goes through `node`, beginning with the one that leaves
  /// it.
  ///
  /// - Parameters:
  ///   - allowed: only nodes for which this holds are gone through.
  ///   - longest: cycles of more edges are not looked for.
  public func shortestCycle(
    through node: Int, longest: Int = .max, allowed: (Int) -> Bool = { _ in true }
  ) -> [Int]? {
    var search = CycleSearch(start: node)
    return search.run(in: self, longest: longest, allowed: allowed)
  }

  /// For every component that holds a cycle, the edges of a shortest one.
  ///
  /// The search through a component begins at each of its nodes in turn, which is quadratic; after `budget`
  /// steps in all, the shortest cycle found so far is good enough. Each component is begun at once.
  public func shortestCycles(budget: Int = 4_000_000) -> [[Int]] {
    var component = [Int](repeating: 0, count: nodeCount)
    let components = stronglyConnectedComponents()
    for (number, nodes) in components.enumerated() { for node in nodes { component[node] = number } }
    var steps = 0
    var cycles: [[Int]] = []
    for (number, nodes) in components.enumerated() {
      if nodes.count == 1, !successors(of: nodes[0]).contains(nodes[0]) { continue }
      var best: [Int]?
      for node in nodes {
        if let best, steps > budget || best.count == 1 { break }
        var search = CycleSearch(start: node)
        let longest = best.map { $0.count - 1 } ?? .max
        if let cycle = search.run(in: self, longest: longest, allowed: { component[$0] == number }) {
          best = cycle
        }
        steps += search.steps
      }
      if let best { cycles.append(best) }
    }
    return cycles
  }
}

/// Tarjan's algorithm with its stack of calls held in an array.
private struct ComponentSearch {
  /// When each node was entered, from 1; 0: not yet.
  var order: [Int]
  /// The earliest node still open that each node was seen to reach.
  var lowest: [Int]
  var isOpen: [Bool]
  var open: [Int] = []
  var path: [(node: Int, next: Int)] = []
  var entered = 0
  var components: [[Int]] = []

  init(nodeCount: Int) {
    order = [Int](repeating: 0, count: nodeCount)
    lowest = order
    isOpen = [Bool](repeating: false, count: nodeCount)
  }

  mutating func enter(_ node: Int) {
    entered += 1
    order[node] = entered
    lowest[node] = entered
    isOpen[node] = true
    open.append(node)
    path.append((node, 0))
  }

  mutating func follow(to target: Int) {
    let place = path.count - 1
    let node = path[place].node
    path[place].next += 1
    if order[target] == 0 {
      enter(target)
    } else if isOpen[target] {
      lowest[node] = min(lowest[node], order[target])
    }
  }

  mutating func leave(_ node: Int) {
    path.removeLast()
    if let parent = path.last?.node { lowest[parent] = min(lowest[parent], lowest[node]) }
    guard lowest[node] == order[node] else { return }
    var component: [Int] = []
    while let member = open.popLast() {
      isOpen[member] = false
      component.append(member)
      if member == node { break }
    }
    components.append(component.sorted())
  }
}

/// Goes out from a node in widening rings until an edge leads back to it.
private struct CycleSearch {
  let start: Int
  /// For each node reached the edge that led to it, and where that came from.
  var cameBy: [Int: (edge: Int, from: Int)] = [:]
  var steps = 0

  init(start: Int) { self.start = start }

  mutating func run(in graph: DirectedGraph, longest: Int, allowed: (Int) -> Bool) -> [Int]? {
    var ring = [start]
    var length = 0
    while !ring.isEmpty, length < longest {
      length += 1
      var next: [Int] = []
      for node in ring {
        for (target, edge) in zip(graph.successors(of: node), graph.edgeNumbers(from: node)) {
          steps += 1
          if target == start { return way(back: node) + [edge] }
          if cameBy[target] == nil, allowed(target) {
            cameBy[target] = (edge, node)
            next.append(target)
          }
        }
      }
      ring = next
    }
    return nil
  }

  private func way(back node: Int) -> [Int] {
    var edges: [Int] = []
    var node = node
    while node != start, let step = cameBy[node] {
      edges.append(step.edge)
      node = step.from
    }
    return edges.reversed()
  }
}
