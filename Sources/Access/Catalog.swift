import MeshModel

/// The datasets of the mesh that SQL may name, and where the stores are.
public struct Catalog: Sendable {
  /// For each domain the path of its store.
  public var stores: [String: String]
  /// For each dataset the columns that are known, and so can be read by other domains.
  public var datasets: [DatasetName: [Column]]

  public init(stores: [String: String] = [:], datasets: [DatasetName: [Column]] = [:]) {
    self.stores = stores
    self.datasets = datasets
  }
}
