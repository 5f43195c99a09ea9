import CSQLite

extension Statement {
  /// Binds a column of another statement's current row as it is, whatever it holds.
  public func bind(column: Int, of other: Statement, at index: Int) {
    sqlite3_bind_value(handle, Int32(index), sqlite3_column_value(other.handle, Int32(column)))
  }

  /// Binds a piece of UTF-8 text; SQLite takes a copy.
  public func bind(utf8 bytes: UnsafeBufferPointer<UInt8>, at index: Int) {
    guard let start = bytes.baseAddress, !bytes.isEmpty else { return bind("", at: index) }
    start.withMemoryRebound(to: CChar.self, capacity: bytes.count) { characters in
      _ = sqlite3_bind_text(
        handle, Int32(index), characters, Int32(clamping: bytes.count), Self.transient)
    }
  }
}
