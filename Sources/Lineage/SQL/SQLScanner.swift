/// Splits SQL into tokens the way SQLite does, as far as names and parameters need.
struct SQLScanner {
  struct Token {
    enum Kind {
      /// A name or keyword, bare or quoted.
      case word
      /// `:name`, `@name`, `$name`, `?` or `?7`.
      case parameter
      /// A single character that is none of the others.
      case mark(UInt8)
      /// A string, blob or number.
      case literal
    }

    var kind: Kind
    var range: Range<Int>
    /// The word stands in quotes or brackets, so it is no keyword.
    var isQuoted = false
  }

  private let bytes: UnsafeBufferPointer<UInt8>
  private var offset = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// The next token; nil at the end. Comments and space are passed over, and so is what an unclosed quote
  /// holds.
  mutating func next() -> Token? {
    skipSpaceAndComments()
    guard offset < bytes.count else { return nil }
    let start = offset
    let byte = bytes[offset]
    switch byte {
    case UInt8(ascii: "'"):
      skip(to: byte)
      return Token(kind: .literal, range: start..<offset)
    case UInt8(ascii: "\""), UInt8(ascii: "`"):
      skip(to: byte)
      return Token(kind: .word, range: start..<offset, isQuoted: true)
    case UInt8(ascii: "["):
      skip(to: UInt8(ascii: "]"), doubled: false)
      return Token(kind: .word, range: start..<offset, isQuoted: true)
    case UInt8(ascii: ":"), UInt8(ascii: "@"), UInt8(ascii: "$"), UInt8(ascii: "?"):
      offset += 1
      skipWord()
      let isAlone = offset == start + 1 && byte != UInt8(ascii: "?")
      return Token(kind: isAlone ? .mark(byte) : .parameter, range: start..<offset)
    case _ where Self.isDigit(byte):
      skipNumber()
      return Token(kind: .literal, range: start..<offset)
    case _ where Self.isWordByte(byte):
      skipWord()
      if offset == start + 1, byte | 0x20 == UInt8(ascii: "x"), peek(0) == UInt8(ascii: "'") {
        skip(to: UInt8(ascii: "'"))
        return Token(kind: .literal, range: start..<offset)
      }
      return Token(kind: .word, range: start..<offset)
    default:
      offset += 1
      return Token(kind: .mark(byte), range: start..<offset)
    }
  }

  /// The name that a word stands for, without its quotes, in lower case: SQLite tells no cases apart.
  func name(of token: Token) -> String {
    var range = token.range
    var quote: UInt8?
    if token.isQuoted {
      let first = bytes[range.lowerBound]
      quote = first == UInt8(ascii: "[") ? nil : first
      range = range.lowerBound + 1..<max(range.lowerBound + 1, range.upperBound - 1)
    }
    return String(unsafeUninitializedCapacity: range.count) { letters in
      var count = 0
      var place = range.lowerBound
      while place < range.upperBound {
        let byte = bytes[place]
        letters[count] = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
        count += 1
        place += byte == quote ? 2 : 1
      }
      return count
    }
  }

  /// Whether a word that is not quoted is this keyword, given in lower case.
  func isKeyword(_ token: Token, _ keyword: StaticString) -> Bool {
    guard case .word = token.kind, !token.isQuoted, token.range.count == keyword.utf8CodeUnitCount else {
      return false
    }
    for place in 0..<token.range.count
    where bytes[token.range.lowerBound + place] | 0x20 != keyword.utf8Start[place] { return false }
    return true
  }

  func text(of token: Token) -> String { String(decoding: bytes[token.range], as: UTF8.self) }

  private func peek(_ ahead: Int) -> UInt8? {
    offset + ahead < bytes.count ? bytes[offset + ahead] : nil
  }

  private mutating func skipSpaceAndComments() {
    while let byte = peek(0) {
      switch byte {
      case 0x20, 0x09, 0x0A, 0x0C, 0x0D: offset += 1
      case UInt8(ascii: "-") where peek(1) == UInt8(ascii: "-"):
        while let byte = peek(0), byte != 0x0A { offset += 1 }
      case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"):
        offset += 2
        while peek(0) != nil, !(peek(0) == UInt8(ascii: "*") && peek(1) == UInt8(ascii: "/")) { offset += 1 }
        offset = min(offset + 2, bytes.count)
      default: return
      }
    }
  }

  /// Goes behind the closing quote; a doubled one belongs to the text.
  private mutating func skip(to quote: UInt8, doubled: Bool = true) {
    offset += 1
    while let byte = peek(0) {
      offset += 1
      guard byte == quote else { continue }
      guard doubled, peek(0) == quote else { return }
      offset += 1
    }
  }

  private mutating func skipWord() { while let byte = peek(0), Self.isWordByte(byte) { offset += 1 } }

  private mutating func skipNumber() {
    while let byte = peek(0) {
      let isSign = byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
      let follows = isSign && bytes[offset - 1] | 0x20 == UInt8(ascii: "e")
      guard Self.isWordByte(byte) || byte == UInt8(ascii: ".") || follows else { return }
      offset += 1
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...:
      true
    default: false
    }
  }
}
