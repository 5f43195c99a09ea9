import Basics
import Diagnostics
import MeshModel

extension GraphDraft {
  /// Finds the reads that declarations alone tell of: those of tasks that are no SQL.
  mutating func enterDeclaredReads() {
    for node in graph.nodes.indices {
      let task = graph.declaration(of: node)
      if case .sql = task.kind { continue }
      for read in task.reads {
        reads.append(
          FoundRead(node: node, dataset: read.dataset, columns: nil, terms: read, position: read.position))
      }
    }
  }

  /// Turns reads into edges and readers, and says which datasets do not exist.
  mutating func connectReads() {
    for read in reads {
      guard let place = graph.datasets.index(forKey: read.dataset) else {
        reportUnknown(read.dataset, by: read.node, at: read.position)
        continue
      }
      let writer = graph.datasets.values[place].writer
      let isOwn = writer == read.node
      let reachesBack = read.terms.offset < 0
      if isOwn, !reachesBack { continue }
      graph.nodes[read.node].reads.append(
        MeshGraph.Read(dataset: read.dataset, columns: read.columns, terms: read.terms))
      graph.datasets.values[place].readers.append(read.node)
      guard !isOwn, let writer else { continue }
      graph.edges.append(
        MeshGraph.Edge(
          from: writer, to: read.node, via: read.dataset, position: read.position, reachesBack: reachesBack)
      )
    }
  }

  /// Adds the order that `after` and `each: {of: ...}` ask for.
  mutating func connectOrder() {
    for (place, pipeline) in graph.pipelines.enumerated() {
      let first = graph.firstNode[place]
      var numbers: [String: Int] = [:]
      for (number, task) in pipeline.tasks.enumerated() { numbers[task.name] = first + number }
      for (number, task) in pipeline.tasks.enumerated() {
        for name in task.orderedAfter {
          // Names of no task are reported where declarations are read.
          guard let from = numbers[name.value] else { continue }
          graph.edges.append(
            MeshGraph.Edge(from: from, to: first + number, via: nil, position: name.position))
        }
      }
    }
  }

  /// Puts everything in the order that the graph promises, each thing once.
  mutating func sort() {
    for node in graph.nodes.indices {
      if graph.nodes[node].writes.count > 1 { graph.nodes[node].writes.sort() }
      guard graph.nodes[node].reads.count > 1 else { continue }
      // Sorting is stable, and the first entry of a dataset is the one that has its terms.
      graph.nodes[node].reads.sort { $0.dataset < $1.dataset }
      graph.nodes[node].reads.removeRepeats { $0.dataset == $1.dataset }
    }
    for place in graph.datasets.values.indices where graph.datasets.values[place].readers.count > 1 {
      graph.datasets.values[place].readers.sortUnique()
    }
    graph.edges.sort { left, right in
      if left.from != right.from { return left.from < right.from }
      if left.to != right.to { return left.to < right.to }
      guard let leftVia = left.via, let rightVia = right.via else {
        return left.via == nil && right.via != nil
      }
      return leftVia < rightVia
    }
    graph.edges.removeRepeats { $0.from == $1.from && $0.to == $1.to && $0.via == $1.via }
  }

  /// Says that a dataset does not exist, with the likely cure.
  mutating func reportUnknown(
    _ dataset: DatasetName, by node: Int, at position: SourcePosition, length: Int? = nil
  ) {
    guard !unknownWriters.contains(dataset.domain) else {
      graph.unknownInputs[node] = dataset
      return
    }
    let length = length ?? dataset.description.count
    guard domains.contains(dataset.domain) else {
      let near = EditDistance.nearest(to: dataset.domain, among: domains.sorted())
      report(
        "unknown-domain", "there is no domain '\(dataset.domain)', so no dataset '\(dataset)'", at: position,
        length: length, help: DidYouMean.text(near.map { ["\($0).\(dataset.name)"] } ?? []))
      return
    }
    let cure = "if it comes from outside, list it under 'sources' in dags/\(dataset.domain)/domain.yaml"
    let meant = DidYouMean.text(nearest(to: dataset))
    report(
      "unknown-dataset", "no task writes '\(dataset)' and no domain lists it as a source", at: position,
      length: length, help: meant.map { "\($0) \(cure)" } ?? cure)
  }

  /// Datasets with nearly that name.
  private mutating func nearest(to dataset: DatasetName) -> [String] {
    // Each search goes over all names; a mesh with this many mistakes is not misspelled.
    guard searches < 100 else { return [] }
    searches += 1
    if sortedNames.isEmpty { sortedNames = graph.datasets.keys.map(\.description).sorted() }
    return NearestNames.find(dataset.description, among: sortedNames)
  }
}

extension Array {
  /// Keeps the first of neighbours that are the same.
  mutating func removeRepeats(_ isSame: (Element, Element) -> Bool) {
    var kept = 0
    for element in self {
      if kept > 0, isSame(self[kept - 1], element) { continue }
      self[kept] = element
      kept += 1
    }
    removeSubrange(kept...)
  }
}

extension [Int] {
  /// Ascending, each once.
  mutating func sortUnique() {
    sort()
    removeRepeats { $0 == $1 }
  }
}
