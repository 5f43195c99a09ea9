/// One step of a file's schema: the script that takes it from the number before to its own.
public struct Migration: Sendable {
  /// Ascending from 1 without gaps.
  public let number: Int
  /// Statements without BEGIN and COMMIT.
  public let script: String

  public init(number: Int, script: String) {
    self.number = number
    self.script = script
  }
}

/// The file has a schema that this program does not know yet.
public struct NewerSchema: Error, Hashable, Sendable {
  public let found: Int
  public let known: Int

  public init(found: Int, known: Int) {
    self.found = found
    self.known = known
  }
}

extension Connection {
  /// The number of the last migration that the file went through; 0 for an empty file (`user_version`).
  public var schemaNumber: Int {
    get throws(SQLiteError) { Int(clamping: try integer(of: "PRAGMA user_version")) }
  }

  /// Whose kind of file this is, as its maker marked it; 0 for an unmarked one (`application_id`).
  public var applicationID: Int64 {
    get throws(SQLiteError) { try integer(of: "PRAGMA application_id") }
  }

  /// Brings the schema up to the last of `migrations`, in one transaction with its number: a crash leaves the
  /// schema that was there. Throws `NewerSchema` when the file has gone further.
  public func migrate(_ migrations: [Migration]) throws {
    let known = migrations.last?.number ?? 0
    let found = try schemaNumber
    guard found <= known else { throw NewerSchema(found: found, known: known) }
    guard found < known else { return }
    try transaction {
      for migration in migrations where migration.number > found { try execute(migration.script) }
      try execute("PRAGMA user_version = \(known)")
    }
    dropCachedStatements()
  }

  /// The first column of the first row that a statement answers; 0 when there is none.
  public func integer(of sql: String) throws(SQLiteError) -> Int64 {
    let statement = try prepare(sql)
    return try statement.step() ? statement.int64(0) : 0
  }
}
