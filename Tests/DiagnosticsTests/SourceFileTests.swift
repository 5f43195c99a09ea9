import Diagnostics
import Testing

@Suite struct SourceFileTests {
  let file = SourceFile(path: "a.yaml", text: "one\ntwö: x\r\n\nend")

  @Test(arguments: [
    (0, 1, 1), (3, 1, 4), (4, 2, 1), (6, 2, 3), (8, 2, 4), (13, 3, 1), (14, 4, 1), (99, 4, 4),
  ])
  func `a byte has one place, counted in lines and scalars`(byte: Int, line: Int, column: Int) {
    let position = file.position(atByte: byte)
    #expect([position.line, position.column] == [line, column])
  }

  @Test func `lines come without their ends, and there are no others`() {
    #expect((0...5).map { file.line($0) } == [nil, "one", "twö: x", "", "end", nil])
  }

  @Test func `diagnostics are sorted by place and said once`() {
    let late = Diagnostic(code: "b", "later", at: file.position(atByte: 4))
    let early = Diagnostic(.warning, code: "a", "first", at: file.position(atByte: 0))
    #expect([late, early, late].sortedForReading().map(\.code) == ["a", "b"])
    #expect(![early].hasErrors)
    #expect([early, late].hasErrors)
  }
}
