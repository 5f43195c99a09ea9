import CSQLite

extension Statement {
  /// Binds text that is there as UTF-8 already; SQLite takes a copy.
  public func bind(utf8 bytes: [UInt8], at index: Int) {
    bytes.withUnsafeBufferPointer { buffer in
      buffer.withMemoryRebound(to: CChar.self) { characters in
        // An empty buffer may have no address, and SQLite binds NULL for that.
        guard let start = characters.baseAddress, !characters.isEmpty else { return bind("", at: index) }
        sqlite3_bind_text(handle, Int32(index), start, Int32(clamping: characters.count), Self.transient)
      }
    }
  }

  /// Hands the bytes of a text column to `body` without a copy; nil for NULL. They are gone with the next
  /// step.
  public func withUTF8<Result>(_ index: Int, _ body: (UnsafeBufferPointer<UInt8>?) throws -> Result)
    rethrows -> Result
  {
    guard let start = sqlite3_column_text(handle, Int32(index)) else { return try body(nil) }
    return try body(
      UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, Int32(index)))))
  }
}
