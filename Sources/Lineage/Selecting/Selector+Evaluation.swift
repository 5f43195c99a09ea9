import Basics
import MeshModel

extension Selector {
  /// What may follow `stale:`, besides nothing.
  public static let staleReasons = ["code", "input"]

  /// The tasks in a state, for `status:`; nil: there is no such state.
  public typealias StatusLookup = (_ status: String) -> [Int]?
  /// The tasks of which something is stale, for `stale:`; nil: there is no such reason.
  public typealias StaleLookup = (_ reason: String) -> [Int]?

  /// The nodes that are selected, ascending; at least one.
  ///
  /// - Parameters:
  ///   - status: finds tasks by the state of their latest run; nil where no record is at hand.
  ///   - stale: finds tasks by what is stale of theirs, likewise.
  public func nodes(
    in graph: MeshGraph, status: StatusLookup? = nil, stale: StaleLookup? = nil
  ) throws(SelectorError) -> [Int] {
    var evaluation = SelectorEvaluation(graph: graph, status: status, stale: stale)
    var selected = [Bool](repeating: false, count: graph.nodes.count)
    for atoms in alternatives {
      var common = try evaluation.nodes(of: atoms[0])
      for atom in atoms.dropFirst() {
        let more = try evaluation.nodes(of: atom)
        for node in common.indices where !more[node] { common[node] = false }
      }
      for node in common.indices where common[node] { selected[node] = true }
    }
    let nodes = selected.indices.filter { selected[$0] }
    guard !nodes.isEmpty else {
      throw SelectorError(
        .notFound, "'\(text)' selects no task", column: 1, length: text.unicodeScalars.count,
        help: text.contains(",") ? "a comma keeps only what is in both; a space adds" : nil)
    }
    return nodes
  }
}

extension MeshGraph {
  /// The places of the pipelines that these nodes belong to, ascending.
  public func pipelines(of nodes: some Sequence<Int>) -> [Int] {
    Set(nodes.map { self.nodes[$0].pipeline }).sorted()
  }
}

/// Finds what single atoms select, building the graph's forms for walking it once.
private struct SelectorEvaluation {
  let graph: MeshGraph
  let status: Selector.StatusLookup?
  let stale: Selector.StaleLookup?
  private var forward: DirectedGraph?
  private var backward: DirectedGraph?

  init(graph: MeshGraph, status: Selector.StatusLookup?, stale: Selector.StaleLookup?) {
    self.graph = graph
    self.status = status
    self.stale = stale
  }

  mutating func nodes(of atom: SelectorAtom) throws(SelectorError) -> [Bool] {
    var selected = [Bool](repeating: false, count: graph.nodes.count)
    let seeds = try matches(of: atom)
    for node in seeds { selected[node] = true }
    if atom.up > 0 {
      let distances = walkable(back: true).distances(from: seeds, limit: atom.up)
      for node in distances.indices where distances[node] != nil { selected[node] = true }
    }
    if atom.down > 0 {
      // From a dataset the first step is to those who read it, not to all who read what its writer writes.
      var starts = seeds
      var steps = atom.down
      if case .dataset(let name) = atom.subject {
        starts = graph.datasets[name]?.readers ?? []
        if steps != .max { steps -= 1 }
      }
      let distances = walkable(back: false).distances(from: starts, limit: steps)
      for node in distances.indices where distances[node] != nil { selected[node] = true }
    }
    return selected
  }

  private mutating func walkable(back: Bool) -> DirectedGraph {
    if let ready = back ? backward : forward { return ready }
    let edges = graph.edges.map { back ? (from: $0.to, to: $0.from) : (from: $0.from, to: $0.to) }
    let walkable = DirectedGraph(nodeCount: graph.nodes.count, edges: edges)
    if back { backward = walkable } else { forward = walkable }
    return walkable
  }

  private func nodes(where holds: (Pipeline) -> Bool) -> [Int] {
    let chosen = graph.pipelines.map(holds)
    return graph.nodes.indices.filter { chosen[graph.nodes[$0].pipeline] }
  }

  private func matches(of atom: SelectorAtom) throws(SelectorError) -> [Int] {
    switch atom.subject {
    case .everything: return Array(graph.nodes.indices)
    case .domain(let name):
      let found = nodes { $0.name.domain == name }
      guard found.isEmpty, graph.owners[name] == nil else { return found }
      throw unknown("domain '\(name)'", name, atom, among: graph.owners.keys.sorted())
    case .owner(let owner):
      let found = nodes { graph.owners[$0.name.domain] == owner }
      guard found.isEmpty else { return found }
      throw unknown("owner '\(owner)'", owner, atom, among: Set(graph.owners.values).sorted())
    case .tag(let tag):
      let found = nodes { $0.tags.contains(tag) }
      guard found.isEmpty else { return found }
      throw unknown(
        "pipeline with tag '\(tag)'", tag, atom, among: Set(graph.pipelines.flatMap(\.tags)).sorted())
    case .status(let state):
      return try matches(status, "status", state, "state", InstanceState.allCases.map(\.rawValue), atom)
    case .stale(let reason):
      return try matches(stale, "stale", reason, "reason", Selector.staleReasons, atom)
    case .pipeline(let name):
      if let place = graph.index(of: name) { return Array(graph.nodes(of: place)) }
      throw unknown("pipeline '\(name)'", atom.text, atom, among: graph.pipelines.map(\.name.description))
    case .task(let name):
      if let place = graph.index(of: name.pipeline),
        let node = graph.nodes(of: place).first(where: { graph.nodes[$0].name == name })
      {
        return [node]
      }
      throw unknown("task '\(name)'", atom.text, atom, among: graph.nodes.map(\.name.description))
    case .dataset(let name):
      if let dataset = graph.datasets[name] { return dataset.writer.map { [$0] } ?? [] }
      throw unknown(
        "dataset '\(name)'", atom.text, atom, among: graph.datasets.keys.map(\.description).sorted())
    }
  }

  private func matches(
    _ lookup: ((String) -> [Int]?)?, _ method: String, _ word: String, _ kind: String, _ words: [String],
    _ atom: SelectorAtom
  ) throws(SelectorError) -> [Int] {
    guard let lookup else {
      throw SelectorError(
        .syntax, "'\(method):' needs the record of runs, which is not at hand here", column: atom.column,
        length: atom.length)
    }
    guard let found = lookup(word) else { throw unknown("\(kind) '\(word)'", word, atom, among: words) }
    return found.filter(graph.nodes.indices.contains)
  }

  private func unknown(
    _ what: String, _ word: String, _ atom: SelectorAtom, among names: [String]
  ) -> SelectorError {
    let near = NearestNames.find(word, among: names)
    return SelectorError(
      .notFound, "there is no \(what)", column: atom.column, length: atom.length,
      help: near.isEmpty ? nil : "did you mean \(near.map { "'\($0)'" }.joined(separator: " or "))?")
  }
}
