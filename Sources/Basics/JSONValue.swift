/// A JSON value as it was read: RFC 8259, members in the order of the text.
public enum JSONValue: Hashable, Sendable {
  case null
  case boolean(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([Member])

  /// A name and its value.
  public struct Member: Hashable, Sendable {
    public var key: String
    public var value: JSONValue

    public init(key: String, value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  /// What is wrong with a text that is not JSON, and at which byte.
  public struct ParseError: Error, Hashable, Sendable {
    public var message: String
    public var offset: Int
  }

  /// Reads one value that fills the whole text.
  ///
  /// - Parameters:
  ///   - bytes: UTF-8; invalid sequences are an error.
  ///   - depth: how deep arrays and objects may nest.
  public init(parsing bytes: some Collection<UInt8>, depth: Int = 64) throws(ParseError) {
    var parser = JSONParser(bytes: Array(bytes), deepest: depth)
    self = try parser.document()
  }

  /// The member of that name, if this is an object that has one.
  public subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  public var string: String? { if case .string(let value) = self { value } else { nil } }
  public var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
  public var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }

  /// The value as a number, integers included.
  public var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
}

extension JSONWriter {
  /// Writes a value that was read or built before.
  public mutating func value(_ value: JSONValue) {
    switch value {
    case .null: null()
    case .boolean(let value): boolean(value)
    case .integer(let value): integer(value)
    case .number(let value): number(value)
    case .string(let value): string(value)
    case .array(let items): array { writer in for item in items { writer.value(item) } }
    case .object(let members):
      object { writer in
        for member in members {
          writer.key(member.key)
          writer.value(member.value)
        }
      }
    }
  }
}

/// Recursive descent over bytes, with every index checked.
private struct JSONParser {
  let bytes: [UInt8]
  let deepest: Int
  var offset = 0
  var depth = 0

  init(bytes: [UInt8], deepest: Int) {
    self.bytes = bytes
    self.deepest = deepest
  }

  mutating func document() throws(JSONValue.ParseError) -> JSONValue {
    let value = try self.value()
    skipSpace()
    guard offset == bytes.count else { throw error("something follows the value") }
    return value
  }

  private var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private func error(_ message: String) -> JSONValue.ParseError { .init(message: message, offset: offset) }

  private mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { offset += 1 }
  }

  private mutating func value() throws(JSONValue.ParseError) -> JSONValue {
    skipSpace()
    switch current {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .boolean(true))
    case UInt8(ascii: "f"): return try word("false", .boolean(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case nil: throw error("the text ends where a value is expected")
    default: return try number()
    }
  }

  private mutating func word(_ text: StaticString, _ value: JSONValue) throws(JSONValue.ParseError)
    -> JSONValue
  {
    let expected = "\(text)".utf8
    guard bytes[offset...].starts(with: expected) else { throw error("a value is expected") }
    offset += expected.count
    return value
  }

  private mutating func enter() throws(JSONValue.ParseError) {
    depth += 1
    guard depth <= deepest else { throw error("values nest deeper than \(deepest)") }
    offset += 1
    skipSpace()
  }

  private mutating func array() throws(JSONValue.ParseError) -> JSONValue {
    try enter()
    var items: [JSONValue] = []
    if current != UInt8(ascii: "]") {
      while true {
        items.append(try value())
        if try !goesOn(closing: UInt8(ascii: "]")) { break }
      }
    }
    offset += 1
    depth -= 1
    return .array(items)
  }

  private mutating func object() throws(JSONValue.ParseError) -> JSONValue {
    try enter()
    var members: [JSONValue.Member] = []
    if current != UInt8(ascii: "}") {
      while true {
        skipSpace()
        guard current == UInt8(ascii: "\"") else { throw error("a member's name in quotes is expected") }
        let key = try string()
        skipSpace()
        guard current == UInt8(ascii: ":") else { throw error("':' is expected") }
        offset += 1
        members.append(.init(key: key, value: try value()))
        if try !goesOn(closing: UInt8(ascii: "}")) { break }
      }
    }
    offset += 1
    depth -= 1
    return .object(members)
  }

  /// Whether a comma follows; stays before the closing bracket otherwise.
  private mutating func goesOn(closing: UInt8) throws(JSONValue.ParseError) -> Bool {
    skipSpace()
    if current == closing { return false }
    guard current == UInt8(ascii: ",") else { throw error("',' or the closing bracket is expected") }
    offset += 1
    return true
  }

  private mutating func number() throws(JSONValue.ParseError) -> JSONValue {
    let start = offset
    var isInteger = true
    if current == UInt8(ascii: "-") { offset += 1 }
    let leading = current
    let whole = digits()
    guard whole > 0, !(leading == UInt8(ascii: "0") && whole > 1) else { throw error("a value is expected") }
    if current == UInt8(ascii: ".") {
      isInteger = false
      offset += 1
      guard digits() > 0 else { throw error("a digit is expected") }
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      isInteger = false
      offset += 1
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { offset += 1 }
      guard digits() > 0 else { throw error("a digit is expected") }
    }
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    if isInteger, let integer = Int64(text) { return .integer(integer) }
    guard let number = Double(text), number.isFinite else { throw error("the number is too large") }
    return .number(number)
  }

  private mutating func digits() -> Int {
    let start = offset
    while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { offset += 1 }
    return offset - start
  }

  private mutating func string() throws(JSONValue.ParseError) -> String {
    offset += 1
    var content: [UInt8] = []
    while let byte = current {
      switch byte {
      case UInt8(ascii: "\""):
        offset += 1
        guard let text = String(validating: content, as: UTF8.self) else {
          throw error("a string is not UTF-8")
        }
        return text
      case UInt8(ascii: "\\"):
        offset += 1
        try escape(into: &content)
      case 0..<0x20: throw error("a control character in a string must be escaped")
      default:
        content.append(byte)
        offset += 1
      }
    }
    throw error("a string has no end")
  }

  private mutating func escape(into content: inout [UInt8]) throws(JSONValue.ParseError) {
    guard let byte = current else { throw error("a string has no end") }
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
    case UInt8(ascii: "b"): content.append(0x08)
    case UInt8(ascii: "f"): content.append(0x0C)
    case UInt8(ascii: "n"): content.append(0x0A)
    case UInt8(ascii: "r"): content.append(0x0D)
    case UInt8(ascii: "t"): content.append(0x09)
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      if (0xD800..<0xDC00).contains(code) {
        guard current == UInt8(ascii: "\\") else { throw error("half a surrogate pair") }
        offset += 1
        guard current == UInt8(ascii: "u") else { throw error("half a surrogate pair") }
        offset += 1
        let low = try hexadecimal()
        guard (0xDC00..<0xE000).contains(low) else { throw error("half a surrogate pair") }
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw error("half a surrogate pair") }
      content.append(contentsOf: String(scalar).utf8)
    default: throw error("no such escape")
    }
  }

  private mutating func hexadecimal() throws(JSONValue.ParseError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw error("four hexadecimal digits are expected")
      }
      code = code << 4 | UInt32(digit)
      offset += 1
    }
    return code
  }
}
