import Testing

@testable import Diagnostics

@Suite struct TallyTests {
  @Test func `errors and warnings are counted apart`() {
    let file = SourceFile(path: "a.yaml", text: "a: 1\n")
    let place = SourcePosition(file: file, line: 1, column: 1)
    let error = Diagnostic(code: "a", "one", at: place)
    let warning = Diagnostic(.warning, code: "b", "two", at: place)
    #expect([error, error, warning].tally == "2 errors, 1 warning")
    #expect([Diagnostic]().tally == "0 errors, 0 warnings")
    #expect([warning].hasErrors == false)
  }
}
