import Basics
import Execution
import Glibc
import MeshModel
import Records
import SQLite

/// Copies a state into a folder, beside its owner if it has one: the state file, the stores and the copies of
/// releases. Secrets and logs are left out.
///
/// The state file is copied first and the stores after it, so that what their copies have beyond the record
/// is what was made in between; restoring finds it.
public struct Backup {
  /// Stands in a folder whose backup is not whole.
  private static let begun = "unfinished"

  let state: StateDirectory
  let domains: [Domain]
  let clock: any Clock
  /// Of the program.
  let version: String
  /// Called when a part is copied; for tests.
  var between: (String) -> Void = { _ in }

  public init(state: StateDirectory, mesh: Mesh, clock: any Clock, version: String) {
    self.state = state
    domains = mesh.domains
    self.clock = clock
    self.version = version
  }

  /// Copies everything and says what was copied. A folder that holds a whole backup is not touched.
  public func take(into folder: String) throws(SessionError) -> BackupMarker {
    do { _ = try StateReader(opening: state, clock: clock) } catch {
      guard error.kind == .absent else { throw SessionError(error) }
      throw SessionError(.notFound, error.message, help: error.help)
    }
    do {
      try prepare(folder)
      let takenAt = clock.now
      try copyDatabase(state.database, to: "\(folder)/heddle.db")
      between("heddle.db")
      for (path, store) in stores() {
        try copyDatabase(store, to: "\(folder)/\(path)")
        between(path)
      }
      try copyReleases(to: folder)
      var marker = try describe("\(folder)/heddle.db", takenAt: takenAt)
      for path in FileTree.files(below: folder) where path != Self.begun {
        let sum = try FileTree.digest(of: "\(folder)/\(path)")
        marker.files.append(.init(path: path, bytes: sum.bytes, sha256: sum.sha256))
      }
      // Everything is on the disk before the marker says so.
      try FileTree.sync(folder)
      try FileTree.write(marker.json, to: "\(folder)/\(BackupMarker.name)")
      FileTree.remove("\(folder)/\(Self.begun)")
      return marker
    } catch let error as SessionError {
      throw error
    } catch {
      throw SessionError(.environment, "the backup is not whole: \(error)", help: "begin it again")
    }
  }

  /// An empty folder with a sign that its backup is not whole; what an earlier try left there goes.
  private func prepare(_ folder: String) throws {
    if FileTree.exists("\(folder)/\(BackupMarker.name)") {
      throw SessionError(
        .conflict, "'\(folder)' holds a backup, and that is never overwritten", help: "name another folder")
    }
    let entries = FileTree.entries(of: folder)
    guard entries.isEmpty || entries.contains(Self.begun) else {
      throw SessionError(.conflict, "'\(folder)' is not empty", help: "name a new folder")
    }
    for entry in entries where entry != Self.begun { FileTree.remove("\(folder)/\(entry)") }
    try FileTree.makeFolder(folder)
    try FileTree.write([], to: "\(folder)/\(Self.begun)")
  }

  /// The stores that are there, by their places in the backup: those that the mesh declares, and what else
  /// lies among them.
  private func stores() -> [(path: String, store: String)] {
    let beside = FileTree.entries(of: state.stores).filter { $0.hasSuffix(".db") }
    let stores = Set(
      domains.filter { !$0.isBorrowed }.map(state.store) + beside.map { "\(state.stores)/\($0)" })
    return stores.sorted().filter { FileTree.exists($0) }.map { store in
      (path: String(store.dropFirst(state.root.count + 1)), store: store)
    }
  }

  /// Copies a database as of one moment, and has SQLite read the whole copy.
  private func copyDatabase(_ source: String, to target: String) throws {
    try FileTree.makeFolder(above: target)
    let connection = try Connection(path: source, mode: .readOnly)
    connection.setBusyTimeout(milliseconds: 5000)
    try connection.copy(to: target)
    chmod(target, 0o600)
    if let damage = try Connection(unchanging: target).damages(most: 1).first {
      throw SessionError(
        .environment, "the copy of '\(source)' is not whole: \(damage)",
        help: "see what is wrong: heddle doctor")
    }
  }

  private func copyReleases(to folder: String) throws {
    for name in FileTree.entries(of: state.releases) where Int64(name) != nil {
      try FileTree.copyFolder("\(state.releases)/\(name)", to: "\(folder)/releases/\(name)")
    }
  }

  /// What the copy of the state file says of itself.
  private func describe(_ path: String, takenAt: Instant) throws -> BackupMarker {
    let copy = try Connection(unchanging: path)
    let statement = try copy.prepare("SELECT state_id FROM meta")
    guard try statement.step() else { throw SessionError(.environment, "'\(path)' is empty") }
    return BackupMarker(
      takenAt: takenAt, heddle: version, stateSchema: try copy.schemaNumber, sqlite: SQLiteVersion.text,
      stateID: statement.text(0), sequence: try copy.integer(of: "SELECT max(seq) FROM events"), files: [])
  }
}
