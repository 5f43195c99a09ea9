import Basics
import Diagnostics
import MeshModel
import Orchestration
import Records

/// `heddle deploy`.
struct DeployCommand: Command {
  static let description = CommandDescription(
    name: "deploy", summary: "make new runs from the files as they are now",
    operands: [], options: [.flag("plan"), .flag("exit-code")],
    help: """
      heddle deploy: make new runs from the files as they are now

      Examples:
        heddle deploy --plan
        heddle deploy
        heddle deploy --plan --exit-code

      Usage: heddle deploy [--plan [--exit-code]]

      Takes a release: a checked copy of 'dags/' and 'plugins/', all of it or nothing. The process that owns the
      state makes new runs from it at once; where none does, the next one will. Runs that are live go on with
      the release they began with. A schedule that is edited so that its ticks differ counts from then on.

      A pipeline whose files have errors stays as the release before has it, and stops nobody else; one that is
      new does not run. While 'mesh.yaml' has errors, everything stays.

      Options:
        --plan       only show what would change: pipelines, tasks, schedules, datasets and who reads them, and
                     which partitions will be stale
        --exit-code  with --plan: exit 8 where something would change

      Exit codes: 0 deployed, or shown, 1 it cannot be, 4 errors in the declarations, 8 changes pending

      \(HelpText.options)
      """)

  var planOnly: Bool
  var tellsChanges: Bool

  init(_ arguments: Arguments) throws(CommandFailure) {
    planOnly = arguments.has("plan")
    tellsChanges = arguments.has("exit-code")
    guard planOnly || !tellsChanges else {
      throw .usage("--exit-code says what --plan found", help: "add --plan, or leave it out")
    }
  }

  /// What became of a deploy.
  struct Outcome {
    var release: ReleaseID
    /// It was not there before.
    var isNew: Bool
    /// The process that makes runs from it now; nil: nobody does.
    var owner: String?
  }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    let project = try context.project()
    let declared = project.declared
    var last: ReleaseID?
    let reader = try context.record(project, changes: !planOnly)
    if let reader { last = try context.reading(reader) { try $0.lastRelease()?.id } }
    let plan = DeployPlan(of: declared, in: project.state, after: last)
    if plan.isRefused, plan.before != nil {
      throw CommandFailure(
        .invalidDeclarations,
        "'dags/mesh.yaml' has errors, so everything stays as it is in release \(last ?? 0)",
        help: "'heddle check' shows them")
    }
    let stale = try reader.map { (reader) throws(CommandFailure) in
      try context.reading(reader) { try Self.stale(by: plan, $0) }
    }
    let outcome = planOnly ? nil : try deploy(declared, context, project)
    let view = DeployView(plan: plan, stale: stale ?? [:], outcome: outcome)
    if context.settings.json {
      context.json("deploy") { view.write(to: &$0) }
    } else if context.settings.quiet {
      if let outcome { context.out.line(String(outcome.release)) }
    } else {
      for line in view.lines { context.out.line(TerminalText.clean(line)) }
    }
    let errors = plan.project.diagnostics.errorCount
    if errors > 0 {
      context.out.flush()
      context.remark("\(Counted.text(errors, "error")) in the declarations; see: heddle check")
      return .invalidDeclarations
    }
    return tellsChanges && !plan.isEmpty ? .changesPending : .success
  }

  /// How many partitions of each dataset will be stale because of their code.
  private static func stale(by plan: DeployPlan, _ reader: StateReader) throws -> [DatasetName: Int] {
    let staleness = Staleness(plan.project, reader: reader)
    var counts: [DatasetName: Int] = [:]
    for dataset in plan.recoded {
      try staleness.eachStale(of: dataset) { partition in
        if partition.isOfOtherCode { counts[dataset, default: 0] += 1 }
        return true
      }
    }
    return counts
  }

  private func deploy(
    _ declared: CheckedProject, _ context: Context, _ project: Project
  ) throws(CommandFailure) -> Outcome {
    switch try context.hold(declared, project, runs: false, deploys: true) {
    case .theirs(let link):
      guard case .released(let release, let isNew) = try link.ask(.deploy) else { throw OwnerLink.unexpected }
      return Outcome(release: release, isNew: isNew, owner: link.name)
    case .ours(let work):
      let taken = work.owner.taken
      work.owner.close()
      return Outcome(release: taken.id, isNew: taken.isNew)
    }
  }
}
