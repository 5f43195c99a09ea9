import Basics
import Lineage
import MeshModel
import Records

extension MeshGraph {
  /// The places of a pipeline's tasks, each after those that it waits for.
  func taskOrder(ofPipeline place: Int) -> [Int] {
    let first = firstNode[place]
    let nodes = nodes(of: place)
    let own = edges(within: place).map { (from: $0.from - first, to: $0.to - first) }
    return DirectedGraph(nodeCount: nodes.count, edges: own).topologicalOrder() ?? Array(0..<nodes.count)
  }

  /// The edges between tasks of a pipeline, those that reach back left out.
  private func edges(within place: Int) -> [Edge] {
    let nodes = nodes(of: place)
    // Edges are sorted by where they begin.
    var low = edges.startIndex
    var high = edges.endIndex
    while low < high {
      let middle = (low + high) / 2
      if edges[middle].from < nodes.lowerBound { low = middle + 1 } else { high = middle }
    }
    return edges[low...].prefix { $0.from < nodes.upperBound }
      .filter { nodes.contains($0.to) && !$0.reachesBack }
  }

  /// The tasks of a pipeline and what flows between them.
  func drawing(ofPipeline place: Int) -> Drawing {
    let first = firstNode[place]
    let nodes = nodes(of: place).map { node in
      let task = declaration(of: node)
      return Drawing.Node(id: task.name, label: task.name, kind: task.kind.word)
    }
    let edges = edges(within: place).map {
      Drawing.Edge(from: $0.from - first, to: $0.to - first, via: $0.via?.description)
    }
    return Drawing(nodes: nodes, edges: edges)
  }

  /// The datasets around one, so many steps up and down, and the tasks between them.
  func drawing(around dataset: DatasetName, up: Int, down: Int) -> Drawing? {
    guard let trace = LineageTrace(of: dataset, in: self, up: up, down: down) else { return nil }
    var names = [dataset.description]
    var places = [dataset.description: 0]
    func place(_ name: String) -> Int {
      if let known = places[name] { return known }
      names.append(name)
      places[name] = names.count - 1
      return names.count - 1
    }
    var edges: [Drawing.Edge] = []
    for link in trace.links {
      guard let to = link.to, link.from != to else { continue }
      let crosses = link.from.prefix { $0 != "." } != to.prefix { $0 != "." }
      edges.append(
        Drawing.Edge(from: place(link.from), to: place(to), via: link.task.description, crosses: crosses))
    }
    let nodes = names.map { name in
      let hasWriter = DatasetName(name).flatMap { datasets[$0] }?.writer != nil
      return Drawing.Node(id: name, label: name, kind: hasWriter ? "dataset" : "source")
    }
    return Drawing(nodes: nodes, edges: edges)
  }
}

extension RunDetail {
  /// More tasks than this are shown by what they have in common.
  static let mostNodes = 500

  /// The run's tasks, each with the worst state of its instances, and what flows between them as the graph
  /// has it now.
  func drawing(in graph: MeshGraph) -> Drawing {
    var nodes: [Drawing.Node] = []
    var places: [String: Int] = [:]
    var worst: [InstanceState] = []
    for instance in instances {
      let place = places[instance.task] ?? nodes.count
      if place == nodes.count {
        places[instance.task] = place
        nodes.append(Drawing.Node(id: instance.task, label: instance.task, kind: instance.kind, count: 0))
        worst.append(instance.state)
      }
      nodes[place].count += 1
      nodes[place].tallies[instance.state.rawValue, default: 0] += 1
      if instance.state.severity > worst[place].severity { worst[place] = instance.state }
    }
    for place in nodes.indices { nodes[place].state = worst[place].rawValue }
    var edges: [Drawing.Edge] = []
    if let pipeline = graph.index(of: run.pipeline) {
      let declared = graph.drawing(ofPipeline: pipeline)
      for edge in declared.edges {
        guard let from = places[declared.nodes[edge.from].id], let to = places[declared.nodes[edge.to].id]
        else { continue }
        edges.append(Drawing.Edge(from: from, to: to, via: edge.via))
      }
    }
    var drawing = Drawing(nodes: nodes, edges: edges)
    drawing.critical = critical(places, edges)
    return drawing
  }

  /// From the task that ended last back along those that it waited for longest.
  private func critical(_ places: [String: Int], _ edges: [Drawing.Edge]) -> [Int] {
    let never = Instant(milliseconds: .min)
    var ends = [Instant](repeating: never, count: places.count)
    for instance in instances {
      guard let place = places[instance.task], let end = instance.finishedAt, !instance.attempts.isEmpty
      else {
        continue
      }
      ends[place] = max(ends[place], end)
    }
    var above = [[Int]](repeating: [], count: places.count)
    for edge in edges { above[edge.to].append(edge.from) }
    var path: [Int] = []
    var next = ends.indices.filter { ends[$0] != never }.max { (ends[$0], $0) < (ends[$1], $1) }
    while let node = next, !path.contains(node) {
      path.append(node)
      next = above[node].filter { ends[$0] != never }.max { (ends[$0], $0) < (ends[$1], $1) }
    }
    return path.reversed()
  }
}

extension Drawing {
  /// The same with tasks that are alike drawn as one: of one kind, in one layer.
  func folded() -> Drawing {
    let ranks = LayeredLayout(nodeCount: nodes.count, edges: edges.map { ($0.from, $0.to) }).ranks
    var groups: [String: Int] = [:]
    var folded = Drawing(nodes: [], edges: [], isFolded: true)
    let places = nodes.indices.map { node -> Int in
      let stem = nodes[node].id.prefix { !$0.isNumber }
      let key = "\(ranks[node]) \(nodes[node].kind) \(stem)"
      guard let place = groups[key] else {
        groups[key] = folded.nodes.count
        folded.nodes.append(nodes[node])
        return folded.nodes.count - 1
      }
      folded.nodes[place].join(nodes[node], stem: String(stem))
      return place
    }
    var seen: Set<[Int]> = []
    for edge in edges where seen.insert([places[edge.from], places[edge.to]]).inserted {
      folded.edges.append(Edge(from: places[edge.from], to: places[edge.to], via: edge.via))
    }
    return folded
  }
}

extension Drawing.Node {
  /// Takes in a node that is drawn as one with it.
  fileprivate mutating func join(_ other: Drawing.Node, stem: String) {
    id = "\(stem)*"
    label = id
    count += other.count
    tallies.merge(other.tallies, uniquingKeysWith: +)
    let states = tallies.keys.compactMap(InstanceState.init(rawValue:))
    state = states.max { $0.severity < $1.severity }?.rawValue ?? state
  }
}
