import Basics
import MeshModel
import Planning
import SQLite

/// What a store says of the results it holds: for each partition of a dataset, and for each value of `each`,
/// a digest of what was written last, in `_heddle_contents`.
///
/// It is written in the transaction that writes the rows, so that whoever reads these rows learns from the
/// same snapshot which result they are.
enum StoreContents {
  /// What an attempt answers for.
  struct Part {
    var dataset: DatasetName
    /// Empty without partitions.
    var partition: String
    /// The value under `each`, else empty.
    var value: String

    init(_ dataset: DatasetName, of site: TaskSite) {
      self.dataset = dataset
      partition = site.context.run.partition?.key ?? ""
      value = site.isFannedOut ? (site.context.each ?? .null).text : ""
    }
  }

  /// What an attempt did to the rows that it answers for.
  enum Outcome {
    /// They are all that it wrote.
    case rows(ContentHash)
    /// They are as they were.
    case unchanged
    /// Nobody knows what they are now.
    case changed

    /// The digest of what is there now.
    func digest(of part: Part, after key: AttemptKey, on connection: Connection) throws(SQLiteError) -> Int64
    {
      switch self {
      case .rows(let hash): hash.value
      case .changed: ContentHash.of(key.text)
      case .unchanged: try StoreContents.entry(part, on: connection)?.content ?? ContentHash.of(key.text)
      }
    }
  }

  static func entry(
    _ part: Part, on connection: Connection
  ) throws(SQLiteError) -> (key: AttemptKey, content: Int64)? {
    let statement = try connection.cached(
      "SELECT attempt_key, content FROM _heddle_contents WHERE dataset = ?1 AND partition = ?2 AND part = ?3")
    defer { statement.reset() }
    statement.bind(part.dataset.description, at: 1)
    statement.bind(part.partition, at: 2)
    statement.bind(part.value, at: 3)
    guard try statement.step() else { return nil }
    return (AttemptKey(statement.text(0)), statement.int64(1))
  }

  static func note(
    _ part: Part, _ content: Int64, by key: AttemptKey, run: RunID, on connection: Connection
  ) throws(SQLiteError) {
    let statement = try connection.cached(
      """
      INSERT INTO _heddle_contents (dataset, partition, part, attempt_key, run, content)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6)
      ON CONFLICT DO UPDATE SET attempt_key = ?4, run = ?5, content = ?6
      """)
    statement.bind(part.dataset.description, at: 1)
    statement.bind(part.partition, at: 2)
    statement.bind(part.value, at: 3)
    statement.bind(key.text, at: 4)
    statement.bind(run, at: 5)
    statement.bind(content, at: 6)
    try statement.run()
  }

  /// Whether a store has such digests; one that nobody wrote to since there are some has not.
  static func areKept(on connection: Connection) throws(SQLiteError) -> Bool {
    let statement = try connection.cached("SELECT 1 FROM sqlite_schema WHERE name = '_heddle_contents'")
    defer { statement.reset() }
    return try statement.step()
  }

  /// The digest of a partition as the latest run left it: all values of `each` together; nil: none is noted.
  static func content(
    of dataset: DatasetName, _ partition: String, on connection: Connection
  ) throws(SQLiteError) -> Int64? {
    let statement = try connection.cached(
      "SELECT run, content FROM _heddle_contents WHERE dataset = ?1 AND partition = ?2 ORDER BY run DESC")
    defer { statement.reset() }
    statement.bind(dataset.description, at: 1)
    statement.bind(partition, at: 2)
    var latest: RunID?
    var sum: Int64 = 0
    while try statement.step(), latest == nil || latest == statement.int64(0) {
      latest = statement.int64(0)
      sum &+= statement.int64(1)
    }
    return latest == nil ? nil : sum
  }
}
