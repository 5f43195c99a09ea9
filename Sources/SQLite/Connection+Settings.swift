import CSQLite
import Glibc

/// A bound that SQLite keeps for one connection.
public enum Limit: Sendable {
  /// Bytes of one text, blob or row.
  case length
  /// Bytes of one statement.
  case statementLength
  case columns
  case expressionDepth
  case compoundSelects
  case attachedDatabases
  case triggerDepth
  /// Steps of one compiled statement.
  case programSteps
  case functionArguments
  /// Bytes of a pattern of LIKE or GLOB.
  case patternLength

  var number: Int32 {
    switch self {
    case .length: SQLITE_LIMIT_LENGTH
    case .statementLength: SQLITE_LIMIT_SQL_LENGTH
    case .columns: SQLITE_LIMIT_COLUMN
    case .expressionDepth: SQLITE_LIMIT_EXPR_DEPTH
    case .compoundSelects: SQLITE_LIMIT_COMPOUND_SELECT
    case .attachedDatabases: SQLITE_LIMIT_ATTACHED
    case .triggerDepth: SQLITE_LIMIT_TRIGGER_DEPTH
    case .programSteps: SQLITE_LIMIT_VDBE_OP
    case .functionArguments: SQLITE_LIMIT_FUNCTION_ARG
    case .patternLength: SQLITE_LIMIT_LIKE_PATTERN_LENGTH
    }
  }
}

extension Connection {
  /// Lowers a bound (SQLite's own compiled-in bounds cannot be raised); answers the one before.
  @discardableResult
  public func limit(_ limit: Limit, to value: Int) -> Int {
    Int(sqlite3_limit(handle, limit.number, Int32(clamping: value)))
  }

  /// What a connection for other people's SQL must have: the schema cannot be written by hand, what the
  /// schema says is not trusted, no extensions, no tokenizers by address, and no text in double quotes.
  public func harden() {
    heddle_db_config_flag(handle, SQLITE_DBCONFIG_DEFENSIVE, 1)
    heddle_db_config_flag(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
    heddle_db_config_flag(handle, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0)
    heddle_db_config_flag(handle, SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0)
    // A misspelt "column" would be a text.
    heddle_db_config_flag(handle, SQLITE_DBCONFIG_DQS_DML, 0)
    heddle_db_config_flag(handle, SQLITE_DBCONFIG_DQS_DDL, 0)
  }

  /// Takes away every table-valued function and virtual table but these. `pragma_...` functions stay; an
  /// authorizer must refuse them.
  public func dropModules(except kept: [String]) {
    let copies = kept.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    var names = copies.map { UnsafePointer($0) }
    names.append(nil)
    names.withUnsafeMutableBufferPointer { buffer in
      _ = sqlite3_drop_modules(handle, buffer.baseAddress)
    }
  }

  /// Readers and the writer do not wait for each other, and a commit is on disk before it is answered.
  public func useWriteAheadLog() throws(SQLiteError) {
    try execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
  }
}
