import MeshModel

/// Steps from datasets to the datasets they are made of, and back.
struct DatasetWalk {
  let graph: MeshGraph

  func above(_ dataset: DatasetName) -> [TraceStep<DatasetName>] {
    guard let writer = graph.datasets[dataset]?.writer else { return [] }
    let node = graph.nodes[writer]
    return node.reads.filter { $0.dataset != dataset }.map { read in
      TraceStep(
        subject: read.dataset,
        task: graph.datasets[read.dataset]?.writer.map { graph.nodes[$0].name },
        link: .init(from: read.dataset.description, to: dataset.description, task: node.name))
    }
  }

  func below(_ dataset: DatasetName) -> [TraceStep<DatasetName>] {
    (graph.datasets[dataset]?.readers ?? []).flatMap { reader in
      let node = graph.nodes[reader]
      let from = dataset.description
      if node.writes.isEmpty {
        return [
          TraceStep<DatasetName>(task: node.name, link: .init(from: from, to: nil, task: node.name))
        ]
      }
      return node.writes.filter { $0 != dataset }.map { written in
        TraceStep(
          subject: written, task: node.name,
          link: .init(from: from, to: written.description, task: node.name))
      }
    }
  }
}

/// Steps from columns to the columns they are made of, and back.
struct ColumnWalk {
  let graph: MeshGraph
  private var uses: [MeshGraph.ColumnReference: [MeshGraph.ColumnReference]] = [:]

  init(graph: MeshGraph) {
    self.graph = graph
    for (column, sources) in graph.columnSources {
      for source in sources { uses[source, default: []].append(column) }
    }
    for source in uses.keys { uses[source]?.sort() }
  }

  func above(_ column: MeshGraph.ColumnReference) -> [TraceStep<MeshGraph.ColumnReference>] {
    (graph.columnSources[column] ?? []).filter { $0 != column }.map { source in
      TraceStep(subject: source, task: writer(of: source), link: link(from: source, to: column))
    }
  }

  func below(_ column: MeshGraph.ColumnReference) -> [TraceStep<MeshGraph.ColumnReference>] {
    (uses[column] ?? []).filter { $0 != column }.map { use in
      TraceStep(subject: use, task: writer(of: use), link: link(from: column, to: use))
    }
  }

  private func writer(of column: MeshGraph.ColumnReference) -> TaskName? {
    graph.datasets[column.dataset]?.writer.map { graph.nodes[$0].name }
  }

  private func link(
    from: MeshGraph.ColumnReference, to: MeshGraph.ColumnReference
  ) -> LineageTrace.Link? {
    writer(of: to).map { .init(from: from.description, to: to.description, task: $0) }
  }
}
