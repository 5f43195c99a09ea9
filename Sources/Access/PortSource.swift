import Glibc
import MeshModel
import SQLite

/// Another domain's store, open for reading only, and the snapshot that a task sees of it.
final class PortSource {
  let domain: String
  let path: String
  /// Nil as long as there is no store.
  private(set) var connection: Connection?
  /// Datasets that may be missing, for the task that runs now; they read as empty.
  var emptyWhenMissing: Set<DatasetName> = []
  /// The dataset that the task that runs now read and that is not there.
  private(set) var missing: DatasetName?
  private var schemaVersion: Int64 = -1
  /// Counts the snapshots; from 1 at the first.
  private(set) var snapshot = 0

  init(domain: String, path: String) {
    self.domain = domain
    self.path = path
  }

  /// Takes the snapshot; true when the store's schema is another than at the last one.
  func begin(_ signal: StopSignal?) throws(SQLiteError) -> Bool {
    missing = nil
    snapshot += 1
    guard let store = try open() else { return false }
    store.watch(signal)
    try store.cached("BEGIN").run()
    // BEGIN alone takes no snapshot, reading does.
    let version = try store.cached("PRAGMA schema_version")
    defer { version.reset() }
    let found = try version.step() ? version.int64(0) : 0
    defer { schemaVersion = found }
    return found != schemaVersion
  }

  func end() {
    guard let connection else { return }
    if connection.isInTransaction { try? connection.cached("ROLLBACK").run() }
    connection.watch(nil)
  }

  /// Called where rows of a dataset are read that is not there.
  func report(missing dataset: DatasetName) throws(SQLiteError) {
    guard !emptyWhenMissing.contains(dataset) else { return }
    missing = dataset
    throw SQLiteError(extendedCode: 1, message: "the dataset '\(dataset)' has not been made yet")
  }

  private func open() throws(SQLiteError) -> Connection? {
    if let connection { return connection }
    guard access(path, F_OK) == 0 else { return nil }
    let opened = try Connection(path: path, mode: .readOnly)
    opened.harden()
    opened.setBusyTimeout(milliseconds: 5000)
    connection = opened
    return opened
  }
}
