import CSQLite
import CSystem

/// A pattern of LIKE or GLOB, matched as SQLite matches it, but so that a guard can end it.
///
/// SQLite's own functions take minutes for a long pattern over a long text, within one step.
struct TextPattern {
  /// The characters of a pattern that mean something; 0: none does.
  private struct Words {
    var any: UInt32
    var one: UInt32
    /// What is behind it stands for itself.
    var escape: UInt32
    var set: UInt32
    var ignoresCase: Bool
  }

  /// How many characters are looked at before the guard is asked.
  private static let stride = 1 << 16

  /// SQLite was built so that blobs never match.
  private static let sparesBlobs = sqlite3_compileoption_used("LIKE_DOESNT_MATCH_BLOBS") != 0

  private var words: Words
  private let pattern: UnsafePointer<UInt8>

  /// `text LIKE pattern`, `text LIKE pattern ESCAPE c`, as the function `like(pattern, text, c)`.
  static func like(
    _ context: OpaquePointer?, _ count: Int32, _ values: UnsafeMutablePointer<OpaquePointer?>?
  ) {
    answer(context, count, values, Words(any: 0x25, one: 0x5F, escape: 0, set: 0, ignoresCase: true))
  }

  /// `text GLOB pattern`, as the function `glob(pattern, text)`.
  static func glob(
    _ context: OpaquePointer?, _ count: Int32, _ values: UnsafeMutablePointer<OpaquePointer?>?
  ) {
    answer(context, count, values, Words(any: 0x2A, one: 0x3F, escape: 0, set: 0x5B, ignoresCase: false))
  }

  private static func answer(
    _ context: OpaquePointer?, _ count: Int32, _ values: UnsafeMutablePointer<OpaquePointer?>?,
    _ words: Words
  ) {
    guard let values else { return }
    if sparesBlobs, (0...1).contains(where: { sqlite3_value_type(values[$0]) == SQLITE_BLOB }) {
      return sqlite3_result_int(context, 0)
    }
    let connection = sqlite3_context_db_handle(context)
    if sqlite3_value_bytes(values[0]) > sqlite3_limit(connection, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, -1) {
      return sqlite3_result_error(context, "LIKE or GLOB pattern too complex", -1)
    }
    var words = words
    if count == 3 {
      guard var escape = sqlite3_value_text(values[2]) else { return }
      let first = character(&escape)
      guard first != 0, escape.pointee == 0 else {
        return sqlite3_result_error(context, "ESCAPE expression must be a single character", -1)
      }
      words.escape = first
      if first == words.any { words.any = 0 }
      if first == words.one { words.one = 0 }
    }
    guard let pattern = sqlite3_value_text(values[0]), let text = sqlite3_value_text(values[1]) else {
      return
    }
    switch TextPattern(words: words, pattern: pattern).matches(text) {
    case .some(let matches): sqlite3_result_int(context, matches ? 1 : 0)
    case nil: sqlite3_result_error_code(context, SQLITE_INTERRUPT)
    }
  }

  /// Nil: the guard of this thread said that it is to end.
  private func matches(_ text: UnsafePointer<UInt8>) -> Bool? {
    var (rest, pattern) = (text, pattern)
    // Where to go on behind the last `any`, whose text is one character longer each time.
    var retry: (pattern: UnsafePointer<UInt8>, text: UnsafePointer<UInt8>)?
    var left = Self.stride
    while true {
      let word = Self.character(&pattern)
      if word != 0, word == words.any {
        retry = (pattern, rest)
        continue
      }
      if word == 0 ? rest.pointee == 0 : takes(word, &pattern, &rest) {
        if word == 0 { return true }
        left -= 1
      } else {
        guard var again = retry else { return false }
        guard again.text.pointee != 0 else { return false }
        _ = Self.character(&again.text)
        left -= 1 + skip(&again.text, toWordOf: again.pattern, most: left)
        retry = again
        (pattern, rest) = again
      }
      if left <= 0 {
        if heddle_guard_is_over() != 0 { return nil }
        left = Self.stride
      }
    }
  }

