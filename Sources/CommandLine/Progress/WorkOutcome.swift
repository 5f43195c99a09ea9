import Basics
import Execution
import MeshModel

/// What came of runs that a command followed to their end.
struct WorkOutcome {
  /// The runs that were asked for, with their final states, ascending.
  var runs: [(id: RunID, state: RunState)]
  var backfill: BackfillID?
  /// Somebody pressed Ctrl-C, and that cancelled them.
  var wasInterrupted: Bool
  var ended: [RunWatcher.Ended]
  /// Runs that a pause holds: they go on when it is resumed.
  var held: [(run: RunID, name: String)]
  var tallies: ProgressEvent.Tallies
  var firstFailure: (run: RunID, task: String)?
  var duration: Duration

  init(
    runs: [(id: RunID, state: RunState)], backfill: BackfillID?, wasInterrupted: Bool, _ watcher: RunWatcher,
    duration: Duration
  ) {
    self.runs = runs
    self.backfill = backfill
    self.wasInterrupted = wasInterrupted
    ended = watcher.ended
    held = watcher.unfinished
    tallies = watcher.tallies
    firstFailure = watcher.firstFailure
    self.duration = duration
  }

  var isSuccess: Bool { held.isEmpty && runs.allSatisfy { $0.state == .success } }

  var state: RunState {
    if isSuccess { return .success }
    if !held.isEmpty, !wasInterrupted { return .queued }
    return wasInterrupted || !runs.contains { $0.state == .failed } ? .cancelled : .failed
  }

  var exitCode: ExitCode {
    if wasInterrupted { return .interrupted }
    return isSuccess ? .success : .failed
  }

  /// Says in one line how it ended, and what to look at next.
  func conclude(_ subject: String, runs: Int? = nil, _ context: Context) {
    let tasks = Counted.text(tallies.total, "task")
    let count = runs.map { Counted.text($0, "run") + ", " + tasks } ?? tasks
    let detail = tallies[.success] == tallies.total ? count : "\(count): \(tallies.text)"
    let label = StateLabel(state).text(Paint(context.out))
    context.out.line("\(label)  \(TerminalText.clean(subject))  \(detail) in \(duration.text)")
    context.out.flush()
    if let first = held.first {
      context.remark(
        "a pause holds \(Counted.text(held.count, "run")), such as run \(first.run) of \(first.name); "
          + "next: heddle resume")
    }
    if let failure = firstFailure {
      context.remark("next: heddle logs \(failure.run) \(ShellWord.quoted(failure.task))")
    }
  }

  /// Writes the members `state`, `tasks` and `duration_ms`.
  func write(to writer: inout JSONWriter) {
    writer.key("state")
    writer.string(state.rawValue)
    tallies.write(to: &writer)
    writer.key("duration_ms")
    writer.integer(duration.wholeMilliseconds)
  }
}

extension Context {
  /// Shows on the error output how runs get on, as much as was asked for.
  func progressView(_ project: Project) -> ProgressView {
    var manner = ProgressView.Manner()
    manner.isQuiet = settings.quiet
    manner.isSilent = settings.json
    return ProgressView(output: err, clock: clock, manner: manner) { path, count in
      guard let mask = try? SecretMask(of: project.state) else { return [] }
      return LogFile.tail(of: path, lines: count, mask)
    }
  }
}
