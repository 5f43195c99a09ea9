import Basics
import Glibc
import SQLite

/// How the state file is opened, by its owner and by readers, and what is checked then.
enum StateFile {
  /// Who writes waits this long for a reader that rebuilds the index of the log after a crash.
  private static let busyMilliseconds: Int32 = 5000
  /// Pages of the log after which they go into the file: 16 MiB, so that a busy record rewrites hot pages
  /// seldom.
  private static let checkpointPages = 4000
  /// Pages that the writer keeps in memory, so that a large commit need not spill them.
  private static let cacheKibibytes = 16 << 10
  /// The log is cut back to this when it is reset after a long reader made it grow.
  private static let longestLog = 64 << 20

  /// The only connection that may write; the lock is held already.
  static func openForWriting(_ path: String, now: Instant) throws(RecordsError) -> (
    connection: Connection, stateID: String
  ) {
    let connection = try checked(path) {
      guard let connection = try openPrivately(path) else { throw RecordsError.unwritable(path, errno) }
      return connection
    }
    let stateID = try prepareForWriting(connection, now: now, identity: SystemRandom.bits)
    try checked(path) { try connection.paveLog(checkpointPages: checkpointPages) }
    return (connection, stateID)
  }

  /// Checks what was opened, makes its tables where they are not, and answers which state file it is.
  ///
  /// - Parameter identity: names a new state file.
  static func prepareForWriting(
    _ connection: Connection, now: Instant, identity: () -> UInt64?
  ) throws(RecordsError) -> String {
    let path = connection.path
    return try checked(path) {
      connection.setBusyTimeout(milliseconds: busyMilliseconds)
      try checkOrigin(of: connection, path)
      try connection.useWriteAheadLog()
      try connection.execute("PRAGMA wal_autocheckpoint = \(checkpointPages)")
      try connection.execute("PRAGMA cache_size = -\(cacheKibibytes)")
      try connection.execute("PRAGMA journal_size_limit = \(longestLog)")
      try makeTables(connection, now: now, identity: identity)
      try checkTables(of: connection, path)
      return try stateID(connection, path)
    }
  }

  /// A connection that reads, never writes and never checkpoints, whether an owner is there or not.
  static func openForReading(_ path: String) throws(RecordsError) -> Connection {
    guard access(path, F_OK) == 0 else {
      throw RecordsError(
        .absent, "there is no state yet: '\(path)' does not exist",
        help: "'heddle run PIPELINE' makes it, and --state names another place")
    }
    let connection = try checked(path) {
      try checkIsNotEmptied(path)
      return try Connection(path: path, mode: .readOnly)
    }
    try prepareForReading(connection)
    return connection
  }

  /// Checks what was opened.
  static func prepareForReading(_ connection: Connection) throws(RecordsError) {
    let path = connection.path
    try checked(path) {
      connection.setBusyTimeout(milliseconds: busyMilliseconds)
      try checkOrigin(of: connection, path)
      let found = try connection.schemaNumber
      guard found != 0 else {
        throw RecordsError(
          .absent, "the state file '\(path)' has no tables yet", help: "'heddle run PIPELINE' makes them")
      }
      if found > Schema.number { throw NewerSchema(found: found, known: Schema.number) }
      guard found == Schema.number else {
        throw RecordsError(
          .olderSchema, "the state file has schema \(found), and this heddle reads \(Schema.number)",
          help: "'heddle run' or 'heddle backfill' brings it up to date")
      }
    }
  }

  static func stateID(_ connection: Connection, _ path: String) throws -> String {
    let statement = try connection.prepare("SELECT state_id FROM meta")
    guard try statement.step(), statement.storage(0) == .text else {
      throw damaged(path, "its table 'meta' is empty")
    }
    return statement.text(0)
  }

  /// The file is made readable for its owner only, as the files that SQLite puts beside it then are.
  private static func openPrivately(_ path: String) throws -> Connection? {
    if access(path, F_OK) != 0 {
      let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { return nil }
      close(descriptor)
    }
    try checkIsNotEmptied(path)
    return try Connection(path: path, mode: .readWrite)
  }

