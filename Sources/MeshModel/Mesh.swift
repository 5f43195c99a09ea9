import Basics
import Diagnostics

/// Everything that was declared: all domains with their pipelines, and what binds them all.
public struct Mesh: Sendable {
  /// The absolute path of the project, the folder that holds `dags/`.
  public var root: String
  public var pools: [Pool]
  /// Named values that every SQL statement sees as `:name` and every process as `HEDDLE_VALUE_<NAME>`.
  public var values: [String: Scalar]
  /// How long the state keeps what is over.
  public var retention = RetentionRule()
  /// Which environment this is; nil: production.
  public var environment: MeshEnvironment?
  /// Who is told of the alerts of all domains.
  public var notify: [NotificationRule] = []
  /// Sorted by name.
  public var domains: [Domain]

  public init(root: String, pools: [Pool] = [], values: [String: Scalar] = [:], domains: [Domain] = []) {
    self.root = root
    self.pools = pools
    self.values = values
    self.domains = domains
  }
}

/// A named number of slots that tasks of any domain share.
public struct Pool: Sendable {
  public var name: String
  public var slots: Int
  public var description: String?

  public init(name: String, slots: Int, description: String? = nil) {
    self.name = name
    self.slots = slots
    self.description = description
  }
}

/// A team's part of the mesh: a folder of pipelines and the store that holds their datasets.
public struct Domain: Sendable {
  public var name: String
  public var title: String?
  public var description: String?
  /// The team that answers for it.
  public var owner: String
  public var contact: String?
  /// The path of its store as declared, relative to the project's state; nil: `stores/<domain>.db` there.
  public var store: String?
  /// Its products are read from production's store, and nothing of it is made here.
  public var isBorrowed = false
  /// At most this many of its tasks at once; nil: no limit of its own.
  public var slots: Int?
  /// Its weight when domains compete for workers; at least 1.
  public var share: Int
  /// Who is told of its alerts, besides those that the mesh tells.
  public var notify: [NotificationRule] = []
  /// Datasets from outside, which nobody in the mesh writes.
  public var sources: [SourceDataset]
  /// Sorted by name.
  public var pipelines: [Pipeline]
  public var position: SourcePosition

  public init(name: String, owner: String, share: Int = 1, position: SourcePosition) {
    self.name = name
    self.owner = owner
    self.share = share
    self.position = position
    sources = []
    pipelines = []
  }
}

/// A dataset that comes from outside the mesh.
public struct SourceDataset: Sendable {
  public var name: DatasetName
  public var description: String?
  /// Empty when nothing tells.
  public var columns: [Column]
  public var position: SourcePosition

  public init(name: DatasetName, description: String? = nil, columns: [Column] = [], position: SourcePosition)
  {
    self.name = name
    self.description = description
    self.columns = columns
    self.position = position
  }
}
