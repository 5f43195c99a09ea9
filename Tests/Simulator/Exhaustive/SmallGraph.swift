/// A directed graph without cycles of a few tasks, numbered so that whoever waits has the higher number.
struct SmallGraph: Hashable {
  let count: Int
  /// For each task its upstreams, as bits.
  let upstream: [Int]

  /// The upstreams of a task, ascending.
  func upstreams(of task: Int) -> [Int] { (0..<task).filter { upstream[task] & 1 << $0 != 0 } }

  /// Tasks that wait for another one.
  var waiting: [Int] { (0..<count).filter { upstream[$0] != 0 } }

  /// Every graph of that many tasks, one of each shape.
  static func all(of count: Int) -> [SmallGraph] {
    let pairs = (0..<count).flatMap { to in (0..<to).map { (from: $0, to: to) } }
    var seen: Set<[Int]> = []
    var graphs: [SmallGraph] = []
    for edges in 0..<(1 << pairs.count) {
      var upstream = Array(repeating: 0, count: count)
      for (place, pair) in pairs.enumerated() where edges & 1 << place != 0 {
        upstream[pair.to] |= 1 << pair.from
      }
      let graph = SmallGraph(count: count, upstream: upstream)
      if seen.insert(graph.shape).inserted { graphs.append(graph) }
    }
    return graphs
  }

  /// The same for graphs that differ in the numbers of their tasks only: the least of all ways to number
  /// them.
  private var shape: [Int] {
    Self.orders(of: count).map { order in
      var renamed = Array(repeating: 0, count: count)
      for task in 0..<count {
        for before in upstreams(of: task) { renamed[order[task]] |= 1 << order[before] }
      }
      return renamed
    }.min { $0.lexicographicallyPrecedes($1) } ?? []
  }

  private static func orders(of count: Int) -> [[Int]] {
    guard count > 0 else { return [[]] }
    return orders(of: count - 1).flatMap { shorter in
      (0...shorter.count).map { place in
        var order = shorter
        order.insert(count - 1, at: place)
        return order
      }
    }
  }
}
