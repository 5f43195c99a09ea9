import Basics
import MeshModel
import Orchestration

/// A forecast as people read it.
struct ForecastView {
  let forecast: Forecast

  func write(_ context: Context) {
    let out = context.out
    out.line(
      "from \(forecast.from.text) until \(forecast.until.text), "
        + Counted.text(forecast.workers, "worker"))
    if forecast.isCut { out.line("it is cut there: so much happens that later hours are not told") }
    guard !forecast.runs.isEmpty else { return out.line("nothing runs") }
    var table = Table(["STARTS", "ENDS", "RUN", "PIPELINE", "CAUSE", "WAITS", "NOTES"])
    for run in forecast.runs {
      table.add(
        .text(starts(run)), .text(run.endsAt?.text ?? "later"), .number(run.isForeseen ? nil : run.id),
        .text(run.name), .text(run.cause.rawValue), .number(waited(run)?.text ?? "-"), .text(notes(run)))
    }
    table.write(to: out)
    writeDeadlines(out)
    writeFailures(out)
    writeWaits(out)
    writeDoubts(out)
    writeSkipped(out)
  }

  private func starts(_ run: Forecast.Run) -> String {
    run.isRunning ? "runs" : run.startsAt?.text ?? "later"
  }

  /// How long its tasks wait for slots, added up.
  private func waited(_ run: Forecast.Run) -> Duration? {
    let waits = run.attempts.compactMap(\.wait) + run.unstarted.map(\.wait)
    let sum = waits.reduce(Duration.zero) { $0 + length(of: $1) }
    return sum > .zero ? sum : nil
  }

  private func length(of wait: Forecast.Wait) -> Duration { (wait.until ?? forecast.until) - wait.from }

  private func notes(_ run: Forecast.Run) -> String {
    var notes: [String] = []
    if run.missesDeadline { notes.append("misses its deadline") }
    if run.state == .failed || run.state == .cancelled { notes.append("ends as \(run.state.rawValue)") }
    if !run.doubts.isEmpty { notes.append("uncertain") }
    return notes.joined(separator: ", ")
  }

  private func writeDeadlines(_ out: Output) {
    for run in forecast.runs where run.missesDeadline {
      guard let deadline = run.deadline else { continue }
      let late = run.endsAt.map { "by \(($0 - deadline).text)" } ?? "and is not over then"
      out.line("late: \(run.name) misses its deadline of \(deadline.text) \(late)")
    }
  }

  /// What cannot be done: each cause of a task once, where it comes first.
  private func writeFailures(_ out: Output) {
    var places: [String: Int] = [:]
    var lines: [(text: String, count: Int)] = []
    for run in forecast.runs {
      for attempt in run.attempts {
        guard let failure = attempt.failure else { continue }
        let cause = "\(run.pipeline).\(attempt.task): \(failure.text)"
        let place = places[cause, default: lines.count]
        places[cause] = place
        if place == lines.count {
          lines.append(("fails: \(run.name(of: attempt.task)): \(TerminalText.clean(failure.text))", 0))
        }
        lines[place].count += 1
      }
    }
    for line in lines { out.line(line.count == 1 ? line.text : "\(line.text) (\(line.count) times)") }
  }

  /// What is waited for, the longest first.
  private func writeWaits(_ out: Output) {
    struct Sum {
      var count = 0
      var whole = Duration.zero
      var longest = Duration.zero
      var who = ""
    }
    var sums: [String: Sum] = [:]
    func add(_ wait: Forecast.Wait, _ who: String) {
      let length = length(of: wait)
      guard length > .zero else { return }
      var sum = sums[wait.reason.text] ?? Sum()
      sum.count += 1
      sum.whole = sum.whole + length
      if length > sum.longest { (sum.longest, sum.who) = (length, who) }
      sums[wait.reason.text] = sum
    }
    for run in forecast.runs {
      if let wait = run.wait { add(wait, run.name) }
      for attempt in run.attempts { if let wait = attempt.wait { add(wait, run.name(of: attempt.task)) } }
      for (task, wait) in run.unstarted { add(wait, run.name(of: task)) }
    }
    for (reason, sum) in sums.sorted(by: { ($1.value.whole, $0.key) < ($0.value.whole, $1.key) }) {
      out.line(
        "waits: \(TerminalText.clean(reason)): \(Counted.text(sum.count, "time")), \(sum.whole.text) in all, "
          + "the longest \(sum.longest.text) by \(sum.who)")
    }
  }

  private func writeDoubts(_ out: Output) {
    var runs: [String: [Forecast.Run]] = [:]
    for run in forecast.runs {
      for doubt in run.doubts { runs["\(run.pipeline): \(doubt)", default: []].append(run) }
    }
    for (doubt, runs) in runs.sorted(by: { $0.key < $1.key }) {
      let count = runs.count > 1 ? " (\(Counted.text(runs.count, "run")))" : ""
      out.line("uncertain: \(TerminalText.clean(doubt))\(count)")
    }
  }

  private func writeSkipped(_ out: Output) {
    for skipped in forecast.skipped {
      out.line(
        "no run: \(skipped.pipeline) at \(skipped.at.text): \(TerminalText.clean(skipped.reason.text))")
    }
  }
}

extension Forecast.Run {
  /// `operations/departures@2013-01-05`.
  fileprivate var name: String { partition.map { "\(pipeline)@\($0.key)" } ?? "\(pipeline)" }

  /// `operations/departures.publish[0]@2013-01-05`.
  fileprivate func name(of task: String) -> String {
    partition.map { "\(pipeline).\(task)@\($0.key)" } ?? "\(pipeline).\(task)"
  }
}
