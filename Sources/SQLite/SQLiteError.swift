import CSQLite

/// What SQLite refused, with its own words. Bound values are never part of it.
public struct SQLiteError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The extended result code, such as 2067 for a violated UNIQUE.
  public var extendedCode: Int32
  public var message: String
  /// The statement, if there was one.
  public var sql: String?
  /// The byte of the statement that the error is about, if SQLite can tell.
  public var offset: Int?

  public init(extendedCode: Int32, message: String, sql: String? = nil, offset: Int? = nil) {
    self.extendedCode = extendedCode
    self.message = message
    self.sql = sql
    self.offset = offset
  }

  /// What the latest call on a connection complained about.
  init(code: Int32, of database: OpaquePointer, sql: String?) {
    let extended = sqlite3_extended_errcode(database)
    let offset = sqlite3_error_offset(database)
    self.init(
      extendedCode: extended & 0xFF == code & 0xFF ? extended : code,
      message: String(cString: sqlite3_errmsg(database)), sql: sql, offset: offset >= 0 ? Int(offset) : nil)
  }

  /// The primary result code, such as 19 for any violated constraint.
  public var code: Int32 { extendedCode & 0xFF }

  public var isBusy: Bool { code == SQLITE_BUSY || code == SQLITE_LOCKED }
  public var isInterrupted: Bool { code == SQLITE_INTERRUPT }
  public var isOutOfMemory: Bool { code == SQLITE_NOMEM }
  /// Something is longer than `Limit.length`.
  public var isTooBig: Bool { code == SQLITE_TOOBIG }
  public var isFull: Bool { code == SQLITE_FULL }
  /// The machine refused, not the file or the statement: no space, no memory, no descriptors, a lock.
  public var mayPass: Bool {
    [SQLITE_FULL, SQLITE_IOERR, SQLITE_BUSY, SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_NOMEM, SQLITE_PROTOCOL]
      .contains(code)
  }

  public var description: String { "\(message) (SQLite \(extendedCode))" }
}
