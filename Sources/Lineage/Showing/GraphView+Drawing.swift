import MeshModel

extension GraphView {
  /// The language of Graphviz: a cluster for each pipeline, dashed edges for order without data.
  public var dot: String {
    var lines = ["digraph heddle {", "  rankdir=LR;", "  node [shape=box];"]
    for (number, group) in groups.enumerated() {
      lines.append("  subgraph cluster_\(number) {")
      lines.append("    label=\(Self.quoted(graph.pipelines[group.pipeline].name.description));")
      for node in group.nodes {
        let name = graph.nodes[node].name
        lines.append("    \(Self.quoted(name.description)) [label=\(Self.quoted(name.task))];")
      }
      lines.append("  }")
    }
    for edge in edges {
      let ends = [edge.from, edge.to].map { Self.quoted(graph.nodes[$0].name.description) }
      var attributes = [edge.via.map { "label=\(Self.quoted($0.description))" } ?? "style=dashed"]
      if edge.reachesBack { attributes.append("style=dotted, constraint=false") }
      lines.append("  \(ends[0]) -> \(ends[1]) [\(attributes.joined(separator: ", "))];")
    }
    lines.append("}")
    return lines.map { $0 + "\n" }.joined()
  }

  /// The language of Mermaid, for pages that draw it: dotted edges are order without data, or reach back.
  public var mermaid: String {
    var lines = ["flowchart LR"]
    for (number, group) in groups.enumerated() {
      lines.append("  subgraph p\(number)[\(Self.label(graph.pipelines[group.pipeline].name.description))]")
      for node in group.nodes { lines.append("    n\(node)[\(Self.label(graph.nodes[node].name.task))]") }
      lines.append("  end")
    }
    for edge in edges {
      let arrow = edge.via == nil || edge.reachesBack ? "-.->" : "-->"
      let label = edge.via.map { "|\(Self.label($0.description))|" } ?? ""
      lines.append("  n\(edge.from) \(arrow)\(label) n\(edge.to)")
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// Names are checked and hold nothing to escape; a drawing must not depend on that.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for character in text {
      if character == "\"" || character == "\\" { result.append("\\") }
      result.append(character)
    }
    return result + "\""
  }

  private static func label(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", "_", ".", "/", "-", " ": result.unicodeScalars.append(scalar)
      default: result += "#\(scalar.value);"
      }
    }
    return result + "\""
  }
}
