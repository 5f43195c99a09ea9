import Access
import MeshModel

/// A domain's compiler, and which datasets it knows already.
final class DomainStation {
  private let compiler: DomainCompiler
  private var defined: Set<DatasetName> = []

  init(domain: String) throws(AccessError) { compiler = try DomainCompiler(domain: domain) }

  /// Makes a dataset known, the first time it is named.
  func define(_ dataset: DatasetName, columns: [Column]) {
    if defined.insert(dataset).inserted { compiler.define(dataset, columns: columns) }
  }

  func footprints(of script: String) throws(AccessError) -> [StatementFootprint] {
    try compiler.footprints(of: script)
  }
}
