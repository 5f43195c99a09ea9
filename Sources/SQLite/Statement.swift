import CSQLite
import Glibc

/// A compiled statement: bind, step through the rows, reset.
public final class Statement {
  let handle: OpaquePointer
  /// Keeps the connection open; nil for a cached statement, which the connection itself keeps.
  private let owner: Connection?
  private let database: OpaquePointer
  /// How many bytes of the text given to `prepare` the statement took; what follows was not compiled.
  public let consumedBytes: Int

  convenience init(connection: Connection, sql: String, persistent: Bool) throws(SQLiteError) {
    var text = sql
    let compiled = text.withUTF8 { bytes in
      Self.compile(bytes, length: Int32(clamping: bytes.count), on: connection, persistent: persistent)
    }
    try self.init(compiled, connection: connection, sql: sql, persistent: persistent)
  }

  /// Compiles the first statement of a text in memory that ends with a zero byte; nothing is copied but the
  /// statement.
  convenience init(
    connection: Connection, terminated bytes: UnsafeBufferPointer<UInt8>, persistent: Bool
  ) throws(SQLiteError) {
    let compiled = Self.compile(bytes, length: -1, on: connection, persistent: persistent)
    try self.init(compiled, connection: connection, sql: nil, persistent: persistent)
  }

  private typealias Compiled = (code: Int32, handle: OpaquePointer?, consumed: Int)

  private init(_ compiled: Compiled, connection: Connection, sql: String?, persistent: Bool)
    throws(SQLiteError)
  {
    guard compiled.code == SQLITE_OK else {
      throw SQLiteError(code: compiled.code, of: connection.handle, sql: sql)
    }
    guard let handle = compiled.handle else {
      throw SQLiteError(extendedCode: SQLITE_MISUSE, message: "there is no statement in the text", sql: sql)
    }
    self.handle = handle
    consumedBytes = compiled.consumed
    database = connection.handle
    owner = persistent ? nil : connection
  }

  private static func compile(
    _ bytes: UnsafeBufferPointer<UInt8>, length: Int32, on connection: Connection, persistent: Bool
  ) -> Compiled {
    bytes.withMemoryRebound(to: CChar.self) { characters in
      var compiled: OpaquePointer?
      var tail: UnsafePointer<CChar>?
      let flags = persistent ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
      let code = sqlite3_prepare_v3(
        connection.handle, characters.baseAddress, length, flags, &compiled, &tail)
      guard let base = characters.baseAddress, let tail else { return (code, compiled, 0) }
      return (code, compiled, tail - base)
    }
  }

  deinit { sqlite3_finalize(handle) }