  /// Goes on to the first byte that the pattern could begin at; how many bytes were left behind.
  private func skip(
    _ text: inout UnsafePointer<UInt8>, toWordOf pattern: UnsafePointer<UInt8>, most: Int
  ) -> Int {
    let byte = pattern.pointee
    let word = UInt32(byte)
    guard byte != 0, byte < 0x80, word != words.any, word != words.one, word != words.escape,
      word != words.set
    else { return 0 }
    let other = words.ignoresCase ? Self.otherCase(byte) : byte
    var count = 0
    while count < most {
      let next = text.pointee
      if next == byte || next == other || next == 0 { break }
      text += 1
      count += 1
    }
    // In the middle of a character, which cannot match either.
    while text.pointee & 0xC0 == 0x80 { text += 1 }
    return count
  }

  /// Whether one word of the pattern takes the next character; both are behind it then.
  private func takes(
    _ word: UInt32, _ pattern: inout UnsafePointer<UInt8>, _ text: inout UnsafePointer<UInt8>
  ) -> Bool {
    var literal = word
    if word == words.escape {
      literal = Self.character(&pattern)
      guard literal != 0 else { return false }
    } else if word == words.set {
      return takesSet(&pattern, &text)
    } else if word == words.one {
      return Self.character(&text) != 0
    }
    let next = Self.character(&text)
    if next == literal { return true }
    guard words.ignoresCase, next < 0x80, literal < 0x80 else { return false }
    return UInt32(Self.otherCase(UInt8(truncatingIfNeeded: literal))) == next
  }

  /// `[a-z]`, `[^a]`, of which the bracket is read already.
  private func takesSet(_ pattern: inout UnsafePointer<UInt8>, _ text: inout UnsafePointer<UInt8>) -> Bool {
    let next = Self.character(&text)
    guard next != 0 else { return false }
    var (isIn, isInverted) = (false, false)
    var before: UInt32 = 0
    var word = Self.character(&pattern)
    if word == 0x5E {
      isInverted = true
      word = Self.character(&pattern)
    }
    if word == 0x5D {
      isIn = next == 0x5D
      word = Self.character(&pattern)
    }
    while word != 0, word != 0x5D {
      if word == 0x2D, before > 0, pattern.pointee != 0x5D, pattern.pointee != 0 {
        word = Self.character(&pattern)
        if (before...max(before, word)).contains(next), next <= word { isIn = true }
        before = 0
      } else {
        if word == next { isIn = true }
        before = word
      }
      word = Self.character(&pattern)
    }
    return word != 0 && isIn != isInverted
  }

  private static func otherCase(_ byte: UInt8) -> UInt8 {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): byte ^ 0x20
    default: byte
    }
  }

  /// The next character as SQLite decodes it, broken UTF-8 included; the zero at the end is never passed.
  private static func character(_ text: inout UnsafePointer<UInt8>) -> UInt32 {
    let first = text.pointee
    guard first != 0 else { return 0 }
    text += 1
    guard first >= 0xC0 else { return UInt32(first) }
    var value =
      switch first {
      case 0xC0...0xDF: UInt32(first & 0x1F)
      case 0xE0...0xEF: UInt32(first & 0x0F)
      case 0xF0...0xF7: UInt32(first & 0x07)
      case 0xF8...0xFB: UInt32(first & 0x03)
      case 0xFC...0xFD: UInt32(first & 0x01)
      default: UInt32(0)
      }
    while text.pointee & 0xC0 == 0x80 {
      value = (value << 6) &+ UInt32(text.pointee & 0x3F)
      text += 1
    }
    return value < 0x80 || value & 0xFFFF_F800 == 0xD800 || value & 0xFFFF_FFFE == 0xFFFE ? 0xFFFD : value
  }
}
