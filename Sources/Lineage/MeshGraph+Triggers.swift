import Diagnostics
import MeshModel

/// A dataset whose partitions make a pipeline due, and how the pipeline reads it.
public struct TriggerInput: Sendable {
  public var dataset: DatasetName
  /// The node that writes it, of another pipeline.
  public var writer: Int
  /// One for each way in which its tasks read the dataset by partitions; where none does, as if one did.
  public var reads: [MeshGraph.Read]
}

extension MeshGraph {
  /// What makes a pipeline due, sorted by dataset; none where it is not due by data.
  ///
  /// A read that asks for freshness names no partition, so it makes nothing due by itself: the run waits for
  /// it.
  public func triggerInputs(of pipeline: Int) -> [TriggerInput] {
    guard let trigger = pipelines[pipeline].dataTrigger else { return [] }
    let reads = nodes(of: pipeline).flatMap { nodes[$0].reads }
    let names: Set<DatasetName>
    switch trigger.watched {
    case .inputs:
      let counts = reads.filter { $0.terms.freshness == nil || pipelines[pipeline].grain == nil }
      names = Set(counts.map(\.dataset))
    case .all(let named), .any(let named): names = Set(named.map(\.value))
    }
    return names.sorted().compactMap { name in
      guard let dataset = datasets[name], let writer = dataset.writer, nodes[writer].pipeline != pipeline
      else { return nil }
      var terms: [Read] = []
      for read in reads where read.dataset == name && read.terms.freshness == nil {
        if !terms.contains(where: { $0.terms.needsSame(as: read.terms) }) { terms.append(read) }
      }
      if terms.isEmpty {
        let plain = ReadDeclaration(dataset: name, position: dataset.position)
        terms = [Read(dataset: name, columns: nil, terms: plain)]
      }
      return TriggerInput(dataset: name, writer: writer, reads: terms)
    }
  }
}

extension ReadDeclaration {
  fileprivate func needsSame(as other: ReadDeclaration) -> Bool {
    window == other.window && offset == other.offset && onMissing == other.onMissing
  }
}
