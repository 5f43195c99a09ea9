import Diagnostics

/// An environment: the same mesh with a state, stores and values of its own, to try changes in.
public struct MeshEnvironment: Sendable {
  public var name: String
  public var description: String?
  /// Whether its daemon makes runs by clock and by data.
  public var firesSchedules = true
  /// Whether alerts are told to anybody.
  public var notifies = true
  /// Domains whose products are read from production's stores. None of their pipelines is here.
  public var borrowed: [Located<String>] = []
  public var position: SourcePosition

  public init(name: String, position: SourcePosition) {
    self.name = name
    self.position = position
  }
}
