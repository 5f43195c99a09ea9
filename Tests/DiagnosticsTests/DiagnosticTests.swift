import Diagnostics
import Testing

@Suite struct DiagnosticTests {
  @Test func `diagnostics are read by file, line, column and code, each once`() {
    let one = SourceFile(path: "a.yaml", text: "one\ntwo\n")
    let two = SourceFile(path: "b.yaml", text: "")
    func diagnostic(_ file: SourceFile, _ line: Int, _ column: Int, _ code: String) -> Diagnostic {
      Diagnostic(code: code, "it is wrong", at: SourcePosition(file: file, line: line, column: column))
    }
    let sorted = [
      diagnostic(two, 1, 1, "x"), diagnostic(one, 2, 1, "x"), diagnostic(one, 1, 9, "y"),
      diagnostic(one, 1, 9, "x"),
      diagnostic(one, 2, 1, "x"),
    ].sortedForReading()
    #expect(
      sorted.map { "\($0.position) \($0.code)" }
        == ["a.yaml:1:9 x", "a.yaml:1:9 y", "a.yaml:2:1 x", "b.yaml:1:1 x"])
    #expect(sorted.hasErrors)
    #expect(!([Diagnostic]().hasErrors))
  }

  @Test func `a place in a file is told by lines and columns of what one sees`() {
    let file = SourceFile(path: "a.yaml", text: "é🧵x\r\nzwei\n")
    #expect(file.lineCount == 3)
    #expect(file.line(1) == "é🧵x")
    #expect(file.line(3) == "")
    #expect(file.line(0) == nil && file.line(4) == nil)
    #expect("\(file.position(atByte: 6))" == "a.yaml:1:3")
    #expect("\(file.position(atByte: 9))" == "a.yaml:2:1")
    #expect("\(file.position(atByte: .max))" == "a.yaml:3:1")
    #expect("\(file.position(atByte: .min))" == "a.yaml:1:1")
  }
}
