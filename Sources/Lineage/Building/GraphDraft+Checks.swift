import Basics
import Diagnostics
import MeshModel

extension GraphDraft {
  /// Says where a target names columns that its rows do not have; false: it does.
  mutating func check(_ target: Target, columns: [Column]) -> Bool {
    let names = Set(columns.map(\.name))
    var isRight = true
    for (key, wanted) in [("partition_by", target.partitionBy), ("key", target.key)] {
      for name in wanted where !names.contains(name) {
        let near = EditDistance.nearest(to: name, among: columns.map(\.name))
        report(
          "unknown-column",
          "'\(key)' names '\(name)', which is no column of what goes into '\(target.dataset)'",
          at: target.position, length: target.dataset.description.count,
          help: DidYouMean.text(near.map { [$0] } ?? []))
        isRight = false
      }
    }
    return isRight
  }

  /// Checks the targets of loads, whose columns are declared.
  mutating func checkLoads() {
    for node in graph.nodes.indices {
      guard case .load(let load) = graph.declaration(of: node).kind, !load.columns.isEmpty else { continue }
      _ = check(load.into, columns: load.columns)
    }
  }

  /// The names of a domain's datasets.
  func names(in domain: String) -> [String] {
    graph.datasets.keys.filter { $0.domain == domain }.map(\.name).sorted()
  }
}
