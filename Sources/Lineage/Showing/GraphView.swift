import Basics
import Diagnostics
import MeshModel

/// A part of the graph as `heddle graph` shows it: the chosen tasks and the edges between them.
public struct GraphView: Sendable {
  let graph: MeshGraph
  /// Ascending.
  let nodes: [Int]
  let edges: [MeshGraph.Edge]

  /// - Parameter nodes: the chosen ones, ascending; nil: all.
  public init(_ graph: MeshGraph, nodes chosen: [Int]? = nil) {
    self.graph = graph
    guard let chosen else {
      nodes = Array(graph.nodes.indices)
      edges = graph.edges
      return
    }
    nodes = chosen
    var isChosen = [Bool](repeating: false, count: graph.nodes.count)
    for node in chosen { isChosen[node] = true }
    edges = graph.edges.filter { isChosen[$0.from] && isChosen[$0.to] }
  }

  /// The chosen nodes by pipeline, in order.
  var groups: [(pipeline: Int, nodes: ArraySlice<Int>)] {
    var groups: [(pipeline: Int, nodes: ArraySlice<Int>)] = []
    var start = nodes.startIndex
    while start < nodes.endIndex {
      let pipeline = graph.nodes[nodes[start]].pipeline
      let end = nodes[start...].firstIndex { graph.nodes[$0].pipeline != pipeline } ?? nodes.endIndex
      groups.append((pipeline, nodes[start..<end]))
      start = end
    }
    return groups
  }

  /// Pipelines with their tasks, each with what it waits for, chosen or not, and what it writes; empty when
  /// nothing is chosen.
  public var text: String {
    var lines: [String] = []
    for group in groups {
      let pipeline = graph.pipelines[group.pipeline]
      lines.append(pipeline.name.description)
      for node in group.nodes {
        let task = graph.declaration(of: node)
        lines.append("  \(task.name)")
        for read in graph.nodes[node].reads { lines.append("    " + line(for: read, in: group.pipeline)) }
        for name in task.orderedAfter { lines.append("    after  \(name.value)") }
        for dataset in graph.nodes[node].writes { lines.append("    writes \(dataset)") }
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private func line(for read: MeshGraph.Read, in pipeline: Int) -> String {
    var origin = "outside"
    if let writer = graph.datasets[read.dataset]?.writer.map({ graph.nodes[$0] }) {
      origin = writer.pipeline == pipeline ? writer.name.task : writer.name.description
    }
    let back = read.terms.offset < 0 ? ", an earlier partition" : ""
    return "reads  \(read.dataset) from \(origin)\(back)"
  }

  /// The schema `heddle.graph/v1`.
  public var json: String {
    var writer = JSONWriter()
    writer.object { object in
      object.key("schema")
      object.string("heddle.graph/v1")
      object.key("nodes")
      object.array { list in for node in nodes { list.object { write(node, to: &$0) } } }
      object.key("edges")
      object.array { list in for edge in edges { list.object { write(edge, to: &$0) } } }
    }
    return writer.text + "\n"
  }

  private func write(_ node: Int, to object: inout JSONWriter) {
    let name = graph.nodes[node].name
    object.key("id")
    object.string(name.description)
    object.key("pipeline")
    object.string(name.pipeline.description)
    object.key("kind")
    object.string(graph.declaration(of: node).kind.word)
    object.key("reads")
    object.array { list in for read in graph.nodes[node].reads { list.string(read.dataset.description) } }
    object.key("writes")
    object.array { list in for dataset in graph.nodes[node].writes { list.string(dataset.description) } }
  }

  private func write(_ edge: MeshGraph.Edge, to object: inout JSONWriter) {
    object.key("from")
    object.string(graph.nodes[edge.from].name.description)
    object.key("to")
    object.string(graph.nodes[edge.to].name.description)
    object.key("via")
    object.string(edge.via?.description)
    if edge.reachesBack {
      object.key("reaches_back")
      object.boolean(true)
    }
  }
}

extension TaskDeclaration {
  /// The tasks of the pipeline that come before it by its own word: `after`, and `each: {of: ...}`.
  var orderedAfter: [Located<String>] {
    if case .of(let other)? = each?.source { return after + [other] }
    return after
  }
}

extension TaskKind {
  /// The key that declares it.
  public var word: String {
    switch self {
    case .run: "run"
    case .sql: "sql"
    case .load: "load"
    case .wait: "wait"
    case .approve: "approve"
    case .trigger: "trigger"
    }
  }
}
