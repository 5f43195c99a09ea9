import Basics
import Glibc
import Lineage
import MeshModel
import Orchestration
import Records
import Threads

/// Runs that a command starts itself and follows to their end.
struct ForegroundWork {
  let context: Context
  let project: Project
  let session: Session

  /// Becomes the owner of the project's state.
  init(_ declared: CheckedProject, _ context: Context, _ project: Project) throws(CommandFailure) {
    self.context = context
    self.project = project
    do {
      session = try Session(project: declared, state: project.state, clock: context.clock)
    } catch {
      throw CommandFailure(error)
    }
    if let found = session.recovered { context.remark(Self.text(of: found)) }
  }

  /// What came of it.
  struct Outcome {
    var result: Session.Result
    var ended: [RunWatcher.Ended]
    var tallies: ProgressEvent.Tallies
    var firstFailure: (run: RunID, task: String)?
    var duration: Duration

    var state: RunState {
      if result.isSuccess { return .success }
      return result.wasInterrupted || !result.runs.contains { $0.state == .failed } ? .cancelled : .failed
    }

    var exitCode: ExitCode {
      if result.wasInterrupted { return .interrupted }
      return result.isSuccess ? .success : .failed
    }
  }

  /// Does the work, shows how it gets on, and returns when every run is final. The first Ctrl-C cancels, the
  /// second ends at once.
  func follow(_ work: Session.Work, workers: Int?) throws(CommandFailure) -> Outcome {
    var manner = ProgressView.Manner()
    manner.isQuiet = context.settings.quiet
    manner.isSilent = context.settings.json
    let view = ProgressView(output: context.err, clock: context.clock, manner: manner) { path, count in
      LogFile.tail(of: path, lines: count)
    }
    let interrupts = Guarded(0)
    let watcher = RunWatcher(
      graph: session.project.graph, state: project.state, view: view, interrupts: interrupts)
    let interrupt = session.interrupter
    context.interrupts.watch { count in
      interrupts.withLock { $0 = count }
      interrupt()
    }
    let began = context.clock.monotonicNanoseconds
    defer { view.finish() }
    do {
      let result = try session.execute(work, workers: workers ?? Self.suitableWorkers, observer: watcher)
      let spent = context.clock.monotonicNanoseconds - began
      return Outcome(
        result: result, ended: watcher.ended, tallies: watcher.tallies, firstFailure: watcher.firstFailure,
        duration: .nanoseconds(Int64(clamping: spent)))
    } catch {
      throw CommandFailure(error)
    }
  }

  /// Says in one line how it ended, and what to look at next.
  func conclude(_ subject: String, runs: Int? = nil, _ outcome: Outcome) {
    let tasks = Counted.text(outcome.tallies.total, "task")
    let count = runs.map { Counted.text($0, "run") + ", " + tasks } ?? tasks
    let detail =
      outcome.tallies[.success] == outcome.tallies.total ? count : "\(count): \(outcome.tallies.text)"
    let label = StateLabel(outcome.state).text(Paint(context.out))
    context.out.line("\(label)  \(TerminalText.clean(subject))  \(detail) in \(outcome.duration.text)")
    context.out.flush()
    if let failure = outcome.firstFailure {
      context.remark("next: heddle logs \(failure.run) \(ShellWord.quoted(failure.task))")
    }
  }

  /// Writes the members `state`, `tasks` and `duration_ms`.
  func write(_ outcome: Outcome, to writer: inout JSONWriter) {
    writer.key("state")
    writer.string(outcome.state.rawValue)
    outcome.tallies.write(to: &writer)
    writer.key("duration_ms")
    writer.integer(outcome.duration.wholeMilliseconds)
  }

  private static var suitableWorkers: Int { max(2, 2 * sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  private static func text(of found: RecoverySummary) -> String {
    var parts = ["\(Counted.text(found.runs, "run")) ended as cancelled"]
    if found.lost > 0 { parts.append("\(Counted.text(found.lost, "attempt")) lost") }
    if found.committed > 0 { parts.append("\(Counted.text(found.committed, "attempt")) found committed") }
    if found.killed > 0 { parts.append("\(Counted.text(found.killed, "attempt")) killed") }
    return "the process before this one died in the middle: " + parts.joined(separator: ", ")
  }
}
