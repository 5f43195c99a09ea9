import CSQLite
import CSystem

extension Connection {
  /// Puts functions of ours in the place of those of SQLite whose time grows with the product of their
  /// arguments' lengths, hours for a few megabytes: nothing could stop them. They answer the same; only that
  /// LIKE and GLOB look for no index.
  public func boundFunctions() {
    let flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS
    let functions: [(name: String, arguments: Int32, body: SQLFunction)] = [
      ("instr", 2, { place($0, $2) }), ("replace", 3, { replace($0, $2) }),
      ("like", 2, { TextPattern.like($0, $1, $2) }), ("like", 3, { TextPattern.like($0, $1, $2) }),
      ("glob", 2, { TextPattern.glob($0, $1, $2) }),
      ("trim", 1, { trim($0, $1, $2, Sides(first: true, last: true)) }),
      ("trim", 2, { trim($0, $1, $2, Sides(first: true, last: true)) }),
      ("ltrim", 1, { trim($0, $1, $2, Sides(first: true, last: false)) }),
      ("ltrim", 2, { trim($0, $1, $2, Sides(first: true, last: false)) }),
      ("rtrim", 1, { trim($0, $1, $2, Sides(first: false, last: true)) }),
      ("rtrim", 2, { trim($0, $1, $2, Sides(first: false, last: true)) }),
    ]
    for function in functions {
      sqlite3_create_function_v2(
        handle, function.name, function.arguments, flags, nil, function.body, nil, nil, nil)
    }
    // SQLite looks for each key of one object among those of the other.
    sqlite3_create_function_v2(
      handle, "json_patch", 2, flags, Unmanaged.passRetained(JSONPatch()).toOpaque(),
      { context, _, values in
        guard let box = sqlite3_user_data(context) else { return }
        Unmanaged<JSONPatch>.fromOpaque(box).takeUnretainedValue().answer(context, values)
      }, nil, nil,
      { box in
        guard let box else { return }
        Unmanaged<JSONPatch>.fromOpaque(box).release()
      })
  }
}

private typealias SQLFunction =
  @convention(c) (OpaquePointer?, Int32, UnsafeMutablePointer<OpaquePointer?>?) -> Void
private typealias Values = UnsafeMutablePointer<OpaquePointer?>?

/// Which ends a text is trimmed at.
private struct Sides {
  var first: Bool
  var last: Bool
}

private func isNull(_ value: OpaquePointer?) -> Bool { sqlite3_value_type(value) == SQLITE_NULL }

/// The bytes of a value as text; nil: there was no memory for them.
private func text(_ value: OpaquePointer?) -> UnsafeBufferPointer<UInt8>? {
  guard let start = sqlite3_value_text(value) else { return nil }
  return UnsafeBufferPointer(start: start, count: Int(sqlite3_value_bytes(value)))
}

private func blob(_ value: OpaquePointer?) -> UnsafeBufferPointer<UInt8>? {
  let start = sqlite3_value_blob(value)?.assumingMemoryBound(to: UInt8.self)
  return UnsafeBufferPointer(start: start, count: start == nil ? 0 : Int(sqlite3_value_bytes(value)))
}

private func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }

private func find(
  _ sought: UnsafeBufferPointer<UInt8>, in bytes: UnsafeBufferPointer<UInt8>, from start: Int = 0
) -> Int? {
  guard bytes.count - start >= sought.count, let base = bytes.baseAddress, let first = sought.baseAddress
  else { return nil }
  return heddle_find(base + start, bytes.count - start, first, sought.count).map {
    $0 - UnsafeRawPointer(base)
  }
}

/// `instr(X, Y)`: bytes are counted for two blobs, else characters.
private func place(_ context: OpaquePointer?, _ values: Values) {
  guard let values, !isNull(values[0]), !isNull(values[1]) else { return }
  let areBlobs =
    sqlite3_value_type(values[0]) == SQLITE_BLOB && sqlite3_value_type(values[1]) == SQLITE_BLOB
  guard let bytes = areBlobs ? blob(values[0]) : text(values[0]),
    let sought = areBlobs ? blob(values[1]) : text(values[1])
  else { return sqlite3_result_error_nomem(context) }
  guard let first = sought.first else { return sqlite3_result_int(context, 1) }
  if !areBlobs, isContinuation(first) {
    // No character begins with it, but a broken text may.
    return sqlite3_result_int(context, bytes.starts(with: sought) ? 1 : 0)
  }
  guard let found = find(sought, in: bytes) else { return sqlite3_result_int(context, 0) }
  var number = Int64(found) + 1
  if !areBlobs {
    number = 1
    for index in stride(from: 1, through: found, by: 1) where !isContinuation(bytes[index]) { number += 1 }
  }
  sqlite3_result_int64(context, number)
}

