import Basics
import CSystem
import Execution
import Glibc
import Lineage
import MeshModel
import Records
import SQLite

/// Puts a backup in the place of a state, which is put aside and not deleted.
///
/// Everything is made ready beside the state, which then trades places with it at once. What stores and
/// record do not agree on becomes missing, and the state gets another name, so that no attempt to come has a
/// key that a store has seen.
public struct Restoration {
  /// What was done.
  public struct Outcome: Sendable {
    public var marker: BackupMarker
    /// Where what was there before is now.
    public var putAside: [String] = []
    /// Partitions that count as missing now, as users write them.
    public var missing: [String] = []
    /// Runs for the next owner to go on with.
    public var unfinishedRuns = 0
  }

  let project: CheckedProject
  let state: StateDirectory
  let clock: any Clock

  public init(project: CheckedProject, state: StateDirectory, clock: any Clock) {
    self.project = project
    self.state = state
    self.clock = clock
  }

  private var draft: StateDirectory { StateDirectory(root: state.root + ".restoring") }

  /// - Parameter force: also while tasks of the state's last owner may be running.
  public func restore(from folder: String, force: Bool) throws(SessionError) -> Outcome {
    do {
      let marker = try BackupMarker(in: folder)
      try verify(marker, in: folder)
      let lock = try StateLock(of: state, now: clock.now)
      defer { withExtendedLifetime(lock) {} }
      guard force || KeeperCensus(of: state).alive.isEmpty else {
        throw SessionError(
          .conflict, "tasks of this state may still be running: their keeper lives",
          help: "let an owner go on with them first (heddle serve), or add --force")
      }
      var outcome = Outcome(marker: marker)
      try lay(marker, from: folder)
      try agree(&outcome)
      try carryOver()
      try FileTree.sync(draft.root)
      try swap(&outcome)
      return outcome
    } catch let error as SessionError {
      throw error
    } catch let error as RecordsError {
      throw SessionError(error)
    } catch {
      throw SessionError(.environment, "the backup cannot be restored: \(error)")
    }
  }

  /// Every file is there as it was written.
  private func verify(_ marker: BackupMarker, in folder: String) throws {
    guard marker.files.contains(where: { $0.path == "heddle.db" }) else {
      throw SessionError(.environment, "the backup '\(folder)' has no state file")
    }
    for file in marker.files {
      let found = try FileTree.digest(of: "\(folder)/\(file.path)")
      guard found.sha256 == file.sha256, found.bytes == file.bytes else {
        throw SessionError(
          .environment, "'\(folder)/\(file.path)' is not as it was written",
          help: "take another backup: this one is damaged")
      }
    }
  }

  /// Copies the files beside their places.
  private func lay(_ marker: BackupMarker, from folder: String) throws {
    FileTree.remove(draft.root)
    try FileTree.makeFolder(draft.root)
    for file in marker.files {
      let target = "\(draft.root)/\(file.path)"
      try FileTree.makeFolder(above: target)
      var status = stat()
      let mode = stat("\(folder)/\(file.path)", &status) == 0 ? status.st_mode & 0o777 : 0
      try FileTree.copyFile("\(folder)/\(file.path)", to: target, mode: mode | 0o600)
    }
  }

  /// What stores and record do not agree on becomes missing (law 23).
  private func agree(_ outcome: inout Outcome) throws {
    let owner = try StateOwner(opening: draft, clock: clock)
    let reader = try StateReader(opening: draft, clock: clock)
    let differences = try StoreAgreement(
      domains: project.mesh.domains, reader: reader, trustsLive: false, store: draft.store
    ).differences()
    let reason = Reason(
      "restored", "the backup of \(outcome.marker.takenAt.rfc3339) has its store and its record apart")
    var changes: [Change] = []
    for (dataset, partition) in try partitions(of: differences, reader) {
      changes.append(.markedMissing(dataset, partition: partition, reason, at: clock.now))
      outcome.missing.append("\(dataset)" + (partition.isEmpty ? "" : "@\(partition)"))
    }
    try owner.writer.commit(changes)
    try owner.takeNewIdentity()
    let strangers = differences.filter { $0.kind == .onlyInStore }
    for (store, found) in Dictionary(grouping: strangers, by: { $0.store ?? "" }) {
      try StoreCommits.forget(found.map(\.key), store: store)
    }
    outcome.unfinishedRuns = try reader.recoveredState().runs.count
  }

  /// The partitions that count as there and are concerned, in order.
  private func partitions(
    of differences: [StoreAgreement.Difference], _ reader: StateReader
  ) throws -> [(DatasetName, String)] {
    var concerned: [DatasetName: Set<String>] = [:]
    for difference in differences {
      for dataset in difference.dataset.map({ [$0] }) ?? written(by: difference) {
        concerned[dataset, default: []].insert(difference.partition)
      }
    }
    var found: [(DatasetName, String)] = []
    for (dataset, keys) in concerned.sorted(by: { "\($0.key)" < "\($1.key)" }) {
      for key in keys.sorted() where try reader.partition(of: dataset, key: key)?.isCovered ?? false {
        found.append((dataset, key))
      }
    }
    return found
  }

  /// What tasks of that name write to that store: statements of one task may go into several datasets.
  private func written(by difference: StoreAgreement.Difference) -> [DatasetName] {
    let domains = Set(project.mesh.domains.filter { draft.store(of: $0) == difference.store }.map(\.name))
    return project.graph.nodes.filter { node in
      node.writesStore && node.name.task == difference.task
    }.flatMap(\.writes).filter { domains.contains($0.domain) }
  }

  /// What a backup leaves out and the state needs to go on.
  private func carryOver() throws {
    if FileTree.exists(state.secrets) { try FileTree.copyFolder(state.secrets, to: draft.secrets) }
    if FileTree.exists(state.served) { try FileTree.write([], to: draft.served) }
  }

  /// Puts everything in its place.
  private func swap(_ outcome: inout Outcome) throws {
    let stamp = ".before-" + clock.now.rfc3339.filter { $0.isNumber || $0 == "T" }
    guard heddle_exchange(draft.root, state.root) == 0 else {
      throw FileTreeError(state.root, "cannot trade places with what was made ready")
    }
    // Where nothing was before there is nothing but the lock that was just taken.
    if FileTree.entries(of: draft.root) == ["lock"] {
      FileTree.remove(draft.root)
    } else {
      let aside = free(state.root + stamp)
      try FileTree.rename(draft.root, to: aside)
      outcome.putAside.append(aside)
    }
    try FileTree.sync(state.root)
  }

  /// A path that nothing has.
  private func free(_ path: String) -> String {
    var number = 1
    var candidate = path
    while FileTree.exists(candidate) {
      number += 1
      candidate = "\(path)-\(number)"
    }
    return candidate
  }
}
