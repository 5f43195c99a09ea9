import Basics

/// A graph to be drawn: what stands at its nodes and edges, without their places.
struct Drawing: Sendable {
  struct Node: Sendable {
    var id: String
    var label: String
    var kind: String
    /// Nil: nothing runs.
    var state: String?
    /// How many it stands for.
    var count = 1
    /// How many of them are in each state.
    var tallies: [String: Int] = [:]
  }

  struct Edge: Sendable {
    var from: Int
    var to: Int
    /// Nil: an order without data.
    var via: String?
    /// It leads from one domain to another.
    var crosses = false
  }

  var nodes: [Node]
  var edges: [Edge]
  var isFolded = false
  /// The nodes that the end of the whole waited for, in their order.
  var critical: [Int] = []

  /// Draws it: columns, which are shorter than objects.
  func write(to writer: inout JSONWriter) {
    let layout = LayeredLayout(nodeCount: nodes.count, edges: edges.map { ($0.from, $0.to) })
    writer.flag("folded", isFolded)
    writer.number("width", layout.width)
    writer.number("height", layout.height)
    writer.number("node_count", nodes.count)
    writer.member("nodes") { writer in
      writer.texts("id", nodes.lazy.map(\.id))
      writer.texts("label", nodes.lazy.map(\.label))
      writer.texts("kind", nodes.lazy.map(\.kind))
      writer.list("x", layout.places) { $0.integer($1.x) }
      writer.list("y", layout.places) { $0.integer($1.y) }
      writer.list("rank", layout.ranks) { $0.integer($1) }
      writer.list("state", nodes) { $0.string($1.state) }
      writer.list("count", nodes) { $0.integer($1.count) }
      writer.objects("tallies", nodes) { writer, node in
        for (state, count) in node.tallies.sorted(by: { $0.key < $1.key }) { writer.number(state, count) }
      }
    }
    writer.member("edges") { writer in
      writer.list("from", edges) { $0.integer($1.from) }
      writer.list("to", edges) { $0.integer($1.to) }
      writer.list("via", edges) { $0.string($1.via) }
      writer.list("cross", edges) { $0.boolean($1.crosses) }
      writer.list("points", layout.corners) { writer, corners in
        writer.array { writer in
          for corner in corners {
            writer.integer(corner.x)
            writer.integer(corner.y)
          }
        }
      }
    }
    writer.list("critical", critical) { $0.integer($1) }
  }
}
