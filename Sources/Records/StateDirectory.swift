import MeshModel

/// Where a project keeps what it has done: `.heddle/`, or wherever `--state` or `HEDDLE_STATE` says.
public struct StateDirectory: Hashable, Sendable {
  /// Absolute.
  public let root: String
  /// The environment whose state it is; nil: production.
  public let environment: String?
  /// The stores of production, which an environment may borrow from.
  private let productionStores: String

  public init(root: String) {
    self.root = root
    environment = nil
    productionStores = root + "/stores"
  }

  /// The state of an environment, which lies within production's.
  public init(of environment: String, within production: StateDirectory) {
    root = "\(production.root)/env/\(environment)"
    self.environment = environment
    productionStores = production.stores
  }

  /// The state file.
  public var database: String { root + "/heddle.db" }
  /// The file whose lock says who owns the state.
  public var lock: String { root + "/lock" }
  /// Where the owner listens to commands.
  public var socket: String { root + "/heddle.sock" }
  public var stores: String { root + "/stores" }
  public var logs: String { root + "/logs" }
  /// Is there once a daemon served the state: then commands leave it to the daemon.
  public var served: String { root + "/served" }
  /// Copies of the declarations and of what they run, a folder for each release.
  public var releases: String { root + "/releases" }
  public var secrets: String { root + "/secrets" }

  /// The domain's store: as declared, or `stores/<domain>.db`.
  public func store(of domain: Domain) -> String {
    let stores = domain.isBorrowed ? productionStores : stores
    guard let declared = domain.store else { return "\(stores)/\(domain.name).db" }
    return declared.hasPrefix("/") ? declared : "\(stores)/\(declared)"
  }

  /// The folder of an instance's logs: `logs/<run>/<task>/<index>`.
  public func logFolder(of instance: InstanceID, task: String) -> String {
    "\(logs)/\(instance.run)/\(task)/\(instance.index)"
  }

  /// An attempt's log.
  public func log(of attempt: AttemptID, task: String) -> String {
    "\(logFolder(of: attempt.instance, task: task))/\(attempt.number).log"
  }

  /// Where an attempt may leave what it tells: `$HEDDLE_OUTPUT`. In the run's own folder, which is there
  /// before any attempt starts, so that a silent attempt needs no folder.
  public func output(of attempt: AttemptID, task: String) -> String {
    let instance = attempt.instance
    return "\(logs)/\(instance.run)/\(task)-\(instance.index)-\(attempt.number).json"
  }

  /// The folder of a run's logs.
  public func logFolder(ofRun run: RunID) -> String { "\(logs)/\(run)" }

  /// Where the keepers of processes listen, and write down what they keep.
  public var keepers: String { root + "/keepers" }

  /// Where processes write until it is known whether their logs are worth a file of their own.
  public var spool: String { root + "/spool" }

  /// Where SQL sorts what does not fit into memory.
  public var temporary: String { root + "/temporary" }
}
