import Basics
import Glibc
import MeshModel
import SQLite

/// What a store itself holds of the attempts that wrote to it: one row for each in `_heddle_commits`,
/// written in the attempt's own transaction. After a crash the truth is read there.
public enum StoreLedger {
  /// An attempt whose work the store holds, wholly.
  public struct Entry: Hashable, Sendable {
    public var key: AttemptKey
    /// Nil for statements that went into several datasets, or into none.
    public var dataset: DatasetName?
    public var partition: String?
    public var inputs: [InputVersion]
    public var rows: Int64?

    public init(
      key: AttemptKey, dataset: DatasetName?, partition: String?, inputs: [InputVersion], rows: Int64?
    ) {
      self.key = key
      self.dataset = dataset
      self.partition = partition
      self.inputs = inputs
      self.rows = rows
    }
  }

  /// The attempts among these whose work the store at `path` holds. A store that does not exist holds
  /// nothing.
  public static func committed(
    keys: some Sequence<AttemptKey>, store path: String
  ) throws(SQLiteError) -> [AttemptKey: Entry] {
    var found: [AttemptKey: Entry] = [:]
    _ = try reading(path) { (connection) throws(SQLiteError) in
      for key in keys { found[key] = try entry(key, on: connection) }
      return ()
    }
    return found
  }

  /// Looks into the store at `path`; nil: nobody ever wrote to it.
  static func reading<Result>(
    _ path: String, _ body: (Connection) throws(SQLiteError) -> Result?
  ) throws(SQLiteError) -> Result? {
    guard access(path, F_OK) == 0 else { return nil }
    let connection = try Connection(path: path, mode: .readOnly)
    connection.setBusyTimeout(milliseconds: 5000)
    let tables = try connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = '_heddle_commits'")
    guard try tables.step() else { return nil }
    return try body(connection)
  }

  /// Makes the tables that Heddle keeps in every store.
  static func prepare(_ connection: Connection) throws(SQLiteError) {
    try connection.execute(
      """
      CREATE TABLE IF NOT EXISTS _heddle_commits(
        attempt_key TEXT PRIMARY KEY, run INTEGER NOT NULL, task TEXT NOT NULL, dataset TEXT, partition TEXT,
        inputs TEXT NOT NULL, rows INTEGER, committed_at INTEGER NOT NULL) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS _heddle_appended(
        dataset TEXT NOT NULL, scope TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
        PRIMARY KEY(dataset, scope, first)) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS _heddle_contents(
        dataset TEXT NOT NULL, partition TEXT NOT NULL, part TEXT NOT NULL, attempt_key TEXT NOT NULL,
        run INTEGER NOT NULL, content INTEGER NOT NULL, PRIMARY KEY(dataset, partition, part)) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS _heddle_numbering(mark INTEGER);
      INSERT INTO _heddle_numbering(rowid, mark)
        SELECT \(RowNumbering.mark), 0 WHERE NOT EXISTS (SELECT 1 FROM _heddle_numbering);
      """)
  }

  static func entry(_ key: AttemptKey, on connection: Connection) throws(SQLiteError) -> Entry? {
    let statement = try connection.cached(
      "SELECT dataset, partition, inputs, rows FROM _heddle_commits WHERE attempt_key = ?1")
    defer { statement.reset() }
    statement.bind(key.text, at: 1)
    guard try statement.step() else { return nil }
    return Entry(
      key: key, dataset: statement.optionalText(0).flatMap { DatasetName($0) },
      partition: statement.optionalText(1), inputs: inputs(statement.text(2)),
      rows: statement.optionalInt64(3))
  }

  static func add(
    _ entry: Entry, run: RunID, task: String, at now: Instant, on connection: Connection
  ) throws(SQLiteError) {
    let statement = try connection.cached(
      "INSERT INTO _heddle_commits VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
    statement.bind(entry.key.text, at: 1)
    statement.bind(run, at: 2)
    statement.bind(task, at: 3)
    statement.bind(entry.dataset?.description, at: 4)
    statement.bind(entry.partition, at: 5)
    statement.bind(TaskEnvironment.json(entry.inputs), at: 6)
    statement.bind(entry.rows, at: 7)
    statement.bind(now.milliseconds, at: 8)
    try statement.run()
  }

  static func inputs(_ json: String) -> [InputVersion] {
    guard let items = try? JSONValue(parsing: json.utf8).array else { return [] }
    return items.compactMap { item in
      guard let dataset = item["dataset"]?.string.flatMap({ DatasetName($0) }),
        let partition = item["partition"]?.string, let version = item["version"]?.integer
      else { return nil }
      return InputVersion(
        dataset: dataset, partition: partition, version: version, content: item["content"]?.integer)
    }
  }
}
