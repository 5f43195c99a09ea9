import Basics
import MeshModel
import Planning
import Records
import Threads

/// Earlier releases whose files a retry wants, read beside the loop: to read and check one takes as long as
/// 'heddle check' does.
final class KeptReleases: Sendable {
  /// More are read again.
  private static let most = 4

  private let root: String
  private let state: StateDirectory
  private let clock: any Clock
  private let loaded = Guarded<[(id: ReleaseID, release: Release)]>([])

  init(root: String, state: StateDirectory, clock: any Clock) {
    self.root = root
    self.state = state
    self.clock = clock
  }

  /// Reads the releases of runs. What fails here fails again where it is wanted, and is told there.
  func load(for runs: [RunID]) {
    guard let reader = try? StateReader(opening: state, clock: clock) else { return }
    var wanted: Set<ReleaseID> = []
    for run in runs { if let found = try? reader.run(run) { wanted.insert(found.release) } }
    for id in wanted.sorted().suffix(Self.most) where release(id) == nil {
      guard let release = try? Recovery.declared(id, root: root, state: state).release else { continue }
      loaded.withLock { $0 = ($0 + [(id, release)]).suffix(Self.most) }
    }
  }

  func release(_ id: ReleaseID) -> Release? { loaded.withLock { $0.first { $0.id == id }?.release } }
}
