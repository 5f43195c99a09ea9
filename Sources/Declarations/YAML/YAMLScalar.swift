/// What a scalar means in the core schema of YAML 1.2: `no`, `on`, `010.5.1` and `1:30` are texts.
enum YAMLScalar: Equatable {
  case null
  case boolean(Bool)
  case integer(Int64)
  case real(Double)
  case text(String)
  /// An integer beyond 64 bits.
  case oversized

  init(_ node: YAMLNode) {
    self = node.style == .plain ? YAMLScalar(plain: node.text) : .text(node.text)
  }

  init(plain text: String) {
    guard let first = text.utf8.first else {
      self = .null
      return
    }
    switch first {
    case UInt8(ascii: "~"), UInt8(ascii: "n"), UInt8(ascii: "N"):
      self = Self.isNull(text) ? .null : .text(text)
    case UInt8(ascii: "t"), UInt8(ascii: "T"):
      self = ["true", "True", "TRUE"].contains(text) ? .boolean(true) : .text(text)
    case UInt8(ascii: "f"), UInt8(ascii: "F"):
      self = ["false", "False", "FALSE"].contains(text) ? .boolean(false) : .text(text)
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
      self = Self.number(text) ?? .text(text)
    default: self = .text(text)
    }
  }

  static func isNull(_ text: String) -> Bool {
    text.isEmpty || text == "~" || text == "null" || text == "Null" || text == "NULL"
  }

  private static func number(_ text: String) -> YAMLScalar? {
    if text.hasPrefix("0x") { return prefixed(text.dropFirst(2), radix: 16) }
    if text.hasPrefix("0o") { return prefixed(text.dropFirst(2), radix: 8) }
    var bytes = Substring(text).utf8
    let isNegative = bytes.first == UInt8(ascii: "-")
    if isNegative || bytes.first == UInt8(ascii: "+") { bytes.removeFirst() }
    let rest = Substring(bytes)
    if rest == ".inf" || rest == ".Inf" || rest == ".INF" {
      return .real(isNegative ? -Double.infinity : .infinity)
    }
    if text == ".nan" || text == ".NaN" || text == ".NAN" { return .real(.nan) }
    let whole = digits(&bytes)
    if bytes.isEmpty { return whole > 0 ? Int64(text).map(YAMLScalar.integer) ?? .oversized : nil }
    var fraction = 0
    if bytes.first == UInt8(ascii: ".") {
      bytes.removeFirst()
      fraction = digits(&bytes)
    }
    guard whole + fraction > 0 else { return nil }
    if bytes.first == UInt8(ascii: "e") || bytes.first == UInt8(ascii: "E") {
      bytes.removeFirst()
      if bytes.first == UInt8(ascii: "-") || bytes.first == UInt8(ascii: "+") { bytes.removeFirst() }
      guard digits(&bytes) > 0 else { return nil }
    }
    return bytes.isEmpty ? Double(text).map(YAMLScalar.real) : nil
  }

  private static func prefixed(_ digits: Substring, radix: Int) -> YAMLScalar? {
    guard !digits.isEmpty, digits.utf8.allSatisfy({ isDigit($0, radix: radix) }) else { return nil }
    return Int64(digits, radix: radix).map(YAMLScalar.integer) ?? .oversized
  }

  private static func isDigit(_ byte: UInt8, radix: Int) -> Bool {
    Character(Unicode.Scalar(byte)).hexDigitValue.map { $0 < radix } ?? false
  }

  private static func digits(_ bytes: inout Substring.UTF8View) -> Int {
    let start = bytes.count
    while let byte = bytes.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      bytes.removeFirst()
    }
    return start - bytes.count
  }
}
