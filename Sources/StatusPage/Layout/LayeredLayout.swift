import Basics

/// Places for the nodes of a graph, in layers from left to right, so that few edges cross.
///
/// Layers are longest paths; edges over several layers get a place in each of them, so that they lead around
/// nodes. Then come sweeps that put each node near the middle of its neighbours, first in their order and
/// then in their places. The time grows with the number of nodes and edges.
struct LayeredLayout: Sendable {
  /// The box of a node and the room around it, in pixels.
  static let box = (width: 160, height: 40)
  static let step = (x: 220, y: 60)
  /// Longer edges run straight.
  static let longestBent = 8
  private static let orderSweeps = 6
  private static let placeSweeps = 8

  /// The layer of each node.
  private(set) var ranks: [Int]
  /// The middle of each node.
  private(set) var places: [(x: Int, y: Int)]
  /// For each edge its corners, from box to box.
  private(set) var corners: [[(x: Int, y: Int)]]
  private(set) var width = 0
  private(set) var height = 0

  /// - Parameter edges: those that would close a circle are drawn, and place nothing.
  init(nodeCount: Int, edges: [(from: Int, to: Int)]) {
    var ordering = edges.indices.filter { edges[$0].from != edges[$0].to }
    var graph = DirectedGraph(nodeCount: nodeCount, edges: ordering.map { edges[$0] })
    var order = graph.topologicalOrder()
    if order == nil {
      ordering = ordering.filter { edges[$0].from < edges[$0].to }
      graph = DirectedGraph(nodeCount: nodeCount, edges: ordering.map { edges[$0] })
      order = Array(0..<nodeCount)
    }
    ranks = [Int](repeating: 0, count: nodeCount)
    for node in order ?? [] {
      for next in graph.successors(of: node) { ranks[next] = max(ranks[next], ranks[node] + 1) }
    }
    var chart = LayerChart(ranks: ranks)
    var chains: [Int: [Int]] = [:]
    for number in ordering { chains[number] = chart.connect(edges[number], longest: Self.longestBent) }
    for sweep in 0..<Self.orderSweeps { chart.reorder(downward: sweep % 2 == 0) }
    chart.spread()
    for sweep in 0..<Self.placeSweeps { chart.relax(downward: sweep % 2 == 0) }
    chart.settle()
    let points = chart.points
    places = Array(points.prefix(nodeCount))
    corners = edges.indices.map { number in
      let edge = edges[number]
      let half = Self.box.width / 2
      let inner = (chains[number] ?? []).map { points[$0] }
      let (start, end) = (points[edge.from], points[edge.to])
      return [(start.x + half, start.y)] + inner + [(end.x - half, end.y)]
    }
    width = (places.map(\.x).max() ?? 0) + Self.step.x / 2
    height = (points.map(\.y).max() ?? 0) + Self.step.y / 2
  }
}

/// The layers of a layout while it is made; bends of edges are nodes too.
private struct LayerChart {
  private var ranks: [Int]
  private var layers: [[Int]]
  private var above: [[Int]]
  private var below: [[Int]]
  /// The place of each node in its layer, and then its height.
  private var position: [Double]

  init(ranks: [Int]) {
    self.ranks = ranks
    layers = [[Int]](repeating: [], count: (ranks.max() ?? -1) + 1)
    above = [[Int]](repeating: [], count: ranks.count)
    below = above
    position = [Double](repeating: 0, count: ranks.count)
    for (node, rank) in ranks.enumerated() { add(node, to: rank) }
  }

  private mutating func add(_ node: Int, to rank: Int) {
    position[node] = Double(layers[rank].count)
    layers[rank].append(node)
  }

  /// Joins two nodes, with a bend in each layer between them; the bends.
  mutating func connect(_ edge: (from: Int, to: Int), longest: Int) -> [Int] {
    let span = ranks[edge.to] - ranks[edge.from]
    guard span > 1, span <= longest else {
      if span > 0 { join(edge.from, edge.to) }
      return []
    }
    var bends: [Int] = []
    var last = edge.from
    for rank in (ranks[edge.from] + 1)..<ranks[edge.to] {
      let bend = ranks.count
      ranks.append(rank)
      above.append([])
      below.append([])
      position.append(0)
      add(bend, to: rank)
      join(last, bend)
      bends.append(bend)
      last = bend
    }
    join(last, edge.to)
    return bends
  }

  private mutating func join(_ from: Int, _ to: Int) {
    below[from].append(to)
    above[to].append(from)
  }

  /// Orders each layer by the middle of its neighbours in the layer before.
  mutating func reorder(downward: Bool) {
    for layer in downward ? Array(layers.indices) : layers.indices.reversed() {
      let wanted = layers[layer].map { (node: $0, middle: middle(of: $0, downward)) }
      // Sorting is stable by the second key, so nodes without neighbours keep their place among equals.
      let sorted = wanted.sorted { ($0.middle, position[$0.node]) < ($1.middle, position[$1.node]) }
      layers[layer] = sorted.map(\.node)
      for (place, node) in layers[layer].enumerated() { position[node] = Double(place) }
    }
  }

  private func middle(of node: Int, _ downward: Bool) -> Double {
    let neighbours = downward ? above[node] : below[node]
    guard !neighbours.isEmpty else { return position[node] }
    return neighbours.reduce(0) { $0 + position[$1] } / Double(neighbours.count)
  }

  /// Puts the middle of each layer on one line.
  mutating func spread() {
    let most = layers.map(\.count).max() ?? 0
    for layer in layers {
      let offset = Double(most - layer.count) / 2
      for (place, node) in layer.enumerated() { position[node] = offset + Double(place) }
    }
  }

  /// Moves each node toward the middle of its neighbours, as far as those beside it leave room: once from
  /// either side, and half-way between the two.
  mutating func relax(downward: Bool) {
    for layer in downward ? layers : layers.reversed() {
      let wanted = layer.map { middle(of: $0, downward) }
      var low = wanted
      var high = wanted
      for place in layer.indices.dropFirst() { low[place] = max(low[place], low[place - 1] + 1) }
      for place in layer.indices.dropLast().reversed() { high[place] = min(high[place], high[place + 1] - 1) }
      for (place, node) in layer.enumerated() { position[node] = (low[place] + high[place]) / 2 }
    }
  }

  /// Lets the picture begin at the top.
  mutating func settle() {
    let top = position.min() ?? 0
    for node in position.indices { position[node] -= top }
  }

  var points: [(x: Int, y: Int)] {
    ranks.indices.map { node in
      let step = LayeredLayout.step
      let y = position[node] * Double(step.y)
      return (ranks[node] * step.x + step.x / 2, Int(y.rounded()) + step.y / 2)
    }
  }
}
