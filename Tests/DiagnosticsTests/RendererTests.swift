import Basics
import Diagnostics
import TestKit
import Testing

struct RendererTests {
  private static let file = SourceFile(
    path: "dags/operations/a b.yaml",
    text: "plain: here\n\ttabbed: ü\n名前: 値です\nbell: \u{7}\u{1B}[31mred\u{202E}\ne\u{301}: combined\r\n"
      + String(repeating: "long ", count: 100) + "needle" + String(repeating: " tail", count: 100))

  private static func at(_ line: Int, _ column: Int) -> SourcePosition {
    SourcePosition(file: file, line: line, column: column)
  }

  static let diagnostics: [Diagnostic] = [
    Diagnostic(
      code: "unknown-key", "no key 'plain', 100% sure", at: at(1, 1), length: 5,
      notes: [.init("first, here", at: at(3, 1)), .init("without a place")], help: "did you mean 'plane'?"),
    Diagnostic(.warning, code: "tab", "behind a tab", at: at(2, 2), length: 6),
    Diagnostic(code: "wide", "after wide characters", at: at(3, 5), length: 3),
    Diagnostic(code: "control", "a bell \u{7} and \u{1B}[0m colour\nand more", at: at(4, 8), length: 6),
    Diagnostic(code: "combined", "after a combining mark", at: at(5, 5), length: 8),
    Diagnostic(code: "long-line", "in the middle of a long line", at: at(6, 501), length: 6),
    Diagnostic(code: "long-mark", "longer than what is shown", at: at(6, 1), length: 900),
    Diagnostic(code: "behind", "behind the end of the line", at: at(1, 99)),
    Diagnostic(code: "nowhere", "on a line that is not there", at: at(99, 1)),
    Diagnostic(
      code: "no-text", "in a file without text",
      at: SourcePosition(file: SourceFile(path: "dags/x,y:z\n.yaml", text: ""), line: 1, column: 1)),
  ]

  @Test func `people see the place, the line, a caret and the cure`() {
    Snapshot.expect(TextRenderer().text(Self.diagnostics), matches: "text.txt")
  }

  @Test func `colours only mark what is said anyway`() {
    let coloured = TextRenderer(usesColour: true).text(Self.diagnostics)
    #expect(coloured.contains("\u{1B}[1;31merror:"))
    let plain = coloured.split(separator: "\u{1B}").map { part in
      part.first == "[" ? String(part.drop { $0 != "m" }.dropFirst()) : String(part)
    }.joined()
    #expect(plain == TextRenderer().text(Self.diagnostics))
  }

  @Test func `programs read JSON`() throws {
    let text = JSONRenderer.text(Self.diagnostics, pipelineCount: 3)
    Snapshot.expect(text, matches: "check.json")
    let value = try JSONValue(parsing: text.utf8)
    #expect(value["schema"]?.string == "heddle.check/v1")
    #expect(value["counts"]?["errors"]?.integer == 9)
    #expect(value["diagnostics"]?.array?.count == Self.diagnostics.count)
  }

  @Test func `code hosts read SARIF`() throws {
    let text = SARIFRenderer.text(
      Self.diagnostics, version: "0.1.0", explanations: [.init("tab", "A tab."), .init("unused", "Never.")])
    Snapshot.expect(text, matches: "check.sarif")
    let run = try #require(JSONValue(parsing: text.utf8)["runs"]?.array?.first)
    let rules = try #require(run["tool"]?["driver"]?["rules"]?.array)
    for result in try #require(run["results"]?.array) {
      let rule = try #require(result["ruleIndex"]?.integer)
      #expect(rules[Int(rule)]["id"] == result["ruleId"])
    }
  }

  @Test func `a workflow reads one command a line`() {
    let text = GitHubRenderer.text(Self.diagnostics)
    Snapshot.expect(text, matches: "github.txt")
    #expect(text.split(separator: "\n").allSatisfy { $0.hasPrefix("::error ") || $0.hasPrefix("::warning ") })
  }

  @Test func `no line of an excerpt is wider than a screen`() {
    for column in stride(from: 1, through: 1100, by: 7) {
      for length in [1, 6, 300] {
        let text = TextRenderer().text(
          Diagnostic(code: "x", "y", at: Self.at(6, column), length: length))
        #expect(text.split(separator: "\n").allSatisfy { $0.count < 120 }, "\(column)")
        #expect(text.contains("^"))
      }
    }
  }
}
