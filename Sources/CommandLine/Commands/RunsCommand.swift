import Basics
import Lineage
import Orchestration
import MeshModel
import Records

/// `heddle runs [SELECTOR]`.
struct RunsCommand: Command {
  static let description = CommandDescription(
    name: "runs", summary: "list runs, the latest first",
    operands: [.optional("SELECTOR", words: .names(.selectors))], options: [.value("limit", "N")],
    help: """
      heddle runs: list runs, the latest first

      Examples:
        heddle runs
        heddle runs operations/departures --limit 5
        heddle runs 'status:failed' --json

      Usage: heddle runs [SELECTOR] [--limit N]

      Options:
        --limit N  at most N runs; default 20

      Exit codes: 0 told, 3 nothing has that name

      \(HelpText.options)
      """)

  var selector: String?
  var limit: Int

  init(_ arguments: Arguments) throws(CommandFailure) {
    selector = arguments.operand(0)
    limit = try arguments.integer("limit", in: 1...1_000_000) ?? 20
  }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    let project = try context.project()
    let reader = try context.record(project)
    var filter = RunFilter(limit: limit)
    if let selector { try narrow(&filter, by: selector, context, project, reader) }
    var page: RunPage?
    if let reader { page = try context.reading(reader) { try $0.runs(filter) } }
    show(page?.runs ?? [], next: page?.next, context)
    return .success
  }

  /// `status:` asks for the state of runs here, not of tasks; the rest of the selector names pipelines.
  private func narrow(
    _ filter: inout RunFilter, by selector: String, _ context: Context, _ project: Project,
    _ reader: StateReader?
  ) throws(CommandFailure) {
    var rest: [Substring] = []
    let isOneAlternative = !selector.contains(" ")
    for atom in selector.split(separator: ",") {
      if isOneAlternative, atom.hasPrefix("status:"),
        let state = RunState(rawValue: String(atom.dropFirst(7)))
      {
        filter.states.insert(state)
      } else {
        rest.append(atom)
      }
    }
    guard !rest.isEmpty || filter.states.isEmpty else { return }
    let declared = try context.declared()
    let text = isOneAlternative ? rest.joined(separator: ",") : selector
    let nodes = try declared.nodes(text, reader: reader)
    filter.pipelines = declared.graph.pipelines(of: nodes).map { declared.graph.pipelines[$0].name }
  }

  private func show(_ runs: [RunSummary], next: RunID?, _ context: Context) {
    if context.settings.json {
      context.json("runs") { writer in
        writer.key("runs")
        writer.array { writer in for run in runs { writer.object { run.write(to: &$0) } } }
        writer.key("next")
        writer.integer(next)
      }
      return
    }
    if context.settings.quiet {
      for run in runs { context.out.line(String(run.id)) }
      return
    }
    guard !runs.isEmpty else {
      return context.remark(selector == nil ? "no runs yet; make one: heddle run PIPELINE" : "no such runs")
    }
    RunsCommand.table(of: runs, at: context.clock.now).write(to: context.out)
    if next != nil { context.remark("and earlier ones; see more: --limit \(limit * 5)") }
  }

  /// Runs as rows.
  static func table(of runs: [RunSummary], at now: Instant) -> Table {
    var table = Table(["RUN", "STATE", "PIPELINE", "PARTITION", "CAUSE", "CREATED", "TOOK", "WHY"])
    for run in runs {
      table.add(
        .number(run.id), .state(.init(run.state)), .text(run.pipeline.description),
        .text(run.partition?.key ?? "-"), .text(run.causeText),
        .text(run.createdAt.text), .number(run.duration(at: now)?.text ?? "-"), .text(run.reason?.text ?? ""))
    }
    return table
  }
}
