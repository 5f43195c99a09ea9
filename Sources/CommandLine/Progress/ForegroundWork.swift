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
  let owner: Owner

  /// Becomes the owner of the project's state.
  init(_ declared: CheckedProject, _ context: Context, _ project: Project) throws(CommandFailure) {
    self.context = context
    self.project = project
    do {
      owner = try Owner(
        project: declared, state: project.state, clock: context.clock,
        identity: .init(version: VersionCommand.version, isDaemon: false))
    } catch {
      throw CommandFailure(error)
    }
  }

  /// Goes on with what the owner before this one left unfinished, to its end.
  func finishUnfinished(workers: Int?) throws(CommandFailure) {
    guard let found = owner.recovered else { return }
    context.remark(Self.text(of: found))
    let outcome = try follow(.unfinished, workers: workers)
    if outcome.result.wasInterrupted {
      throw CommandFailure(.interrupted, "interrupted: what was unfinished is cancelled")
    }
  }

  /// What came of it.
  struct Outcome {
    var result: Owner.Result
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
  func follow(_ work: Owner.Work, workers: Int?) throws(CommandFailure) -> Outcome {
    var manner = ProgressView.Manner()
    manner.isQuiet = context.settings.quiet
    manner.isSilent = context.settings.json
    let view = ProgressView(output: context.err, clock: context.clock, manner: manner) { path, count in
      LogFile.tail(of: path, lines: count)
    }
    let interrupts = Guarded(0)
    let watcher = RunWatcher(
      graph: owner.project.graph, state: project.state, view: view, interrupts: interrupts)
    if case .unfinished = work { for run in owner.unfinishedRuns { watcher.goOn(with: run) } }
    let interrupt = owner.interrupter
    context.interrupts.watch { count in
      interrupts.withLock { $0 = count }
      interrupt()
    }
    let began = context.clock.monotonicNanoseconds
    defer { view.finish() }
    do {
      let result = try owner.execute(work, workers: workers ?? Self.suitableWorkers, observer: watcher)
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
    let runs = Counted.text(found.runs, "run")
    let live = found.attempts > 0 ? ", \(Counted.text(found.attempts, "attempt")) of them live" : ""
    return "the owner before this one went in the middle: going on with \(runs)\(live)"
  }
}
