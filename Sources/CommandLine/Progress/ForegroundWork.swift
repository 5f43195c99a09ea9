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
  ///
  /// - Parameter deploys: to take a release of the project is what was asked.
  init(
    _ declared: CheckedProject, _ context: Context, _ project: Project, deploys: Bool = false
  ) throws(CommandFailure) {
    self.context = context
    self.project = project
    do {
      owner = try Owner(
        project: declared, state: project.state, clock: context.clock,
        identity: .init(version: VersionCommand.version, isDaemon: false), deploys: deploys)
    } catch {
      throw CommandFailure(error)
    }
  }

  /// Goes on with what the owner before this one left unfinished, to its end.
  func finishUnfinished(workers: Int?) throws(CommandFailure) {
    guard let found = owner.recovered else { return }
    context.remark(Self.text(of: found))
    let outcome = try follow(.unfinished, workers: workers)
    if outcome.wasInterrupted {
      throw CommandFailure(.interrupted, "interrupted: what was unfinished is cancelled")
    }
  }

  /// Does the work, shows how it gets on, and returns when every run is final. The first Ctrl-C cancels, the
  /// second ends at once.
  func follow(_ work: Owner.Work, workers: Int?) throws(CommandFailure) -> WorkOutcome {
    let view = context.progressView(project)
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
      if result.left > 0 {
        context.remark("\(Counted.text(result.left, "run")) that others asked for: left to the next owner")
      }
      let spent = context.clock.monotonicNanoseconds - began
      return WorkOutcome(
        runs: result.runs, backfill: result.backfill, wasInterrupted: result.wasInterrupted, watcher,
        duration: .nanoseconds(Int64(clamping: spent)))
    } catch {
      throw CommandFailure(error)
    }
  }

  /// Does one thing as the owner of the state; a sentence that says what.
  func perform(_ request: ControlRequest) throws(CommandFailure) -> String {
    let reply: ControlReply
    do { reply = try owner.answer(request) } catch { throw CommandFailure(error) }
    switch reply {
    case .done(let text): return text
    case .refused(let kind, let message, let help):
      throw CommandFailure(SessionError(kind, message, help: help))
    case .hello, .accepted, .released: throw OwnerLink.unexpected
    }
  }

  /// How many tasks run at once where nobody says.
  static var suitableWorkers: Int { max(2, 2 * sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// What was found unfinished, in a sentence.
  static func text(of found: RecoverySummary) -> String {
    let runs = Counted.text(found.runs, "run")
    let live = found.attempts > 0 ? ", \(Counted.text(found.attempts, "attempt")) of them live" : ""
    return "the owner before this one went in the middle: going on with \(runs)\(live)"
  }
}
