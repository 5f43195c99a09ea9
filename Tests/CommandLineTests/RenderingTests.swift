import MeshModel
import TestKit
import Testing

@testable import CommandLine

@Suite struct RenderingTests {
  static func table() -> Table {
    var table = Table(["RUN", "STATE", "PIPELINE", "TIME"])
    table.add(.number(7), .state(.init(RunState.success)), .text("operations/departures"), .number("1.2 s"))
    table.add(
      .number(412), .state(.init(InstanceState.upstreamFailed)), .text("大/\u{1B}[2Jx"), .number("20 m"))
    return table
  }

  func written(_ table: Table, columns: Int?, colour: Bool = false) -> String {
    let captured = ProgramSession.Captured()
    var session = ProgramSession()
    session.columns = columns
    let output = session.output(to: captured)
    output.allowsColour = colour
    table.write(to: output)
    output.flush()
    return captured.text
  }

  @Test func `on a terminal columns are aligned under headings and nothing is cut`() {
    #expect(
      written(Self.table(), columns: 20) == """
        RUN  STATE              PIPELINE                TIME
          7  ✓ success          operations/departures  1.2 s
        412  ⤓ upstream failed  大/[2Jx                 20 m

        """)
  }

  @Test func `in a pipe columns are separated by tabs and states have their own names`() {
    #expect(
      written(Self.table(), columns: nil)
        == "7\tsuccess\toperations/departures\t1.2 s\n412\tupstream_failed\t大/[2Jx\t20 m\n")
  }

  @Test func `colours never change the alignment`() {
    let plain = written(Self.table(), columns: 80)
    let coloured = written(Self.table(), columns: 80, colour: true)
    #expect(coloured != plain)
    #expect(coloured.replacing(/\u{1B}\[[0-9;]*m/, with: "") == plain)
  }

  @Test func `every state has a glyph and a word`() {
    let states: [(InstanceState, String)] = [
      (.success, "✓ success"), (.failed, "✕ failed"), (.running, "▶ running"), (.retrying, "↻ retrying"),
      (.upstreamFailed, "⤓ upstream failed"), (.waiting, "◷ waiting"), (.queued, "◷ queued"),
      (.deferred, "◷ deferred"), (.skipped, "– skipped"), (.cancelled, "⊘ cancelled"),
    ]
    #expect(states.count == InstanceState.allCases.count)
    for (state, text) in states { #expect(StateLabel(state).text(Paint(isOn: false)) == text) }
    #expect(StateLabel(AttemptState.timedOut).text(Paint(isOn: false)) == "✕ timed out")
    #expect(StateLabel(AttemptState.timedOut).name == "timed_out")
  }

  @Test(arguments: [
    ("plain", "plain"), ("a\nb\tc", "a b c"), ("\u{1B}[31mred\u{1B}[0m", "[31mred[0m"), ("\u{9B}31m", "31m"),
    ("x\u{202E}y", "xy"), ("é大", "é大"),
  ])
  func `text from outside loses its control characters`(text: String, clean: String) {
    #expect(TerminalText.clean(text) == clean)
  }

  @Test func `a cut text fits its cells`() {
    #expect(TerminalText.cut("departures", to: 10) == "departures")
    #expect(TerminalText.cut("departures", to: 5) == "depa…")
    #expect(TerminalText.cut("大大大", to: 4) == "大…")
    #expect(TerminalText.cut("abc", to: 0) == "")
  }

  @Test(arguments: [
    ("a/b", "a/b"), ("operations/*", "'operations/*'"), ("it's", "'it'\\''s'"), ("", "''"),
  ])
  func `a quoted word is one word`(text: String, quoted: String) {
    #expect(ShellWord.quoted(text) == quoted)
  }
}
