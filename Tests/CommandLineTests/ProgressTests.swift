import Basics
import Execution
import MeshModel
import TestKit
import Testing

@testable import CommandLine

@Suite struct ProgressTests {
  /// A view on a terminal of 60 columns, or a pipe, whose logs hold 25 lines.
  final class Screen {
    let clock = ManualClock()
    let captured = ProgramSession.Captured()
    let view: ProgressView

    init(columns: Int? = 60, manner: ProgressView.Manner = .init()) {
      var session = ProgramSession()
      session.columns = columns
      let output = session.output(to: captured)
      output.allowsRedrawing = columns != nil
      view = ProgressView(output: output, clock: clock, manner: manner) { path, count in
        path == "/empty" ? [] : (1...25).suffix(count).map { "line \($0)\u{1B}[2J" }
      }
    }

    /// What was written since the last call.
    func written() -> String {
      view.refresh()
      defer { captured.bytes = [] }
      return captured.text
    }

    func tallies(_ counts: [InstanceState: Int]) { view.handle(.tallies(.init(counts: counts))) }
  }

  @Test func `the bar comes after 300 ms and then ten times a second`() {
    let screen = Screen()
    screen.tallies([.waiting: 3, .running: 1])
    #expect(screen.written() == "")
    #expect(screen.view.nextRefresh == screen.clock.monotonicNanoseconds + 300_000_000)
    screen.clock.advance(by: .milliseconds(299))
    #expect(screen.written() == "")
    screen.clock.advance(by: .milliseconds(1))
    #expect(screen.written() == "\r\u{1B}[2K[------------------------------] 0/4  ▶ 1")
    screen.clock.advance(by: .milliseconds(99))
    #expect(screen.written() == "")
    screen.tallies([.waiting: 2, .running: 2])
    #expect(screen.written() == "")
    screen.clock.advance(by: .milliseconds(1))
    #expect(screen.written() == "\r\u{1B}[2K[------------------------------] 0/4  ▶ 2")
    screen.clock.advance(by: .seconds(1))
    #expect(screen.written() == "")
  }

