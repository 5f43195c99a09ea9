import Glibc
import MeshModel
import SQLite

/// Reads what a store holds of attempts, beside whoever writes it.
///
/// Used by one thread at a time.
public final class StoreCommits {
  /// A row of `_heddle_commits`, as far as it is looked at.
  public struct Entry: Sendable, Hashable {
    public var key: AttemptKey
    public var dataset: DatasetName?
    public var partition: String?
    /// The task's name within its pipeline.
    public var task: String
  }

  /// Nil: nothing ever wrote to the store.
  private let connection: Connection?
  private let hasTable: Bool

  /// Whether there is a store at all.
  public var exists: Bool { connection != nil }

  public init(store path: String) throws(SQLiteError) {
    guard access(path, F_OK) == 0 else {
      connection = nil
      hasTable = false
      return
    }
    let connection = try Connection(path: path, mode: .readOnly)
    connection.setBusyTimeout(milliseconds: 5000)
    let tables = try connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = '_heddle_commits'")
    hasTable = try tables.step()
    self.connection = connection
  }

  /// Those of the keys that the store has.
  public func present(_ keys: some Sequence<AttemptKey>) throws(SQLiteError) -> Set<AttemptKey> {
    guard let connection, hasTable else { return [] }
    var found: Set<AttemptKey> = []
    for key in keys where try StoreLedger.entry(key, on: connection) != nil { found.insert(key) }
    return found
  }

  /// The next entries in the order of their keys.
  public func entries(after last: AttemptKey?, limit: Int = 1000) throws(SQLiteError) -> [Entry] {
    guard let connection, hasTable else { return [] }
    let statement = try connection.cached(
      """
      SELECT attempt_key, dataset, partition, task FROM _heddle_commits WHERE attempt_key > ?1
      ORDER BY attempt_key LIMIT ?2
      """)
    defer { statement.reset() }
    statement.bind(last?.text ?? "", at: 1)
    statement.bind(limit, at: 2)
    var found: [Entry] = []
    while try statement.step() {
      found.append(
        Entry(
          key: AttemptKey(statement.text(0)),
          dataset: statement.optionalText(1).flatMap { DatasetName($0) },
          partition: statement.optionalText(2), task: statement.text(3)))
    }
    return found
  }

  /// Forgets commits in a copy of a store that nobody else writes, such as one that is being restored.
  public static func forget(_ keys: [AttemptKey], store path: String) throws {
    let connection = try Connection(path: path, mode: .readWrite)
    try connection.transaction {
      for key in keys {
        let statement = try connection.cached("DELETE FROM _heddle_commits WHERE attempt_key = ?1")
        statement.bind(key.text, at: 1)
        try statement.run()
      }
    }
  }
}