/// `replace(X, Y, Z)`.
private func replace(_ context: OpaquePointer?, _ values: Values) {
  guard let values, !isNull(values[0]), !isNull(values[1]) else { return }
  guard let bytes = text(values[0]), let sought = text(values[1]) else {
    return sqlite3_result_error_nomem(context)
  }
  guard let first = sought.first, first != 0 else { return sqlite3_result_value(context, values[0]) }
  guard !isNull(values[2]) else { return }
  guard let other = text(values[2]) else { return sqlite3_result_error_nomem(context) }
  guard let made = sqlite3_str_new(sqlite3_context_db_handle(context)) else { return }
  func add(_ piece: UnsafeBufferPointer<UInt8>) {
    guard let start = piece.baseAddress else { return }
    start.withMemoryRebound(to: CChar.self, capacity: piece.count) {
      sqlite3_str_append(made, $0, Int32(clamping: piece.count))
    }
  }
  var done = 0
  while sqlite3_str_errcode(made) == SQLITE_OK, let found = find(sought, in: bytes, from: done) {
    add(.init(rebasing: bytes[done..<found]))
    add(other)
    done = found + sought.count
  }
  add(.init(rebasing: bytes[done...]))
  finish(made, context)
}

/// Hands a text that was put together on as the result.
private func finish(_ made: OpaquePointer, _ context: OpaquePointer?) {
  let code = sqlite3_str_errcode(made)
  let length = sqlite3_str_length(made)
  let text = sqlite3_str_finish(made)
  if code == SQLITE_TOOBIG { return sqlite3_result_error_toobig(context) }
  guard code == SQLITE_OK else { return sqlite3_result_error_nomem(context) }
  guard let text else { return sqlite3_result_text(context, "", 0, nil) }
  sqlite3_result_text(context, text, length, sqlite3_free)
}

/// `trim`, `ltrim` and `rtrim` of the characters of a second text, or of blanks.
private func trim(_ context: OpaquePointer?, _ count: Int32, _ values: Values, _ sides: Sides) {
  guard let values, !isNull(values[0]), count == 1 || !isNull(values[1]) else { return }
  guard let bytes = text(values[0]) else { return sqlite3_result_error_nomem(context) }
  var taken = TrimmedCharacters()
  if count == 1 {
    taken.plain[Int(UInt8(ascii: " "))] = true
  } else {
    guard let characters = text(values[1]) else { return sqlite3_result_error_nomem(context) }
    taken.add(characters)
  }
  var rest = bytes
  while sides.first, let length = taken.first(of: rest) { rest = .init(rebasing: rest.dropFirst(length)) }
  while sides.last, let length = taken.last(of: rest) { rest = .init(rebasing: rest.dropLast(length)) }
  guard let start = rest.baseAddress, !rest.isEmpty else { return sqlite3_result_text(context, "", 0, nil) }
  start.withMemoryRebound(to: CChar.self, capacity: rest.count) {
    sqlite3_result_text(context, $0, Int32(clamping: rest.count), Statement.transient)
  }
}

/// The characters that a text is trimmed of.
private struct TrimmedCharacters {
  /// Those of one byte.
  var plain = [Bool](repeating: false, count: 256)
  private var longer: Set<[UInt8]> = []
  private var lengths: Set<Int> = []

  /// A character is a byte and the continuation bytes behind it, at most four in all.
  mutating func add(_ text: UnsafeBufferPointer<UInt8>) {
    var start = 0
    while start < text.count {
      var end = start + 1
      if text[start] >= 0xC0 {
        while end < text.count, end - start < 4, isContinuation(text[end]) { end += 1 }
      }
      if end == start + 1 {
        plain[Int(text[start])] = true
      } else {
        longer.insert(Array(text[start..<end]))
        lengths.insert(end - start)
      }
      start = end
    }
  }

  /// How many bytes are to go at the beginning; nil: none.
  func first(of text: UnsafeBufferPointer<UInt8>) -> Int? {
    guard let byte = text.first else { return nil }
    if plain[Int(byte)] { return 1 }
    return lengths.first { $0 <= text.count && longer.contains(Array(text.prefix($0))) }
  }

  func last(of text: UnsafeBufferPointer<UInt8>) -> Int? {
    guard let byte = text.last else { return nil }
    if plain[Int(byte)] { return 1 }
    return lengths.first { $0 <= text.count && longer.contains(Array(text.suffix($0))) }
  }
}

/// SQLite's own `json_patch`, on a connection where documents are too short for it to take long.
private final class JSONPatch {
  private static let longest = 128 << 10

  private lazy var statement: Statement? = {
    guard let connection = try? Connection(path: "", mode: .memory) else { return nil }
    return try? connection.prepare("SELECT json_patch(?1, ?2)")
  }()

  func answer(_ context: OpaquePointer?, _ values: Values) {
    guard let values else { return }
    for index in 0..<2 where Int(sqlite3_value_bytes(values[index])) > Self.longest {
      return sqlite3_result_error(
        context, "json_patch() takes documents of at most \(Self.longest >> 10) KiB", -1)
    }
    guard let statement else { return sqlite3_result_error_nomem(context) }
    defer { statement.reset() }
    for index in 0..<2 { sqlite3_bind_value(statement.handle, Int32(index + 1), values[index]) }
    guard sqlite3_step(statement.handle) == SQLITE_ROW else {
      return sqlite3_result_error(context, sqlite3_errmsg(sqlite3_db_handle(statement.handle)), -1)
    }
    sqlite3_result_value(context, sqlite3_column_value(statement.handle, 0))
    // As JSON, not as a text that holds some.
    if sqlite3_column_type(statement.handle, 0) == SQLITE_TEXT { sqlite3_result_subtype(context, 74) }
  }
}
