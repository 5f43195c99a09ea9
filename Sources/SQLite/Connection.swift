import CSQLite
import Glibc

/// A connection to a database file, used by one thread at a time.
///
/// SQLite's own locks are off (`SQLITE_OPEN_NOMUTEX`), so whoever holds the connection must see to it that no
/// two threads use it at once. It may be handed from thread to thread.
public final class Connection: @unchecked Sendable {
  /// What a connection may do to the file.
  public enum Mode: Sendable {
    /// Never writes, never checkpoints (`query_only`).
    case readOnly
    /// The file must exist.
    case readWrite
    /// The file is created where it does not exist.
    case create
    /// A database of its own in memory; the path is ignored.
    case memory
  }

  public let path: String
  let handle: OpaquePointer
  private var cache: [String: Statement] = [:]
  private var mainName: UnsafeMutablePointer<CChar>?
  var authorizer: Authorizer?
  var watched: StopSignal?
  /// Called by SQLite as long as the handle is open.
  var paver: LogPaver?

  /// Opens the file with extended result codes, foreign keys on, and without waiting for locks.
  ///
  /// - Parameter mainName: what SQL calls the main database, if not `main`.
  public init(path: String, mode: Mode, mainName: String? = nil) throws(SQLiteError) {
    _ = SQLiteLibrary.isSetUp
    self.path = mode == .memory ? ":memory:" : path
    // As a URI an attached database can be in memory and writable though the main one is read-only.
    var flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_URI
    switch mode {
    case .readOnly: flags |= SQLITE_OPEN_READONLY
    case .readWrite: flags |= SQLITE_OPEN_READWRITE
    case .create, .memory: flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
    }
    var opened: OpaquePointer?
    let code = sqlite3_open_v2(self.path, &opened, flags, nil)
    guard code == SQLITE_OK, let opened else {
      let message = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
      sqlite3_close_v2(opened)
      throw SQLiteError(extendedCode: code, message: "\(message): \(self.path)")
    }
    handle = opened
    if let mainName {
      let copy = strdup(mainName)
      self.mainName = copy
      heddle_db_config_main_name(opened, copy)
    }
    heddle_db_config_flag(opened, SQLITE_DBCONFIG_ENABLE_FKEY, 1)
    if mode == .readOnly {
      heddle_db_config_flag(opened, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
      try execute("PRAGMA query_only = 1")
    }
  }

  deinit {
    watch(nil)
    cache.removeAll()
    // Whoever still holds a cached statement keeps the handle alive; it must not call what dies here.
    sqlite3_set_authorizer(handle, nil, nil)
    sqlite3_wal_hook(handle, nil, nil)
    sqlite3_close_v2(handle)
    free(mainName)
  }

  /// Runs every statement of a script to its end, throwing away rows.
  public func execute(_ script: String) throws(SQLiteError) {
    var message: UnsafeMutablePointer<CChar>?
    let code = sqlite3_exec(handle, script, nil, nil, &message)
    defer { sqlite3_free(message) }
    guard code == SQLITE_OK else {
      throw SQLiteError(
        extendedCode: sqlite3_extended_errcode(handle),
        message: message.map { String(cString: $0) } ?? "failed",
        sql: script)
    }
  }

  /// Compiles the first statement of a text.
  public func prepare(_ sql: String) throws(SQLiteError) -> Statement {
    try Statement(connection: self, sql: sql, persistent: false)
  }

  /// Compiles the first statement of bytes that end with a zero byte, as when a script is compiled statement
  /// by statement. Persistent: kept and run often; whoever keeps it keeps the connection too.
  public func prepare(terminated bytes: UnsafeBufferPointer<UInt8>, persistent: Bool = false)
    throws(SQLiteError) -> Statement
  {
    precondition(bytes.last == 0, "the text must end with a zero byte")
    return try Statement(connection: self, terminated: bytes, persistent: persistent)
  }

  /// Compiles a statement that is kept and run often; whoever keeps it keeps the connection too.
  public func prepareForKeeping(_ sql: String) throws(SQLiteError) -> Statement {
    try Statement(connection: self, sql: sql, persistent: true)
  }

  /// The compiled statement of that text, compiled once per connection. It comes back reset, with its old
  /// values unbound. Not to be used while an earlier use of the same text is still stepping.
  public func cached(_ sql: String) throws(SQLiteError) -> Statement {
    if let statement = cache[sql] {
      statement.reset()
      return statement
    }
    let statement = try Statement(connection: self, sql: sql, persistent: true)
    cache[sql] = statement
    return statement
  }

  /// Forgets compiled statements, as before a change of the schema or the close of the file.
  public func dropCachedStatements() { cache.removeAll() }

  /// Runs `body` in a transaction that takes the writer's lock at once; an error rolls back.
  public func transaction<Result>(_ body: () throws -> Result) throws -> Result {
    try execute("BEGIN IMMEDIATE")
    do {
      let result = try body()
      try execute("COMMIT")
      return result
    } catch {
      // A failed statement may have rolled back already; then this one has nothing to do.
      if sqlite3_get_autocommit(handle) == 0 { try? execute("ROLLBACK") }
      throw error
    }
  }

  /// Whether a transaction is open.
  public var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }
  public var lastInsertedRow: Int64 { sqlite3_last_insert_rowid(handle) }
  /// Rows changed by the latest INSERT, UPDATE or DELETE.
  public var changedRows: Int64 { sqlite3_changes64(handle) }
  /// Rows changed since the connection was opened.
  public var totalChangedRows: Int64 { sqlite3_total_changes64(handle) }

  /// How long a statement waits for another connection's lock before it fails as busy.
  public func setBusyTimeout(milliseconds: Int32) { sqlite3_busy_timeout(handle, milliseconds) }
}
