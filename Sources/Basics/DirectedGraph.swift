/// A directed graph over the nodes `0..<nodeCount`, packed into three arrays.
///
/// All walks are loops, never recursion, so that a chain of a hundred thousand nodes needs no deep stack, and
/// all but the search for a shortest cycle take time linear in nodes and edges.
public struct DirectedGraph: Sendable {
  public let nodeCount: Int
  /// The edges of node `n` stand at `starts[n]..<starts[n + 1]`.
  private let starts: [Int]
  private let targets: [Int]
  private let numbers: [Int]

  /// Builds the graph; edges keep the order they come in, and their numbers, from 0.
  ///
  /// - Precondition: every end of an edge is within `0..<nodeCount`.
  public init(nodeCount: Int, edges: some Collection<(from: Int, to: Int)>) {
    self.nodeCount = nodeCount
    var starts = [Int](repeating: 0, count: nodeCount + 1)
    var count = 0
    for edge in edges {
      starts[edge.from + 1] += 1
      count += 1
    }
    for node in 0..<nodeCount { starts[node + 1] += starts[node] }
    var next = starts
    var targets = [Int](repeating: 0, count: count)
    var numbers = targets
    for (number, edge) in edges.enumerated() {
      precondition(edge.to >= 0 && edge.to < nodeCount, "an edge leads out of the graph")
      targets[next[edge.from]] = edge.to
      numbers[next[edge.from]] = number
      next[edge.from] += 1
    }
    self.starts = starts
    self.targets = targets
    self.numbers = numbers
  }

  public var edgeCount: Int { targets.count }

  /// The nodes that edges of `node` lead to, in the order of the edges.
  public func successors(of node: Int) -> ArraySlice<Int> { targets[starts[node]..<starts[node + 1]] }

  /// The numbers of the edges that leave `node`, in step with `successors`.
  public func edgeNumbers(from node: Int) -> ArraySlice<Int> { numbers[starts[node]..<starts[node + 1]] }

  /// The same nodes with every edge turned round; edges keep their numbers' order.
  public func reversed() -> DirectedGraph {
    var ends = [(from: Int, to: Int)](repeating: (0, 0), count: edgeCount)
    for node in 0..<nodeCount {
      for place in starts[node]..<starts[node + 1] { ends[numbers[place]] = (targets[place], node) }
    }
    return DirectedGraph(nodeCount: nodeCount, edges: ends)
  }

  /// All nodes, each after those that lead to it; nil when there is a cycle.
  ///
  /// Nodes without an order between them come in layers, ascending within the first one.
  public func topologicalOrder() -> [Int]? {
    var waiting = [Int](repeating: 0, count: nodeCount)
    for target in targets { waiting[target] += 1 }
    var order = (0..<nodeCount).filter { waiting[$0] == 0 }
    order.reserveCapacity(nodeCount)
    var taken = 0
    while taken < order.count {
      for target in successors(of: order[taken]) {
        waiting[target] -= 1
        if waiting[target] == 0 { order.append(target) }
      }
      taken += 1
    }
    return order.count == nodeCount ? order : nil
  }

  /// How many edges the shortest way from any of `seeds` to each node has; nil where none leads, or none of
  /// at most `limit` edges. Seeds are at 0.
  public func distances(from seeds: some Sequence<Int>, limit: Int = .max) -> [Int?] {
    var distances = [Int?](repeating: nil, count: nodeCount)
    var queue: [Int] = []
    for seed in seeds where distances[seed] == nil {
      distances[seed] = 0
      queue.append(seed)
    }
    var taken = 0
    while taken < queue.count {
      let node = queue[taken]
      taken += 1
      guard let distance = distances[node], distance < limit else { continue }
      for target in successors(of: node) where distances[target] == nil {
        distances[target] = distance + 1
        queue.append(target)
      }
    }
    return distances
  }
}
