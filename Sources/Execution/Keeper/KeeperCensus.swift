import Glibc
import Records

/// The keepers of a state as they are found there, without asking them anything.
public struct KeeperCensus: Sendable, Hashable {
  /// That answer.
  public var alive: [String] = []
  /// That are gone and left something behind.
  public var gone: [String] = []

  public init(of state: StateDirectory) {
    let folder = KeeperFolder(path: state.keepers)
    for name in folder.names {
      if folder.connect(to: name) != nil { alive.append(name) } else { gone.append(name) }
    }
  }
}
