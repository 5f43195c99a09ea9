import Basics
import MeshModel

/// Shows a person how runs get on.
///
/// On a terminal a bar stays at the bottom, from 300 ms on, and what ends scrolls above it. Elsewhere lines
/// are only ever added: one for each instance when they are few, else one for each run, and the tallies every
/// 30 s. The log of what failed is shown by itself.
final class ProgressView {
  /// How much is said.
  struct Manner {
    /// Up to this many instances each is told by itself.
    var fewOnTerminal = 500
    var fewElsewhere = 50
    /// The bar appears after this long.
    var patience: Duration = .milliseconds(300)
    /// The bar is drawn at most this often.
    var frame: Duration = .milliseconds(100)
    /// Without a terminal the tallies are told this often.
    var interval: Duration = .seconds(30)
    /// How many logs are shown; of further failures only the place of the log is.
    var mostLogs = 5
    var logLines = 20
    /// Nothing but failures.
    var isQuiet = false
    /// Nothing at all.
    var isSilent = false
  }

  /// The last lines of a log; empty when there is none.
  typealias ReadTail = (_ path: String, _ lines: Int) -> [String]

  private let output: Output
  private let clock: any Clock
  private let manner: Manner
  private let readTail: ReadTail
  private let paint: Paint
  private let began: UInt64
  private var tallies = ProgressEvent.Tallies()
  private var barIsShown = false
  /// The bar gave way to lines; it comes back with the next refresh.
  private var barIsDue = false
  private var lastBar = ""
  private var isFinished = false
  private var lastDrawing: UInt64
  private var logsShown = 0

  init(output: Output, clock: any Clock, manner: Manner = Manner(), readTail: @escaping ReadTail) {
    self.output = output
    self.clock = clock
    self.manner = manner
    self.readTail = readTail
    paint = Paint(output)
    began = clock.monotonicNanoseconds
    lastDrawing = began
  }

  /// Takes note of what happened and says it.
  func handle(_ event: ProgressEvent) {
    guard !manner.isSilent else { return }
    switch event {
    case .tallies(let tallies): self.tallies = tallies
    case .instance(let report): tell(report)
    case .run(let report): tell(report)
    }
  }

  /// Draws what is due. Called after a batch of events, and now and then when nothing happens.
  func refresh() {
    defer { output.flush() }
    guard !manner.isQuiet, !manner.isSilent, !isFinished else { return }
    let now = clock.monotonicNanoseconds
    if output.allowsRedrawing {
      guard elapsed(at: now) >= manner.patience, tallies.total > 0 else { return }
      guard barIsDue || !barIsShown || since(lastDrawing, now) >= manner.frame else { return }
      drawBar()
      lastDrawing = now
    } else if since(lastDrawing, now) >= manner.interval {
      output.line(summary(at: now))
      lastDrawing = now
    }
  }

  /// When `refresh` should be called next though nothing happens, in nanoseconds of the monotonic clock.
  var nextRefresh: UInt64 {
    guard output.allowsRedrawing else { return manner.interval.deadline(from: lastDrawing) }
    return barIsShown ? lastDrawing + 1_000_000_000 : manner.patience.deadline(from: began)
  }

  /// Takes the bar away; nothing follows but the verdict.
  func finish() {
    isFinished = true
    clearBar()
    output.flush()
  }

  /// A remark between the completions.
  func remark(_ text: String) {
    guard !manner.isSilent else { return }
    say(TerminalText.clean(text))
  }

  /// `12/620  ✓ 10  ✕ 2  ▶ 4`, with what is known of the time that is left.
  private func summary(at now: UInt64) -> String {
    var parts = ["\(Counted.grouped(tallies.done))/\(Counted.grouped(tallies.total))"]
    for (state, count) in shownTallies { parts.append("\(state.glyphText(paint)) \(Counted.grouped(count))") }
    if let left = timeLeft(at: now) {
      // Tenths of a guess would only flicker.
      let seconds = (left.wholeMilliseconds + 999) / 1000
      parts.append("eta " + (seconds < 60 ? "\(seconds)s" : left.text))
    }
    return parts.joined(separator: "  ")
  }

