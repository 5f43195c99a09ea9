import Basics
import MeshModel
import Planning
import Records
import Threads

/// Earlier releases whose files a retry wants, read beside the loop: to read and check one takes as long as
/// 'heddle check' does.
final class KeptReleases: Sendable {
  /// So many are kept for the next one who asks.
  private static let most = 4
  /// So many are read for one request: each is a whole mesh in memory.
  static let mostAsked = 16

  private let root: String
  private let state: StateDirectory
  private let clock: any Clock
  private let atHand: Guarded<(latest: Release, loaded: [Release])>

  /// - Parameter latest: the release that new runs are made from.
  init(root: String, state: StateDirectory, clock: any Clock, latest: Release) {
    self.root = root
    self.state = state
    self.clock = clock
    atHand = Guarded((latest, []))
  }

  /// New runs are made from another release now.
  func note(latest: Release) { atHand.withLock { $0.latest = latest } }

  /// Reads the releases of runs; runs that nobody knows are told of where they are wanted.
  func load(for runs: [RunID]) throws(SessionError) -> [ReleaseID: Result<Release, SessionError>] {
    var wanted: Set<ReleaseID> = []
    do {
      let reader = try StateReader(opening: state, clock: clock)
      for run in runs { if let found = try reader.run(run) { wanted.insert(found.release) } }
    } catch { throw SessionError(wrapping: error) }
    guard wanted.count <= Self.mostAsked else {
      throw SessionError(
        .invalid,
        "the runs have the files of \(wanted.count) releases, and \(Self.mostAsked) are read at once",
        help: "retry them in parts, with --since or a narrower selector, or with --latest")
    }
    var found: [ReleaseID: Result<Release, SessionError>] = [:]
    for id in wanted.sorted() {
      found[id] = Result { () throws(SessionError) in try release(id) }
    }
    return found
  }

  private func release(_ id: ReleaseID) throws(SessionError) -> Release {
    let known = atHand.withLock { atHand in
      atHand.latest.id == id ? atHand.latest : atHand.loaded.first { $0.id == id }
    }
    if let known { return known }
    let release = try Recovery.declared(id, root: root, state: state).release
    atHand.withLock { $0.loaded = ($0.loaded + [release]).suffix(Self.most) }
    return release
  }
}
