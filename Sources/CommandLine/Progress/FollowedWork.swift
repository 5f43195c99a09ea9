import Basics
import Diagnostics
import MeshModel
import Orchestration
import Records
import Threads

/// Runs that the owner of the state executes, and that a command follows to their end.
///
/// How they get on is read from the event log; the connection only tells whether the owner is still there.
struct FollowedWork {
  /// Why the following ended.
  enum Ending {
    case final(WorkOutcome)
    /// Somebody pressed Ctrl-C; the runs go on.
    case detached
  }

  let context: Context
  let project: Project
  let link: OwnerLink
  /// What the owner runs: the files as they are, or the copy that it took of them.
  let declared: CheckedProject
  private let reader: StateReader
  /// The last event before anything was asked.
  private let before: Int64

  init(
    _ link: OwnerLink, _ declared: CheckedProject, _ context: Context, _ project: Project
  ) throws(CommandFailure) {
    self.link = link
    self.context = context
    self.project = project
    let latest: (id: ReleaseID, digest: String)?
    do {
      reader = try StateReader(opening: project.state, clock: context.clock)
      before = try reader.lastSequence()
      latest = try reader.lastRelease()
    } catch {
      throw CommandFailure(error)
    }
    let isSame = latest.map { declared.isRelease($0.digest) } ?? true
    // What has errors it may run as an earlier release has it.
    guard let latest, !isSame || declared.diagnostics.errorCount > 0,
      let copy = CheckedProject(release: latest.id, in: project.state)
    else {
      self.declared = declared
      return
    }
    self.declared = copy
    guard !isSame else { return }
    context.remark("the files have changed since \(link.name) read them; it runs them as they were then")
  }

  /// - Parameter domains: what it changes something of, where the request itself does not tell.
  func ask(_ request: ControlRequest, of domains: Set<String>? = nil) throws(CommandFailure) -> AcceptedWork {
    guard case .accepted(let runs, let backfill) = try link.ask(request, of: domains) else {
      throw OwnerLink.unexpected
    }
    return AcceptedWork(runs: runs, backfill: backfill, owner: link.name)
  }

  /// Shows how the runs get on until they are final, somebody presses Ctrl-C, or the owner goes away.
  func follow(_ accepted: AcceptedWork) throws(CommandFailure) -> Ending {
    context.caller?.listener?.follows(accepted)
    let view = context.progressView(project)
    let watcher = RunWatcher(
      graph: declared.graph, state: project.state, view: view, interrupts: Guarded(0))
    let interrupts = Guarded(0)
    context.interrupts.watch { count in interrupts.withLock { $0 = count } }
    var tail = EventTail(
      reader, after: before, FollowedRuns(runs: accepted.runs, backfill: accepted.backfill))
    let began = context.clock.monotonicNanoseconds
    defer { view.finish() }
    var pause: Int32 = 1
    while true {
      let isGone = link.client.isGone(within: pause)
      let changes: [Change]
      do { changes = try tail.next() } catch { throw CommandFailure(error) }
      if changes.isEmpty {
        watcher.pulse(at: context.clock.now)
        pause = min(50, 2 * pause)
      } else {
        watcher.observe(changes, at: context.clock.now)
        pause = 1
      }
      if tail.isOver {
        let spent = context.clock.monotonicNanoseconds &- began
        return .final(
          WorkOutcome(
            runs: watcher.ended.map { ($0.run, $0.state) }.sorted { $0.id < $1.id },
            backfill: accepted.backfill,
            wasInterrupted: false, watcher, duration: .nanoseconds(Int64(clamping: spent))))
      }
      if interrupts.withLock({ $0 > 0 }) || context.isLeftAlone { return .detached }
      if isGone {
        throw CommandFailure(
          .noDaemon, "\(link.name), which runs \(accepted.name), went away before the end",
          help: "what runs goes on when an owner is back, such as heddle serve")
      }
    }
  }
}
