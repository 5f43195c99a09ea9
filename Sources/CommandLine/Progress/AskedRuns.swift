import Basics
import MeshModel
import Orchestration
import Planning
import Records

/// Runs that somebody asks for by hand: made by whoever owns the state, or by this process where nobody does,
/// and followed to their end.
struct AskedRuns {
  let context: Context
  let project: Project
  let declared: CheckedProject
  /// The name of the command.
  private let command: String
  private let workers: Int?
  private let isDetached: Bool
  private let isLocal: Bool

  init(
    _ context: Context, as command: String, workers: Int?, isDetached: Bool, isLocal: Bool
  ) throws(CommandFailure) {
    self.context = context
    self.command = command
    self.workers = workers
    self.isDetached = isDetached
    self.isLocal = isLocal
    project = try context.project()
    declared = project.declared
  }

  /// Makes the runs and follows them.
  ///
  /// - Parameters:
  ///   - request: what the owner of the state is asked.
  ///   - here: the same, where this process is the owner.
  func make(
    asking request: ControlRequest, here: (Owner) throws(SessionError) -> Owner.Work
  ) throws(CommandFailure) -> ExitCode {
    if isDetached, try context.ownerLink(project) == nil { throw .nobodyToDetachTo }
    switch try context.hold(declared, project, isLocal: isLocal, runs: true) {
    case .ours(let work):
      try work.finishUnfinished(workers: workers)
      let wanted: Owner.Work
      do { wanted = try here(work.owner) } catch { throw CommandFailure(error) }
      let outcome = try work.follow(wanted, workers: workers)
      try report(outcome)
      return outcome.exitCode
    case .theirs(let link):
      let work = try FollowedWork(link, declared, context, project)
      let accepted = try work.ask(request)
      if isDetached {
        accepted.tellDetached(command, isInterrupted: false, context)
        return .success
      }
      context.remark("\(accepted.name) in \(link.name); Ctrl-C leaves it running")
      switch try work.follow(accepted) {
      case .final(let outcome):
        try report(outcome)
        return outcome.exitCode
      case .detached:
        accepted.tellDetached(command, isInterrupted: true, context)
        return .interrupted
      }
    }
  }

  private func report(_ outcome: WorkOutcome) throws(CommandFailure) {
    if context.settings.json {
      try showJSON(outcome)
    } else if context.settings.quiet {
      for run in outcome.runs.map(\.id) + outcome.held.map(\.run) { context.out.line(String(run)) }
    } else {
      let runs = outcome.ended.map { ($0.run, $0.name) } + outcome.held
      let subject = runs.map { "run \($0.0)  \($0.1)" }.joined(separator: ", ")
      outcome.conclude(subject, context)
    }
  }

  private func showJSON(_ outcome: WorkOutcome) throws(CommandFailure) {
    var details: [RunDetail] = []
    if let reader = try context.record(project) {
      details = try context.reading(reader) { reader in
        try (outcome.runs.map(\.id) + outcome.held.map(\.run)).compactMap { try reader.runDetail($0) }
      }
    }
    context.json(command) { writer in
      outcome.write(to: &writer)
      writer.key("runs")
      writer.array { writer in
        for detail in details {
          writer.object { writer in
            detail.write(to: &writer) { attempt, task in project.state.log(of: attempt.id, task: task) }
          }
        }
      }
    }
  }
}