  /// Refuses a file that somebody emptied: SQLite would take it for a new one. Releases are taken only once
  /// there are tables.
  private static func checkIsNotEmptied(_ path: String) throws {
    var status = stat()
    guard stat(path, &status) == 0, status.st_size == 0, let slash = path.lastIndex(of: "/"),
      access(path[..<slash] + "/releases", F_OK) == 0
    else { return }
    throw damaged(path, "it is empty, and the state has been used")
  }

  /// Refuses a file that another program made.
  private static func checkOrigin(of connection: Connection, _ path: String) throws {
    let origin = try connection.applicationID
    if origin == Schema.applicationID { return }
    let objects = try connection.integer(of: "SELECT count(*) FROM sqlite_schema")
    guard origin == 0, objects == 0 else { throw foreign(path) }
  }

  private static func makeTables(
    _ connection: Connection, now: Instant, identity: () -> UInt64?
  ) throws {
    try connection.migrate(Schema.migrations)
    guard try connection.integer(of: "SELECT count(*) FROM meta") == 0 else { return }
    guard let bits = identity() else {
      throw RecordsError(.unwritable, "the kernel has no random numbers to name the state by")
    }
    let statement = try connection.prepare("INSERT INTO meta (id, state_id, created_at) VALUES (1, ?, ?)")
    statement.bind(String(bits, radix: 36), at: 1)
    statement.bind(now.milliseconds, at: 2)
    try statement.run()
  }

  /// The tables are those that the migrations make, and the event log has no gap at either end.
  private static func checkTables(of connection: Connection, _ path: String) throws {
    guard SHA256.hexadecimal(of: try Schema.dump(connection)) == Schema.digest else {
      throw damaged(path, "its tables are not those of schema \(Schema.number)")
    }
    let first = try connection.integer(of: "SELECT min(seq) FROM events")
    let folded = try connection.integer(of: "SELECT max(seq) FROM snapshots")
    guard first <= folded + 1 else { throw damaged(path, "its event log begins at \(first)") }
  }

  private static func checked<Result>(_ path: String, _ body: () throws -> Result) throws(RecordsError)
    -> Result
  {
    do {
      return try recordsErrors(body)
    } catch {
      guard case .database(let cause) = error.kind else { throw error }
      if [io, readOnly, full, cannotOpen].contains(cause.code), let refusal = fileSystemRefusal(path) {
        throw refusal
      }
      switch cause.code {
      case notADatabase: throw foreign(path)
      case corrupt: throw damaged(path, "SQLite says: \(cause.message)")
      case readOnly, cannotOpen, permission:
        throw RecordsError(
          .unwritable, "the state file '\(path)' cannot be opened: \(cause.message)",
          help: "this user must be able to write the folder, also to read: SQLite keeps its index there")
      default: throw error
      }
    }
  }

  /// What the file system has against being written; nil: nothing.
  private static func fileSystemRefusal(_ path: String) -> RecordsError? {
    var system = statvfs()
    guard let slash = path.lastIndex(of: "/"), statvfs(String(path[..<slash]), &system) == 0 else {
      return nil
    }
    if system.f_flag & UInt(ST_RDONLY) != 0 {
      return RecordsError(
        .unwritable, "the state file '\(path)' cannot be opened: its file system is read-only",
        help: "SQLite keeps an index beside the file, also to read; --state names another place")
    }
    guard system.f_bavail &* system.f_frsize < 64 << 10 else { return nil }
    return RecordsError(
      .unwritable, "the state file '\(path)' cannot be opened: its file system is full",
      help: "make room; nothing of the state is lost")
  }

  private static let permission: Int32 = 3
  private static let readOnly: Int32 = 8
  private static let io: Int32 = 10
  private static let corrupt: Int32 = 11
  private static let full: Int32 = 13
  private static let cannotOpen: Int32 = 14
  private static let notADatabase: Int32 = 26

  private static func foreign(_ path: String) -> RecordsError {
    RecordsError(
      .foreign, "'\(path)' is not a state file of heddle",
      help: "move it away, or name another place with --state")
  }

  private static func damaged(_ path: String, _ what: String) -> RecordsError {
    RecordsError(
      .damaged, "the state file '\(path)' is damaged: \(what)",
      help: "put back a copy of 'heddle.db' with its '-wal' file, or move it away to begin anew")
  }
}