  private var shownTallies: [(InstanceState, Int)] {
    let order: [InstanceState] = [
      .success, .failed, .upstreamFailed, .skipped, .cancelled, .running, .retrying,
    ]
    return order.compactMap { tallies[$0] > 0 ? ($0, tallies[$0]) : nil }
  }

  /// From the rate so far; nil while it would be a guess.
  private func timeLeft(at now: UInt64) -> Duration? {
    let done = tallies.done
    let spent = elapsed(at: now)
    guard done > 0, done < tallies.total, spent >= .seconds(1) else { return nil }
    let left = Double(spent.wholeMilliseconds) / Double(done) * Double(tallies.total - done)
    return .milliseconds(Int64(min(left, 1e15)))
  }

  private func drawBar() {
    let now = clock.monotonicNanoseconds
    let text = summary(at: now)
    let plain = TerminalText.width(Paint.stripped(text))
    let width = min(30, output.columns - plain - 5)
    var line = text
    if width >= 5 {
      let filled = tallies.total == 0 ? 0 : width * tallies.done / tallies.total
      let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
      line = "[\(bar)] " + text
    } else if plain >= output.columns {
      line = TerminalText.cut(Paint.stripped(text), to: output.columns - 1)
    }
    if !barIsShown || line != lastBar { output.write("\r\u{1B}[2K" + line) }
    lastBar = line
    barIsShown = true
    barIsDue = false
  }

  private func clearBar() {
    if barIsShown { output.write("\r\u{1B}[2K") }
    barIsShown = false
  }

  /// A line above the bar.
  private func say(_ line: String) {
    barIsDue = barIsDue || barIsShown
    clearBar()
    output.line(line)
  }

  private var tellsInstances: Bool {
    tallies.total <= (output.allowsRedrawing ? manner.fewOnTerminal : manner.fewElsewhere)
  }

  private func tell(_ report: ProgressEvent.InstanceReport) {
    let isFailure = report.state == .failed
    guard isFailure || tellsInstances && !manner.isQuiet else { return }
    var line = StateLabel(report.state).text(paint) + "  " + TerminalText.clean(report.name)
    if let duration = report.duration { line += "  \(duration.text)" }
    if let reason = report.reason, report.state != .success { line += "  " + TerminalText.clean(reason) }
    if isFailure, report.isAllowedToFail { line += "  (allowed)" }
    say(line)
    if isFailure, let log = report.log { showLog(log) }
  }

  private func showLog(_ path: String) {
    let place = TerminalText.clean(path)
    guard logsShown < manner.mostLogs else { return say("  log: \(place)") }
    let lines = readTail(path, manner.logLines)
    guard !lines.isEmpty else { return say("  log: \(place) (empty)") }
    logsShown += 1
    let bar = paint.dim("  |")
    say(lines.map { "\(bar) \(TerminalText.cleanLines($0))" }.joined(separator: "\n"))
    say("  log: \(place)")
  }

  private func tell(_ report: ProgressEvent.RunReport) {
    guard !tellsInstances, !manner.isQuiet else { return }
    var line =
      StateLabel(report.state).text(paint) + "  run \(report.run)  " + TerminalText.clean(report.name)
    if let duration = report.duration { line += "  \(duration.text)" }
    say(line)
  }

  private func elapsed(at now: UInt64) -> Duration { since(began, now) }

  private func since(_ start: UInt64, _ now: UInt64) -> Duration {
    .nanoseconds(Int64(clamping: now >= start ? now - start : 0))
  }
}

extension InstanceState {
  fileprivate func glyphText(_ paint: Paint) -> String {
    let label = StateLabel(self)
    return paint.colour(label.colour, String(label.glyph))
  }
}
