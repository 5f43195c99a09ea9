import Basics
import Lineage
import Orchestration
import MeshModel
import Records

/// `heddle status [SELECTOR] [--stale]`.
struct StatusCommand: Command {
  static let description = CommandDescription(
    name: "status", summary: "show what is wrong, what runs and what is well",
    operands: [.optional("SELECTOR", words: .names(.selectors))], options: [.flag("stale")],
    help: """
      heddle status: show what is wrong, what runs and what is well

      Examples:
        heddle status
        heddle status 'operations/*'
        heddle status --stale
        heddle status --json

      Usage: heddle status [SELECTOR] [--stale]

      A row for each pipeline with its latest run, those that need somebody first, and on the error output
      how many alerts are open, and the daemon, or the command, that owns the state and runs what is to be run.

      Options:
        --stale  instead the partitions that are not any more what their code makes of their inputs: the task
                 means something else now, or an input was rebuilt with another result

      Exit codes: 0 told, 3 nothing has that name, 4 the declarations cannot be read

      \(HelpText.options)
      """)

  var selector: String?
  var stale: Bool

  init(_ arguments: Arguments) throws(CommandFailure) {
    selector = arguments.operand(0)
    stale = arguments.has("stale")
  }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    let project = try context.project()
    let declared = try context.declared()
    let reader = try context.record(project)
    var places = Array(declared.graph.pipelines.indices)
    var nodes = Array(declared.graph.nodes.indices)
    if let selector {
      nodes = try declared.nodes(selector, reader: reader)
      places = declared.graph.pipelines(of: nodes)
    }
    if stale { return try showStale(nodes, of: declared, context, project) }
    let names = places.map { declared.graph.pipelines[$0].name }
    var rows = names.map { Row(pipeline: $0) }
    var alerts = OpenAlerts()
    if let reader {
      alerts = try context.reading(reader) { try OpenAlerts($0, of: selector == nil ? nil : names) }
      rows = try context.reading(reader) { reader in
        let paused = Set(try reader.paused())
        return try reader.status(of: names, recent: 1).map { status in
          var row = try Row(status, reader)
          row.isPaused = paused.contains(.pipeline(status.pipeline))
          return row
        }
      }
    }
    rows.sort()
    let link = ownerLink(context, project)
    show(
      rows, alerts, link, isServed: project.state.isServed, isOwned: StateOwner.isOwned(project.state),
      context)
    return declared.verdict(context)
  }

  /// Who owns the state. That it cannot be told is no reason not to tell the rest.
  private func ownerLink(_ context: Context, _ project: Project) -> OwnerLink? {
    do { return try context.ownerLink(project) } catch {
      context.remark(TerminalText.clean(error.message))
      return nil
    }
  }

  /// A pipeline and how it is doing.
  private struct Row: Comparable {
    var pipeline: PipelineName
    var status: PipelineStatus?
    /// What failed first in the latest run, as `task: reason`.
    var failure: String?
    var isPaused = false

    init(pipeline: PipelineName) { self.pipeline = pipeline }

    init(_ status: PipelineStatus, _ reader: StateReader) throws {
      pipeline = status.pipeline
      self.status = status
      if let latest = status.latest, latest.state == .failed {
        let root = try reader.runDetail(latest.id)?.rootFailure
        failure = root.map { task in task.remark.map { "\(task.name): \($0)" } ?? task.name }
      }
    }

    var label: StateLabel { status?.latest.map { StateLabel($0.state) } ?? .neverRun }

    /// What needs somebody comes first.
    private var rank: Int {
      switch status?.latest?.state {
      case .failed: 0
      case .running: 1
      case .queued: 2
      case .cancelled: 3
      case nil: 4
      case .success: 5
      }
    }

    var isWell: Bool { status?.latest?.state == .success && !isPaused }

    var note: String {
      var parts: [String] = []
      if isPaused { parts.append("paused") }
      if let failure { parts.append(failure) }
      if let status, let since = status.failingSince, status.failures > 1 {
        parts.append("failing since \(since.text), \(Counted.text(status.failures, "run"))")
      }
      if let status, status.queued > 0 { parts.append("\(Counted.text(status.queued, "run")) queued") }
      return parts.joined(separator: "; ")
    }

    static func == (left: Row, right: Row) -> Bool { left.pipeline == right.pipeline }

    static func < (left: Row, right: Row) -> Bool {
      (left.rank, left.pipeline) < (right.rank, right.pipeline)
    }
  }

  /// Of so many pipelines that are well only the number is told, unless they were asked for.
  private static let manyWell = 20

  private func show(
    _ rows: [Row], _ alerts: OpenAlerts, _ link: OwnerLink?, isServed: Bool, isOwned: Bool, _ context: Context
  ) {
    if context.settings.json { return showJSON(rows, alerts, link, context) }
    if context.settings.quiet {
      for row in rows where !row.isWell { context.out.line(row.pipeline.description) }
      return
    }
    let well = rows.count(where: \.isWell)
    let hidesWell = context.out.isTerminal && selector == nil && well > StatusCommand.manyWell
    let now = context.clock.now
    var table = Table(["STATE", "PIPELINE", "RUN", "PARTITION", "ENDED", "TOOK", "NOTE"])
    for row in rows where !(hidesWell && row.isWell) {
      let run = row.status?.latest
      table.add(
        .state(row.label), .text(row.pipeline.description), .number(run.map { String($0.id) } ?? "-"),
        .text(run?.partition?.key ?? "-"), .text(run?.finishedAt?.text ?? "-"),
        .number(run?.duration(at: now)?.text ?? "-"), .text(row.note))
    }
    if !table.rows.isEmpty { table.write(to: context.out) }
    if hidesWell { context.out.line("\(Counted.grouped(well)) more are well") }
    context.out.flush()
    if let line = alerts.line { context.remark(line) }
    if let link {
      let kind = link.isDaemon ? "a daemon" : "a command"
      context.remark(
        "\(kind) is at work: heddle \(TerminalText.clean(link.version)), process \(link.pid), since "
          + link.startedAt.text)
    } else if isServed, !isOwned {
      context.remark("no daemon is at work; start it: heddle serve")
    }
    if let failed = rows.first(where: { $0.status?.latest?.state == .failed })?.status?.latest {
      context.out.flush()
      context.remark("next: heddle show \(failed.id), or heddle logs \(failed.id)")
    }
  }

  private func showJSON(_ rows: [Row], _ alerts: OpenAlerts, _ link: OwnerLink?, _ context: Context) {
    context.json("status") { writer in
      writer.key("open_alerts")
      writer.integer(alerts.open)
      writer.key("owner")
      if let link { writer.object { link.write(to: &$0) } } else { writer.null() }
      writer.key("pipelines")
      writer.array { writer in
        for row in rows {
          writer.object { writer in
            writer.key("pipeline")
            writer.string(row.pipeline.description)
            writer.key("state")
            writer.string(row.status?.latest?.state.rawValue)
            writer.key("failure")
            writer.string(row.failure)
            writer.key("is_paused")
            writer.boolean(row.isPaused)
            writer.key("failures")
            writer.integer(row.status?.failures ?? 0)
            writer.moment("failing_since", row.status?.failingSince)
            writer.key("queued")
            writer.integer(row.status?.queued ?? 0)
            writer.key("running")
            writer.integer(row.status?.running ?? 0)
            writer.key("latest")
            if let run = row.status?.latest { writer.object { run.write(to: &$0) } } else { writer.null() }
            writer.moment("last_success_at", row.status?.lastSuccess?.finishedAt)
          }
        }
      }
    }
  }
}
