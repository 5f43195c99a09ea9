import CSQLite

extension Connection {
  /// Copies the whole database, as of one moment, page by page into a file that must not exist; only reads
  /// here. Whoever writes meanwhile is not held up, but the write-ahead log is kept until the copy is done.
  ///
  /// - Parameter pause: called between pieces of some megabytes.
  public func copy(to path: String, pause: () -> Void = {}) throws(SQLiteError) {
    let target = try Connection(path: path, mode: .create)
    try execute("BEGIN")
    defer { try? execute("ROLLBACK") }
    // Only what has read has a snapshot; without one the copy begins anew after each commit of others.
    _ = try integer(of: "SELECT count(*) FROM sqlite_schema")
    guard let backup = sqlite3_backup_init(target.handle, "main", handle, "main") else {
      throw SQLiteError(code: sqlite3_errcode(target.handle), of: target.handle, sql: nil)
    }
    var code = SQLITE_OK
    while code == SQLITE_OK {
      code = sqlite3_backup_step(backup, 1024)
      if code == SQLITE_OK { pause() }
    }
    let end = sqlite3_backup_finish(backup)
    guard code == SQLITE_DONE, end == SQLITE_OK else {
      throw SQLiteError(code: end == SQLITE_OK ? code : end, of: target.handle, sql: nil)
    }
  }

  /// Opens a file that nobody writes, without leaving anything beside it.
  public convenience init(unchanging path: String) throws(SQLiteError) {
    try self.init(path: Self.unchangingURI(path), mode: .readOnly)
  }

  private static func unchangingURI(_ path: String) -> String {
    var bytes = Array("file:".utf8)
    for byte in path.utf8 {
      if byte == UInt8(ascii: "%") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") {
        bytes += "%\(String(byte, radix: 16))".utf8
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self) + "?immutable=1"
  }

  /// What SQLite finds wrong in the file; nothing when it is whole.
  public func damages(most: Int = 20) throws(SQLiteError) -> [String] {
    let statement = try prepare("PRAGMA integrity_check(\(most))")
    var found: [String] = []
    while try statement.step() { found.append(statement.text(0)) }
    return found == ["ok"] ? [] : found
  }
}
