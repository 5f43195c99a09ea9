import Basics
import Diagnostics
import MeshModel
import TestKit
import Testing

@testable import Declarations

struct YAMLTests {
  private func compose(_ text: String) throws -> (root: YAMLNode, findings: Findings) {
    let findings = Findings()
    let document = try #require(
      YAMLComposer.compose(SourceFile(path: "x.yaml", text: text), findings: findings))
    return (try #require(document.root), findings)
  }

  static let scalars: [(text: String, value: YAMLScalar)] = [
    ("", .null), ("~", .null), ("null", .null), ("Null", .null), ("NULL", .null), ("nUll", .text("nUll")),
    ("true", .boolean(true)), ("True", .boolean(true)), ("FALSE", .boolean(false)), ("tRue", .text("tRue")),
    ("yes", .text("yes")), ("no", .text("no")), ("on", .text("on")), ("off", .text("off")), ("y", .text("y")),
    ("0", .integer(0)), ("-0", .integer(0)), ("+12", .integer(12)), ("-19", .integer(-19)),
    ("010", .integer(10)),
    ("0o14", .integer(12)), ("0xFF", .integer(255)), ("0o8", .text("0o8")), ("0xG", .text("0xG")),
    ("0x", .text("0x")),
    ("0b1", .text("0b1")), ("1_000", .text("1_000")), ("1:30", .text("1:30")), ("1.5.2", .text("1.5.2")),
    ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
    ("9223372036854775808", .oversized), ("0xFFFFFFFFFFFFFFFFF", .oversized),
    ("0.", .real(0)), (".5", .real(0.5)), ("-.5", .real(-0.5)), ("+1.5e3", .real(1500)), ("1e3", .real(1000)),
    ("1e", .text("1e")), (".", .text(".")), ("-", .text("-")), ("+", .text("+")), ("e1", .text("e1")),
    (".inf", .real(.infinity)), ("-.INF", .real(-.infinity)), ("+.Inf", .real(.infinity)),
    (".iNf", .text(".iNf")),
    ("2013-01-31", .text("2013-01-31")), ("1 2", .text("1 2")), ("12e03", .real(12000)),
    ("--1", .text("--1")),
  ]

  @Test(arguments: scalars)
  func `plain scalars follow the core schema of YAML 1.2`(text: String, value: YAMLScalar) {
    #expect(YAMLScalar(plain: text) == value)
  }

  @Test func `quoted scalars are texts`() throws {
    let (root, _) = try compose("- '5'\n- \"true\"\n- |\n 7\n- >-\n null\n")
    #expect(root.items.map { YAMLScalar($0) }.allSatisfy { if case .text = $0 { true } else { false } })
  }

  @Test func `every node knows its line and column, in scalars`() throws {
    let (root, _) = try compose("a: é\nbb: [x, \"ü😀\", y]\nc:\n  - d: 1\n    e:\n  -\n")
    #expect(root.pairs.map { $0.key.position.description } == ["x.yaml:1:1", "x.yaml:2:1", "x.yaml:3:1"])
    let list = try #require(root["bb"])
    #expect(list.items.map(\.position.column) == [6, 9, 15])
    #expect(list.items.map(\.length) == [1, 4, 1])
    let entries = try #require(root["c"]).items.map(\.position.description)
    #expect(entries == ["x.yaml:4:5", "x.yaml:6:4"])
  }

  static let texts: [(yaml: String, word: String)] = [
    ("sql: SELECT x FROM y", "FROM"), ("sql: \"SELECT x FROM y\"", "FROM"),
    ("sql: 'SELECT x FROM y'", "FROM"),
    ("sql: |\n  SELECT x\n    FROM y\n", "FROM"),
    ("a:\n  sql: |\n        SELECT\n         é, FROM\n", "FROM"),
    ("sql: |2\n    SELECT\n   FROM\n", "FROM"), ("sql: |-\n\n\n  SELECT\n\n  FROM", "FROM"),
    ("sql: | # a comment\n  SELECT\n  FROM", "FROM"), ("- sql: |+\n   FROM x\n\n", "FROM"),
    ("sql: |\r\n  SELECT x\r\n    FROM y\r\n", "FROM"), ("sql: |1\n  SELECT\n  FROM\n", "FROM"),
  ]

  @Test(arguments: texts)
  func `a place in a text is a place in the file`(yaml: String, word: String) throws {
    let (root, findings) = try compose(yaml)
    #expect(!findings.hasErrors)
    let mapping = root.kind == .sequence ? try #require(root.items.first { _ in true }) : root
    let node = try #require(mapping["sql"] ?? mapping["a"]?["sql"])
    let located = node.locatedText
    let bytes = Array(located.text.utf8)
    let offset = try #require(bytes.indices.first { bytes[$0...].starts(with: word.utf8) })
    let place = located.position(atByte: offset)
    let line = try #require(node.document.file.line(place.line))
    #expect(String(line.unicodeScalars.dropFirst(place.column - 1)).hasPrefix(word), "\(place)")
  }

  @Test(arguments: [
    "sql: >\n  SELECT\n  FROM", "sql: \"SELECT\\n FROM\"", "sql: SELECT\n  FROM", "sql: 'it''s FROM'",
  ])
  func `a text that was folded or escaped has the place of its beginning`(yaml: String) throws {
    let node = try #require(try compose(yaml).root["sql"])
    let start = node.locatedText.position(atByte: 0)
    #expect(node.locatedText.position(atByte: 9) == start)
    #expect(start.line == (yaml.contains(">") ? 2 : 1))
  }

  @Test func `durations and dates are read whole or not at all`() {
    let durations: [(String, Int64?)] = [
      ("10s", 10_000), ("5m", 300_000), ("2h", 7_200_000), ("7d", 604_800_000), ("1h30m", 5_400_000),
      ("1w", 604_800_000),
      ("250ms", 250), ("0s", 0), ("1d2h3m4s5ms", 93_784_005), ("", nil), ("10", nil), ("s", nil),
      ("1s1m", nil),
      ("1m1m", nil), ("1.5h", nil), ("-5m", nil), ("1 h", nil), ("5min", nil), ("99999999999999999999s", nil),
      ("36501d", nil), ("9223372036854775807w", nil), ("１s", nil),
    ]
    for (text, milliseconds) in durations {
      #expect(Duration(declared: text)?.wholeMilliseconds == milliseconds, "\(text)")
    }
    let dates = ["2013-01-31", "2012-02-29", "2013-01-31T06:00", "2013-01-31 23:59:59", "0001-01-01"]
    for text in dates { #expect(CivilTime(declared: text) != nil, "\(text)") }
    let others = [
      "2013-02-29", "2013-1-31", "2013-01-32", "2013-13-01", "2013-01-31T24:00", "2013-01-31T06:00Z",
      "0000-01-01", "2013-01-31T", "２０13-01-31",
    ]
    for text in others { #expect(CivilTime(declared: text) == nil, "\(text)") }
  }
}
