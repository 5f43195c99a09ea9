import Lineage
import MeshModel

/// A checked state of the declarations that runs are made from.
public struct Release: Sendable {
  public let id: ReleaseID
  public let mesh: Mesh
  public let graph: MeshGraph

  public init(id: ReleaseID, mesh: Mesh, graph: MeshGraph) {
    self.id = id
    self.mesh = mesh
    self.graph = graph
  }
}