  /// Goes to the next row; false: there is none and the statement is done.
  public func step() throws(SQLiteError) -> Bool {
    switch sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code: throw SQLiteError(code: code, of: database, sql: sql)
    }
  }

  /// Runs the statement to its end, throwing away rows, and resets it.
  public func run() throws(SQLiteError) {
    defer { sqlite3_reset(handle) }
    while try step() {}
  }

  /// Ready to run again, with all values unbound.
  public func reset() {
    sqlite3_reset(handle)
    sqlite3_clear_bindings(handle)
  }

  /// Ready to run again with the values still bound; ends its read of the database.
  public func rewind() { sqlite3_reset(handle) }

  /// The text of the statement alone.
  public var sql: String { sqlite3_sql(handle).map { String(cString: $0) } ?? "" }

  public var isReadOnly: Bool { sqlite3_stmt_readonly(handle) != 0 }

  /// Parameters are counted from 1.
  public var parameterCount: Int { Int(sqlite3_bind_parameter_count(handle)) }

  /// The name of a parameter with its sigil, `:partition`; nil for `?`.
  public func parameterName(_ index: Int) -> String? {
    sqlite3_bind_parameter_name(handle, Int32(index)).map { String(cString: $0) }
  }

  /// The number of a parameter such as `:day`; nil when the statement has none of that name.
  public func parameterIndex(_ name: String) -> Int? {
    let index = sqlite3_bind_parameter_index(handle, name)
    return index > 0 ? Int(index) : nil
  }

  /// Gives a parameter, counted from 1, its value; nil is NULL.
  public func bind(_ value: Int64?, at index: Int) {
    if let value { sqlite3_bind_int64(handle, Int32(index), value) } else { bindNull(at: index) }
  }

  public func bind(_ value: Int?, at index: Int) { bind(value.map(Int64.init), at: index) }

  public func bind(_ value: Double?, at index: Int) {
    if let value { sqlite3_bind_double(handle, Int32(index), value) } else { bindNull(at: index) }
  }

  public func bind(_ value: String?, at index: Int) {
    guard var value else { return bindNull(at: index) }
    value.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { characters in
        // An empty buffer may have no address, and SQLite binds NULL for that.
        _ = sqlite3_bind_text(
          handle, Int32(index), characters.baseAddress ?? Self.emptyText, Int32(clamping: characters.count),
          Self.transient)
      }
    }
  }

  public func bind(blob: [UInt8]?, at index: Int) {
    guard let blob else { return bindNull(at: index) }
    if blob.isEmpty {
      sqlite3_bind_zeroblob(handle, Int32(index), 0)
    } else {
      sqlite3_bind_blob(handle, Int32(index), blob, Int32(clamping: blob.count), Self.transient)
    }
  }

  /// Gives a parameter NULL.
  public func bindNull(at index: Int) { sqlite3_bind_null(handle, Int32(index)) }

  /// Columns are counted from 0.
  public var columnCount: Int { Int(sqlite3_column_count(handle)) }
  /// The name of a column of the result, counted from 0.
  public func columnName(_ index: Int) -> String {
    sqlite3_column_name(handle, Int32(index)).map { String(cString: $0) } ?? ""
  }
  /// Whether a column of the current row, counted from 0, is NULL.
  public func isNull(_ index: Int) -> Bool { sqlite3_column_type(handle, Int32(index)) == SQLITE_NULL }
  /// A column as an integer; 0 for NULL.
  public func int64(_ index: Int) -> Int64 { sqlite3_column_int64(handle, Int32(index)) }
  /// A column as an integer; 0 for NULL.
  public func int(_ index: Int) -> Int { Int(truncatingIfNeeded: int64(index)) }
  /// A column as a floating-point number; 0 for NULL.
  public func double(_ index: Int) -> Double { sqlite3_column_double(handle, Int32(index)) }

  /// The column as text, invalid UTF-8 repaired; empty for NULL.
  public func text(_ index: Int) -> String {
    guard let start = sqlite3_column_text(handle, Int32(index)) else { return "" }
    let count = Int(sqlite3_column_bytes(handle, Int32(index)))
    return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }

  /// A column as text; nil for NULL.
  public func optionalText(_ index: Int) -> String? { isNull(index) ? nil : text(index) }
  /// A column as an integer; nil for NULL.
  public func optionalInt64(_ index: Int) -> Int64? { isNull(index) ? nil : int64(index) }
  /// A column as an integer; nil for NULL.
  public func optionalInt(_ index: Int) -> Int? { isNull(index) ? nil : int(index) }

  /// The bytes of a column; empty for NULL.
  public func blob(_ index: Int) -> [UInt8] {
    guard let start = sqlite3_column_blob(handle, Int32(index)) else { return [] }
    let count = Int(sqlite3_column_bytes(handle, Int32(index)))
    return Array(UnsafeRawBufferPointer(start: start, count: count))
  }

  /// What SQLite stores in a column of the current row.
  public enum Storage: Sendable { case integer, real, text, blob, null }

  /// How SQLite holds a column of the current row.
  public func storage(_ index: Int) -> Storage {
    switch sqlite3_column_type(handle, Int32(index)) {
    case SQLITE_INTEGER: .integer
    case SQLITE_FLOAT: .real
    case SQLITE_TEXT: .text
    case SQLITE_BLOB: .blob
    default: .null
    }
  }

  static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
  nonisolated(unsafe) private static let emptyText = UnsafePointer(strdup(""))
}
