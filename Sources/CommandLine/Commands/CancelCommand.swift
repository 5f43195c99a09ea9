import Lineage
import MeshModel
import Orchestration
import Records

/// `heddle cancel RUN|BACKFILL|PIPELINE|SELECTOR`.
struct CancelCommand: Command {
  static let description = CommandDescription(
    name: "cancel", summary: "end runs that are not final",
    operands: [.required("RUN|BACKFILL|SELECTOR", words: .names(.selectors))], options: [.flag("yes")],
    help: """
      heddle cancel: end runs that are not final

      Examples:
        heddle cancel 412
        heddle cancel b12
        heddle cancel operations/departures
        heddle cancel operations/departures@2013-01-05
        heddle cancel 'domain:operations' --yes

      Usage: heddle cancel RUN|BACKFILL|PIPELINE[@KEY]|SELECTOR [--yes]

      What runs is told to end, and is killed once its grace is over; nothing else of the run starts but its
      teardown tasks. A second cancel ends those too. A backfill is cancelled with all its runs, also those
      that wait. A selector means all runs of its pipelines that are not final.

      Options:
        --yes  do not ask, where a selector means several runs

      Exit codes: 0 told to end, 2 not confirmed, 3 nothing of that name is running, 9 it is final already

      \(HelpText.options)
      """)

  var words: String
  var yes: Bool

  init(_ arguments: Arguments) throws(CommandFailure) {
    words = try arguments.required(0)
    yes = arguments.has("yes")
  }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    let project = try context.project()
    let targets = try targets(context, project)
    try context.change(targets, "cancel", project) { .cancel($0) }
    return .success
  }

  private func targets(_ context: Context, _ project: Project) throws(CommandFailure) -> [ControlTarget] {
    switch Reference(words) {
    case .run(let run): return [.run(run)]
    case .backfill(let backfill): return [.backfill(backfill)]
    case .pipeline(let pipeline, nil): return [.pipeline(pipeline)]
    case .pipeline(let pipeline, let partition):
      let filter = RunFilter(pipelines: [pipeline], states: [.queued, .running], partition: partition)
      let runs = try live(filter, context, project)
      guard !runs.isEmpty else { throw Self.nothing(words) }
      return runs.map { .run($0.id) }
    default: return try selected(context, project)
    }
  }

  /// The pipelines of a selector that have runs to end.
  private func selected(_ context: Context, _ project: Project) throws(CommandFailure) -> [ControlTarget] {
    let declared = project.declared
    let nodes = try declared.nodes(words, reader: try context.record(project, changes: true))
    let names = declared.graph.pipelines(of: nodes).map { declared.graph.pipelines[$0].name }
    guard !names.isEmpty else { throw Self.nothing(words) }
    let runs = try live(RunFilter(pipelines: names, states: [.queued, .running]), context, project)
    guard !runs.isEmpty else { throw Self.nothing(words) }
    if runs.count > 1, !yes {
      let what = Counted.text(runs.count, "run")
      guard context.input.isTerminal, context.err.isTerminal else {
        throw .usage("nobody can be asked here whether to cancel \(what)", help: "add --yes")
      }
      guard
        context.confirms("\(what) of \(Counted.text(Set(runs.map(\.pipeline)).count, "pipeline")). Cancel?")
      else { throw .usage("not confirmed; nothing was cancelled") }
    }
    let busy = Set(runs.map(\.pipeline))
    return names.filter(busy.contains).map { .pipeline($0) }
  }

  private func live(
    _ filter: RunFilter, _ context: Context, _ project: Project
  ) throws(CommandFailure) -> [RunSummary] {
    guard let reader = try context.record(project, changes: true) else { return [] }
    var filter = filter
    filter.limit = 100_000
    return try context.reading(reader) { try $0.runs(filter).runs }
  }

  private static func nothing(_ words: String) -> CommandFailure {
    .notFound("nothing of '\(words)' is running or queued", help: "see what is: heddle runs status:running")
  }
}
