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
  /// Pipelines that must not run, by their place in the graph: their schedules stand still.
  public let broken: Set<Int>
  /// For each node of the graph what its task means, in a few letters; empty where nobody worked it out.
  public let codes: [String]
  /// Every file could be read: a pipeline that is not there was taken away.
  public let isWhole: Bool

  public init(
    id: ReleaseID, mesh: Mesh, graph: MeshGraph, broken: Set<Int> = [], isWhole: Bool = true,
    codes: [String] = []
  ) {
    self.id = id
    self.mesh = mesh
    self.graph = graph
    self.broken = broken
    self.isWhole = isWhole
    self.codes = codes
    domainPlaces = Dictionary(
      mesh.domains.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// What the task of a node means; nil: that is not known.
  public func code(of node: Int) -> String? { codes.indices.contains(node) ? codes[node] : nil }
}