  @Test func `the time left follows from the rate`() {
    let screen = Screen()
    screen.tallies([
      .success: 1, .failed: 1, .upstreamFailed: 1, .skipped: 1, .running: 2, .retrying: 1, .queued: 5,
    ])
    screen.clock.advance(by: .seconds(8))
    #expect(
      screen.written() == "\r\u{1B}[2K[####--------] 4/12  ✓ 1  ✕ 1  ⤓ 1  – 1  ▶ 2  ↻ 1  eta 16s")
    screen.tallies([.success: 12])
    screen.clock.advance(by: .seconds(1))
    #expect(screen.written() == "\r\u{1B}[2K[##############################] 12/12  ✓ 12")
  }

  @Test func `the bar never passes the width of the terminal`() {
    for columns in 20...70 {
      let screen = Screen(columns: columns)
      screen.tallies([.success: 1234, .failed: 1000, .upstreamFailed: 1000, .skipped: 1, .running: 2])
      screen.clock.advance(by: .seconds(8))
      let line = screen.written().replacing("\r\u{1B}[2K", with: "")
      #expect(TerminalText.width(line) < columns)
    }
  }

  @Test func `what ends scrolls above the bar`() {
    let screen = Screen()
    screen.tallies([.success: 1, .waiting: 1])
    screen.clock.advance(by: .milliseconds(300))
    let bar = "\r\u{1B}[2K[###############---------------] 1/2  ✓ 1"
    #expect(screen.written() == bar)
    screen.view.handle(
      .instance(.init(name: "a/b.c\u{7}", state: .success, duration: .milliseconds(4120), reason: "kept")))
    #expect(screen.written() == "\r\u{1B}[2K✓ success  a/b.c  4.1s\n" + bar)
    screen.view.remark("cancelling")
    screen.view.finish()
    #expect(screen.written() == "\r\u{1B}[2Kcancelling\n")
    screen.clock.advance(by: .seconds(1))
    #expect(screen.written() == "")
  }

  @Test func `a failure shows the end of its log by itself`() {
    var manner = ProgressView.Manner()
    manner.isQuiet = true
    manner.mostLogs = 1
    manner.logLines = 2
    let screen = Screen(columns: nil, manner: manner)
    var report = ProgressEvent.InstanceReport(
      name: "a/b.c@2013", state: .failed, duration: .seconds(1), reason: "exit 3", log: "/logs/1.log")
    screen.view.handle(.instance(report))
    #expect(
      screen.written()
        == "✕ failed  a/b.c@2013  1.0s  exit 3\n  | line 24[2J\n  | line 25[2J\n  log: /logs/1.log\n")
    report.isAllowedToFail = true
    screen.view.handle(.instance(report))
    #expect(screen.written() == "✕ failed  a/b.c@2013  1.0s  exit 3  (allowed)\n  log: /logs/1.log\n")
    report.state = .success
    screen.view.handle(.instance(report))
    #expect(screen.written() == "")
  }

  @Test func `an empty log is named as empty`() {
    let screen = Screen(columns: nil)
    screen.view.handle(.instance(.init(name: "a/b.c", state: .failed, log: "/empty")))
    #expect(screen.written() == "✕ failed  a/b.c\n  log: /empty (empty)\n")
  }

  @Test func `few instances are told one by one, many run by run`() {
    let screen = Screen(columns: nil)
    screen.tallies([.waiting: 50])
    let instance = ProgressEvent.instance(
      .init(name: "a/b.c", state: .retrying, reason: "exit 75, again in 10s"))
    let run = ProgressEvent.run(.init(run: 7, name: "a/b@2013", state: .failed, duration: .seconds(61)))
    screen.view.handle(instance)
    screen.view.handle(run)
    #expect(screen.written() == "↻ retrying  a/b.c  exit 75, again in 10s\n")
    screen.tallies([.waiting: 51])
    screen.view.handle(instance)
    screen.view.handle(run)
    #expect(screen.written() == "✕ failed  run 7  a/b@2013  1m01s\n")
  }

  @Test func `without a terminal the tallies are told every 30 s`() {
    let screen = Screen(columns: nil)
    screen.tallies([.success: 1200, .waiting: 2400])
    screen.clock.advance(by: .seconds(29))
    #expect(screen.written() == "")
    #expect(screen.view.nextRefresh == screen.clock.monotonicNanoseconds + 1_000_000_000)
    screen.clock.advance(by: .seconds(1))
    #expect(screen.written() == "1,200/3,600  ✓ 1,200  eta 1m00s\n")
    #expect(screen.written() == "")
  }

  @Test(arguments: [
    (0, "0ms"), (340, "340ms"), (4120, "4.1s"), (41_999, "41s"), (125_000, "2m05s"), (3_725_000, "1h02m"),
    (273_600_000, "3d04h"), (-5, "0ms"),
  ])
  func `spans read as people say them`(milliseconds: Int, text: String) {
    #expect(Duration.milliseconds(milliseconds).text == text)
  }

  @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (27_004, "27,004"), (-1_234_567, "-1,234,567")])
  func `large numbers are grouped`(count: Int, text: String) { #expect(Counted.grouped(count) == text) }

  @Test func `the tail of a log is its last lines, however long it is`() throws {
    let folder = try TemporaryFolder()
    let mask = SecretMask(pieces: [])
    let long = (1...20_000).map { "line \($0)\n" }.joined()
    #expect(
      LogFile.tail(of: try folder.write(long, to: "long"), lines: 2, mask) == ["line 19999", "line 20000"])
    #expect(LogFile.tail(of: try folder.write("a\n\nb", to: "short"), lines: 20, mask) == ["a", "", "b"])
    #expect(LogFile.tail(of: try folder.write("", to: "empty"), lines: 20, mask) == [])
    #expect(LogFile.tail(of: folder.file("none"), lines: 20, mask) == [])
    let one = String(repeating: "x", count: 100_000)
    #expect(LogFile.tail(of: try folder.write(one, to: "one"), lines: 20, mask).first?.count == 65_536)
  }
}
