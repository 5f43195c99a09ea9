import Testing

@testable import Basics

@Suite struct JSONTests {
  private func parsed(_ text: String, depth: Int = 64) throws -> JSONValue {
    try JSONValue(parsing: text.utf8, depth: depth)
  }

  @Test(arguments: [
    ("null", JSONValue.null), (" true ", .boolean(true)), ("\tfalse\r\n", .boolean(false)),
    ("0", .integer(0)),
    ("-0", .integer(0)), ("-12", .integer(-12)), ("9223372036854775807", .integer(.max)),
    ("-9223372036854775808", .integer(.min)), ("9223372036854775808", .number(9_223_372_036_854_775_808)),
    ("1.5", .number(1.5)), ("-1.5e-3", .number(-0.0015)), ("1E+2", .number(100)), ("0e0", .number(0)),
    ("1e-999", .number(0)), (#""""#, .string("")),
    (#""a\"\\\/\b\f\n\r\t""#, .string("a\"\\/\u{8}\u{c}\n\r\t")),
    (#""\u00e9\u20ac\ud83e\uddf5\u0000""#, .string("é€🧵\u{0}")), ("\"é🧵\u{7f}\"", .string("é🧵\u{7f}")),
    ("[]", .array([])), ("[ ]", .array([])), ("[1,[2]]", .array([.integer(1), .array([.integer(2)])])),
    ("{}", .object([])),
    (
      #"{"b":1,"a":{"b":null}}"#,
      .object([
        .init(key: "b", value: .integer(1)), .init(key: "a", value: .object([.init(key: "b", value: .null)])),
      ])
    ),
  ])
  func `what RFC 8259 allows is read`(_ text: String, _ value: JSONValue) throws {
    #expect(try parsed(text) == value)
  }

  @Test(arguments: [
    ("", 0), (" ", 1), ("nul", 0), ("True", 0), ("nullx", 4), ("1 2", 2), ("01", 2), ("-", 1), ("+1", 0),
    (".5", 0), ("1.", 2),
    ("1e", 2), ("1e+", 3), ("0x1", 1), ("NaN", 0), ("-Infinity", 1), ("1e999", 5), ("-1e999", 6), ("[", 1),
    ("[1", 2), ("[1,", 3), ("[1,]", 3),
    ("[,1]", 1), ("[1 2]", 3), ("]", 0), ("{", 1), ("{1:2}", 1), (#"{"a"}"#, 4), (#"{"a":}"#, 5),
    (#"{"a":1,}"#, 7),
    (#"{"a":1 "b":2}"#, 7), (#"{a:1}"#, 1), ("\"", 1), (#""\"#, 2), (#""\x""#, 3), (#""\u12""#, 5),
    (#""\u123g""#, 6),
    (#""\ud800""#, 7), (#""\ud800\n""#, 8), (#""\ud800\u0041""#, 13), (#""\udc00""#, 7), ("\"a\nb\"", 2),
    ("'a'", 0), ("[1}", 2),
    ("\u{FEFF}1", 0), ("// 1", 0), ("[1]]", 3),
  ])
  func `what it does not allow is refused with its place`(_ text: String, _ offset: Int) {
    let error = #expect(throws: JSONValue.ParseError.self) { try parsed(text) }
    #expect(error?.offset == offset, "\(error?.message ?? "")")
  }

  @Test(
    arguments: [
      [0xFF], [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
      [0x22, 0xC0, 0x80, 0x22],
      [0x22, 0xF8, 0x88, 0x80, 0x80, 0x80, 0x22], [0x5B, 0xE2, 0x82, 0x5D], [0x00],
    ] as [[UInt8]])
  func `bytes that are no UTF-8 are refused`(_ bytes: [UInt8]) {
    #expect(throws: JSONValue.ParseError.self) { try JSONValue(parsing: bytes) }
  }

  @Test func `nesting has a limit and no text can exhaust the stack`() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(try parsed(nested(3), depth: 3) == .array([.array([.array([])])]))
    #expect(throws: JSONValue.ParseError.self) { try parsed(nested(4), depth: 3) }
    #expect(throws: JSONValue.ParseError.self) { try parsed(nested(100_000)) }
    #expect(throws: JSONValue.ParseError.self) { try parsed(String(repeating: #"{"a":"#, count: 100_000)) }
    // Neighbours do not add up.
    #expect(try parsed("[[],[],[],{},{}]", depth: 2).array?.count == 5)
  }

  @Test func `what is written reads back the same`() throws {
    var chance = SeededGenerator(seed: 8)
    for _ in 0..<300 {
      let value = Self.value(&chance, depth: 4)
      var writer = JSONWriter()
      writer.value(value)
      #expect(try parsed(writer.text) == value)
      #expect(!writer.text.contains("<"))
    }
  }

  private static func value(_ chance: inout SeededGenerator, depth: Int) -> JSONValue {
    let texts = ["", "a", "\"\\/<b>\u{0}\u{1f}\u{7f}\n\t\r", "é🧵\u{2028}", "</script>", "key"]
    func text() -> String { texts.randomElement(using: &chance) ?? "" }
    let count = Int.random(in: 0...3, using: &chance)
    switch Int.random(in: 0...(depth > 0 ? 6 : 4), using: &chance) {
    case 0: return .null
    case 1: return .boolean(.random(using: &chance))
    case 2: return .integer(.random(in: .min ... .max, using: &chance))
    case 3: return .number(chance.fraction() * 1e300)
    case 4: return .string(text())
    case 5: return .array((0..<count).map { _ in value(&chance, depth: depth - 1) })
    default:
      return .object((0..<count).map { _ in .init(key: text(), value: value(&chance, depth: depth - 1)) })
    }
  }

  @Test func `no mutilated text makes the reader stumble`() {
    var chance = SeededGenerator(seed: 10)
    let whole = Array(#"{"a":[1,-2.5e3,true,null,"x\u00e9\ud83e\uddf5\n"],"b":{"c":[[],{}]}}"#.utf8)
    for _ in 0..<3000 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...4, using: &chance) {
        bytes[Int.random(in: 0..<bytes.count, using: &chance)] = UInt8.random(in: 0...255, using: &chance)
      }
      if Bool.random(using: &chance) { bytes.removeLast(Int.random(in: 1..<bytes.count, using: &chance)) }
      do throws(JSONValue.ParseError) {
        let value = try JSONValue(parsing: bytes)
        var writer = JSONWriter()
        writer.value(value)
        #expect((try? JSONValue(parsing: writer.bytes)) == value)
      } catch {
        #expect((0...bytes.count).contains(error.offset))
      }
    }
  }

  @Test func `a writer puts commas and escapes where they belong`() {
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("a\"b")
      writer.array { writer in
        writer.integer(1)
        writer.number(0.5)
        writer.number(.nan)
        writer.number(-.infinity)
        writer.object { _ in }
        writer.array { _ in }
      }
      writer.key("c")
      writer.string(nil)
      writer.key("d")
      writer.integer(Int?.none)
      writer.key("e")
      writer.string("</script>\u{7}")
      writer.key("f")
      writer.boolean(false)
      writer.key("g")
      writer.raw("[1]")
    }
    #expect(
      writer.text
        == #"{"a\"b":[1,0.5,null,null,{},[]],"c":null,"d":null,"e":"\u003c/script>\u0007","f":false,"g":[1]}"#
    )
  }

  @Test func `members are found by name, and kinds are told apart`() throws {
    let value = try parsed(#"{"a":1,"b":"x","c":[2.5],"a":3}"#)
    #expect(value["a"]?.integer == 1)
    #expect(value["a"]?.number == 1)
    #expect(value["b"]?.string == "x")
    #expect(value["c"]?.array?.first?.number == 2.5)
    #expect(value["d"] == nil)
    #expect(value.string == nil && value.integer == nil && value.array == nil && value.number == nil)
    #expect(JSONValue.null["a"] == nil)
  }
}
