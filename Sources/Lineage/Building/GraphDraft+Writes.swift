import Diagnostics
import MeshModel

extension GraphDraft {
  /// Enters the writers that declarations name: `writes` and `into`.
  mutating func enterDeclaredWrites() {
    for node in graph.nodes.indices {
      let task = graph.declaration(of: node)
      for write in task.writes {
        enterWrite(of: write.dataset, by: node, columns: write.columns, at: write.position)
      }
      switch task.kind {
      case .run, .wait, .approve, .trigger: break
      case .load(let load):
        graph.nodes[node].writesStore = true
        enterWrite(of: load.into.dataset, by: node, columns: load.columns, at: load.into.position)
      case .sql(let sql):
        guard let into = sql.into else { break }
        graph.nodes[node].writesStore = true
        enterWrite(of: into.dataset, by: node, columns: [], at: into.position)
      }
    }
  }

  /// Makes the task the dataset's writer, or says why it cannot be; false: it is not.
  @discardableResult
  mutating func enterWrite(
    of dataset: DatasetName, by node: Int, columns: [Column], at position: SourcePosition
  ) -> Bool {
    let name = graph.nodes[node].name
    let domain = name.pipeline.domain
    guard dataset.domain == domain else {
      report(
        "foreign-write", "'\(name)' writes '\(dataset)', which is not its domain's",
        at: position, length: dataset.description.count,
        help: "a task writes datasets of its own domain, '\(domain).\(dataset.name)' for example")
      return false
    }
    guard let known = graph.datasets[dataset] else {
      graph.datasets[dataset] = MeshGraph.Dataset(
        name: dataset, columns: columns, writer: node, position: position)
      graph.nodes[node].writes.append(dataset)
      return true
    }
    guard let writer = known.writer else {
      report(
        "written-source", "'\(name)' writes '\(dataset)', which is listed as a source", at: position,
        length: dataset.description.count,
        notes: [.init("listed as a source here", at: known.position)],
        help: "sources come from outside: take it out of 'sources', or write another dataset")
      return false
    }
    if writer == node {
      if known.columns.isEmpty { graph.datasets[dataset]?.columns = columns }
      return true
    }
    let other = graph.nodes[writer].name
    report(
      "two-writers", "'\(name)' and '\(other)' both write '\(dataset)'", at: position,
      length: dataset.description.count, notes: [.init("'\(other)' writes it here", at: known.position)],
      help: "exactly one task writes a dataset: let one of them write another, or make them one task")
    return false
  }
}
