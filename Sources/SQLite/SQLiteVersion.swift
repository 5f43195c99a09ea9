import CSQLite

/// Which SQLite the program runs with.
public enum SQLiteVersion {
  /// As the library says it: `3.40.1`.
  public static var text: String { String(cString: sqlite3_libversion()) }
}
