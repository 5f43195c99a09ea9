/// A text of SQL statements and what can be said of it without SQLite: its words and where they stand.
struct Script {
  /// A piece of the text that names something or separates.
  struct Token {
    enum Kind { case word, quoted, dot, semicolon, other }

    var kind: Kind
    var start: Int
    var end: Int
  }

  let bytes: [UInt8]

  init(_ text: String) { bytes = Array(text.utf8) }

  /// SQLite would stop reading at a zero byte.
  var holdsZeroByte: Bool { bytes.contains(0) }

  /// The next token at or after a byte, blanks and comments left out; nil at the end.
  func token(from position: Int) -> Token? {
    let start = skipBlanks(from: position)
    guard start < bytes.count else { return nil }
    switch bytes[start] {
    case UInt8(ascii: "."): return Token(kind: .dot, start: start, end: start + 1)
    case UInt8(ascii: ";"): return Token(kind: .semicolon, start: start, end: start + 1)
    case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"):
      return Token(kind: .quoted, start: start, end: endOfQuote(start, closing: bytes[start]))
    case UInt8(ascii: "["):
      return Token(kind: .quoted, start: start, end: endOfQuote(start, closing: UInt8(ascii: "]")))
    case let byte where Self.isWord(byte):
      var end = start + 1
      while end < bytes.count, Self.isWord(bytes[end]) { end += 1 }
      return Token(kind: .word, start: start, end: end)
    default: return Token(kind: .other, start: start, end: start + 1)
    }
  }

  /// The name that a word or a quoted name stands for, its letters made small.
  func name(of token: Token) -> String {
    let range =
      token.kind == .quoted ? token.start + 1..<max(token.start + 1, token.end - 1) : token.start..<token.end
    return String(unsafeUninitializedCapacity: range.count) { letters in
      for index in range { letters[index - range.lowerBound] = Self.lowercased(bytes[index]) }
      return range.count
    }
  }

  /// Whether a token is that word, which is given in small letters.
  func isWord(_ token: Token, _ word: StaticString) -> Bool {
    guard token.end - token.start == word.utf8CodeUnitCount else { return false }
    return word.withUTF8Buffer { letters in
      zip(bytes[token.start..<token.end], letters).allSatisfy { Self.lowercased($0) == $1 }
    }
  }

  /// Where the next statement begins; nil when nothing but blanks, comments and semicolons follows.
  func startOfStatement(from position: Int) -> Int? {
    var position = position
    while let token = token(from: position) {
      guard token.kind == .semicolon else { return token.start }
      position = token.end
    }
    return nil
  }

  /// The first place at or after a byte where a name stands.
  func offset(of name: String, from position: Int) -> Int? {
    let sought = String(decoding: name.utf8.map(Self.lowercased), as: UTF8.self)
    let length = sought.utf8.count
    var position = position
    while let token = token(from: position) {
      if token.kind == .word || token.kind == .quoted, token.end - token.start >= length,
        self.name(of: token) == sought
      {
        return token.start
      }
      position = token.end
    }
    return nil
  }

  private func skipBlanks(from position: Int) -> Int {
    var index = position
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: " "), 9...13: index += 1
      case UInt8(ascii: "-") where index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: "-"):
        while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { index += 1 }
      case UInt8(ascii: "/") where index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: "*"):
        index += 2
        while index < bytes.count,
          !(bytes[index] == UInt8(ascii: "*") && index + 1 < bytes.count
            && bytes[index + 1] == UInt8(ascii: "/"))
        { index += 1 }
        index = min(index + 2, bytes.count)
      default: return index
      }
    }
    return index
  }

  /// The byte after the closing quote; a doubled quote is part of the name.
  private func endOfQuote(_ start: Int, closing: UInt8) -> Int {
    var index = start + 1
    while index < bytes.count {
      if bytes[index] == closing {
        guard closing != UInt8(ascii: "]"), index + 1 < bytes.count, bytes[index + 1] == closing else {
          return index + 1
        }
        index += 1
      }
      index += 1
    }
    return index
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...:
      true
    default: false
    }
  }

  static func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}
