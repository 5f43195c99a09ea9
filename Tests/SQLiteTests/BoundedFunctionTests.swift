import Basics
import SQLite
import Testing

struct BoundedFunctionTests {
  private static let pieces = ["a", "b", "ab", "", " ", "é", "€", "😀", "0", "aa", "x'00'", "\\", "ba"]

  private func answer(_ sql: String, _ values: [String?], on connection: Connection) throws -> [String] {
    let statement = try connection.prepare(sql)
    for (index, value) in values.enumerated() { statement.bind(value, at: index + 1) }
    var found: [String] = []
    while try statement.step() {
      found += (0..<statement.columnCount).map { "\(statement.storage($0)) \(statement.text($0))" }
    }
    return found
  }

  @Test func `functions of ours answer what SQLite's do`() throws {
    let plain = try Connection(path: "", mode: .memory)
    let bound = try Connection(path: "", mode: .memory)
    bound.boundFunctions()
    var chance = SeededGenerator(seed: 7)
    func text(_ most: Int) -> String? {
      if Int.random(in: 0..<20, using: &chance) == 0 { return nil }
      return (0..<Int.random(in: 0...most, using: &chance)).map { _ in
        Self.pieces[Int.random(in: 0..<Self.pieces.count, using: &chance)]
      }.joined()
    }
    let forms = [
      "instr(?1, ?2)", "instr(CAST(?1 AS BLOB), CAST(?2 AS BLOB))", "instr(?1, CAST(?2 AS BLOB))",
      "instr(?1, CAST(x'a9' AS TEXT))", "instr(CAST(x'a961' AS TEXT), CAST(x'a9' AS TEXT))",
      "replace(?1, ?2, ?3)", "replace(123123, 2, ?3)", "replace(12, '', 1)", "replace(x'', 'a', 'b')",
      "trim(?1)", "ltrim(?1)", "rtrim(?1)", "trim(?1, ?2)", "ltrim(?1, ?2)", "rtrim(?1, ?2)",
      "trim(?1, 'é😀b')", "trim(1221, 1)",
    ]
    let sql = "SELECT " + forms.joined(separator: ", ")
    for _ in 0..<500 {
      let values = [text(8), text(2), text(2)]
      #expect(try answer(sql, values, on: bound) == answer(sql, values, on: plain), "\(values)")
    }
    try comparePatterns(plain, bound, &chance)
    let patch = "SELECT json_patch('{\"a\":1,\"b\":[1]}', '{\"a\":null,\"c\":2}'), json_patch(NULL, 1), "
    let nested = "json_array(json_patch('{}', '{\"a\":1}'))"
    #expect(try answer(patch + nested, [], on: bound) == answer(patch + nested, [], on: plain))
    #expect(throws: SQLiteError.self) { try answer("SELECT json_patch('{', '{}')", [], on: bound) }
  }

  private func comparePatterns(
    _ plain: Connection, _ bound: Connection, _ chance: inout SeededGenerator
  ) throws {
    let letters = [
      "a", "A", "b", "é", "É", "\u{1F600}", "%", "_", "*", "?", "[", "]", "^", "-", "!", "\\", "[",
    ]
    // Broken UTF-8: a continuation alone, one too many, a surrogate, something too large, and a zero.
    let bytes = ["61", "80", "C3A9A9", "EDA080", "F8888888", "E2", "25", "00", "41"]
    func made(_ pieces: [String], _ most: Int) -> String {
      (0..<Int.random(in: 0...most, using: &chance)).map { _ in
        pieces[Int.random(in: 0..<pieces.count, using: &chance)]
      }.joined()
    }
    let forms =
      "SELECT ?1 LIKE ?2, ?1 GLOB ?2, ?1 LIKE ?2 ESCAPE '!', ?1 LIKE ?2 ESCAPE '%', ?1 LIKE ?2 ESCAPE '_', "
      + "?1 LIKE ?2 ESCAPE 'é', ?1 GLOB '*' || ?2 || '*', ?1 LIKE '%' || ?2 || '%', like(?2, ?1), "
      + "glob(?2, CAST(?1 AS BLOB)), 121 LIKE '1_1', 12.5 GLOB 12.5, NULL LIKE ?1, ?1 LIKE '%%!' ESCAPE '!', "
    for _ in 0..<4000 {
      let broken = "CAST(x'\(made(bytes, 5))' AS TEXT)"
      let sql = forms + "\(broken) LIKE ?2, \(broken) GLOB ?1, ?1 LIKE \(broken), ?2 GLOB '*' || \(broken)"
      let values = [made(letters, 7), made(letters, 6)]
      #expect(try answer(sql, values, on: bound) == answer(sql, values, on: plain), "\(values) \(broken)")
    }
    for sql in ["SELECT 'a' LIKE 'a' ESCAPE 'ab'", "SELECT 'a' LIKE 'a' ESCAPE ''"] {
      #expect(throws: SQLiteError.self) { try answer(sql, [], on: bound) }
      #expect(throws: SQLiteError.self) { try answer(sql, [], on: plain) }
    }
  }

  @Test(arguments: [
    "instr(hex(zeroblob(1000000)), hex(zeroblob(500000)) || '1')",
    "length(replace(hex(zeroblob(1000000)), hex(zeroblob(500000)) || '1', 'x'))",
    "length(trim(hex(zeroblob(1000000)), printf('%.*c', 500000, 'é') || '0'))",
  ])
  func `functions over long texts take no time`(expression: String) throws {
    let connection = try Connection(path: "", mode: .memory)
    connection.boundFunctions()
    let start = SystemClock().monotonicNanoseconds
    #expect(try answer("SELECT \(expression)", [], on: connection).count == 1)
    // SQLite's own take minutes.
    #expect(SystemClock().monotonicNanoseconds - start < 60_000_000_000)
  }
}
