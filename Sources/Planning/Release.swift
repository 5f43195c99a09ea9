import Lineage
import MeshModel

/// A checked state of the declarations that runs are made from.
///
/// A run uses one of them from its start to its end, and carries it in its context.
public final class Release: Sendable {
  public let id: ReleaseID
  public let mesh: Mesh
  public let graph: MeshGraph
  /// The place of each domain in the mesh.
  public let domainPlaces: [String: Int]

  public init(id: ReleaseID, mesh: Mesh, graph: MeshGraph) {
    self.id = id
    self.mesh = mesh
    self.graph = graph
    domainPlaces = Dictionary(
      mesh.domains.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
  }
}
