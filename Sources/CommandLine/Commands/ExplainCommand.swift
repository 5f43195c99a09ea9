import Basics
import Lineage
import MeshModel
import Orchestration
import Planning
import Records
import Timetables

/// `heddle explain RUN[/TASK]|PIPELINE[@KEY]`.
struct ExplainCommand: Command {
  static let description = CommandDescription(
    name: "explain", summary: "say why something does not run, and what to do",
    operands: [.required("RUN[/TASK]|PIPELINE[@KEY]", words: .names(.pipelines))],
    options: [.value("at", "TIME")],
    help: """
      heddle explain: say why something does not run, and what to do

      Examples:
        heddle explain 412
        heddle explain 412/clean
        heddle explain operations/departures@2013-01-05
        heddle explain 412 --at 2013-01-06T03:10:00Z

      Usage: heddle explain RUN[/TASK]|PIPELINE[@KEY] [--at TIME]

      The checks that a run and each of its open tasks must pass, in their order: done, blocking, or not looked
      at yet; who holds what is missing; and the command that may help. Of a final run: how it ended, and why.
      Of a pipeline that is due by data, and of a partition of it that was not run: which data is there, which
      is missing, and who makes it.

      Options:
        --at TIME  how it was then, from the event log: of a run, of the latest run that there was, or of the
                   data that was waited for. Whether somebody owned the state then is not recorded. What
                   retention has removed is not known

      Exit codes: 0 told, 3 there is no such run or task, or none was there then

      \(HelpText.options)
      """)

  var words: String
  /// Nil: now.
  var at: Instant?

  init(_ arguments: Arguments) throws(CommandFailure) {
    words = try arguments.required(0)
    guard let text = arguments.value("at") else { return }
    at = Instant(text, in: .utc)
    guard at != nil else {
      throw .usage(
        "'\(text)' is no moment", help: "write --at 2013-01-06T03:10:00Z; without a zone it is UTC")
    }
  }

  /// A task with what keeps it.
  private struct Open {
    var task: String
    var state: InstanceState
    var explanation: Explanation
  }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    let project = try context.project()
    let reader = try reader(of: project, context)
    var declared: CheckedProject?
    if case .pipeline = Reference(words) {
      if at == nil { declared = try context.declared() }
      if try explainData(reader, declared, context) { return .success }
    }
    let (run, task) = try subject(reader, context)
    guard let detail = try context.reading(reader, { try $0.runDetail(run) }) else { throw nothing }
    if let task, !detail.instances.contains(where: { $0.task == task }) {
      throw .notFound("run \(run) has no task '\(task)'", help: "see its tasks: heddle show \(run)")
    }
    let alerts = try openAlerts(of: detail.run, reader, context)
    guard !detail.run.state.isFinal else {
      showFinal(detail, task, alerts, context)
      return .success
    }
    let (whole, open) =
      if let at {
        try explanations(of: detail, only: task, at, reader, project, context)
      } else {
        try explanations(of: detail, only: task, project, declared, context)
      }
    show(detail, whole, open, alerts, context)
    return .success
  }

  /// The record, as it is or as it was.
  private func reader(of project: Project, _ context: Context) throws(CommandFailure) -> StateReader {
    guard let reader = try context.record(project) else { throw nothing }
    guard let at else { return reader }
    guard let past = try context.reading(reader, { try $0.past(at: at, clock: context.clock) }) else {
      throw .notFound("nothing was recorded by \(at.text)", help: "see what there is: heddle runs")
    }
    return past
  }

  /// What keeps a run, and each of its open tasks.
  private func explanations(
    of detail: RunDetail, only task: String?, _ project: Project, _ declared: CheckedProject?,
    _ context: Context
  ) throws(CommandFailure) -> (Explanation, [Open]) {
    guard let found = try context.explaining(project, declared) else { throw nothing }
    var view = found.view
    var whole = view.explanation(of: detail.run.id) ?? Explanation()
    if found.owner == nil {
      whole.block("owner", "nobody owns the state, so nothing starts", next: "heddle serve")
    }
    return (whole, try openTasks(of: detail, only: task, &view))
  }

  /// What kept them, of the record as it was.
  private func explanations(
    of detail: RunDetail, only task: String?, _ at: Instant, _ past: StateReader, _ project: Project,
    _ context: Context
  ) throws(CommandFailure) -> (Explanation, [Open]) {
    var view = try context.explaining(project, past, at: at)
    var open = try openTasks(of: detail, only: task, &view)
    for place in open.indices { open[place].explanation = open[place].explanation.ofThePast }
    return ((view.explanation(of: detail.run.id) ?? Explanation()).ofThePast, open)
  }

  /// What is open about the run's partition.
  private func openAlerts(
    of run: RunSummary, _ reader: StateReader, _ context: Context
  ) throws(CommandFailure) -> [AlertSummary] {
    let filter = AlertFilter(pipelines: [run.pipeline], limit: 10_000)
    return try context.reading(reader) { try $0.alerts(filter).alerts }.filter {
      $0.record.cause.dataset == nil && $0.record.cause.partition == run.partition?.key ?? ""
    }
  }

  private var nothing: CommandFailure {
    if let at {
      return .notFound("there was no run '\(words)' at \(at.text)", help: "see it now: heddle runs")
    }
    return nowhere
  }

  private var nowhere: CommandFailure {
    .notFound("there is no run '\(words)'", help: "see what there is: heddle runs")
  }

  /// The run that is meant, and its task.
  private func subject(_ reader: StateReader, _ context: Context) throws(CommandFailure) -> (RunID, String?) {
    let parts = words.split(separator: "/", omittingEmptySubsequences: false)
    if parts.count == 2, let run = RunID(parts[0]) { return (run, String(parts[1])) }
    let found: RunSummary?
    var task: String?
    switch Reference(words) {
    case .run(let run): return (run, nil)
    case .pipeline(let pipeline, let partition):
      found = try latest(of: pipeline, partition, reader, context)
    case .task(let name, _, let partition):
      found = try latest(of: name.pipeline, partition, reader, context)
      task = name.task
    default:
      throw .usage(
        "'\(words)' is neither a run nor a pipeline", help: "write 412, 412/clean or domain/pipeline@KEY")
    }
    guard let found else { throw at == nil ? try neverRun(context) : nothing }
    return (found.id, task)
  }

  /// The current run of a partition; without one, the latest of all.
  func latest(
    of pipeline: PipelineName, _ partition: String?, _ reader: StateReader, _ context: Context
  ) throws(CommandFailure) -> RunSummary? {
    try context.reading(reader) { reader in
      guard let partition else {
        return try reader.runs(RunFilter(pipelines: [pipeline], limit: 1)).runs.first
      }
      return try reader.currentRun(of: pipeline, partition: partition)
    }
  }

  /// Says when a pipeline that was not run is due.
  private func neverRun(_ context: Context) throws(CommandFailure) -> CommandFailure {
    let name = String(words.prefix { $0 != "@" })
    let declared = try context.declared()
    let place = try declared.place(ofPipeline: name)
    let pipeline = declared.graph.pipelines[place]
    if declared.broken[place] != nil {
      return .notFound("'\(words)' was not run: the pipeline has errors", help: "see them: heddle check")
    }
    let tick = PipelineSchedule(pipeline)?.next(after: context.clock.now)
    return .notFound(
      "'\(words)' was not run" + (tick.map { "; the pipeline is due at \($0.text)" } ?? ""),
      help: tick == nil ? "run it: heddle run \(name)" : "see when: heddle schedule \(name)")
  }

  private func openTasks(
    of detail: RunDetail, only wanted: String?, _ view: inout ExplainingView
  ) throws(CommandFailure) -> [Open] {
    var open: [Open] = []
    for task in view.openTasks(of: detail.run.id) {
      let instances = detail.instances.filter { $0.id.task == task }
      guard let first = instances.first(where: { !$0.state.isFinal }) ?? instances.first,
        wanted == nil || first.task == wanted,
        var explanation = view.explanation(of: detail.run.id, task: task)
      else { continue }
      if let attempt = first.attempts.last, first.state == .running {
        explanation.pass(
          "attempt",
          "attempt \(attempt.id.number) is \(attempt.state.rawValue) since \(attempt.startedAt.text)")
      } else if first.state == .retrying, let due = first.retryAt {
        explanation.block("attempt", "attempt \(first.attempts.count + 1) is due at \(due.text)")
      }
      open.append(Open(task: first.task, state: first.state, explanation: explanation))
    }
    return open
  }

  private func name(of run: RunSummary) -> String {
    run.partition.map { "\(run.pipeline)@\($0.key)" } ?? "\(run.pipeline)"
  }

  private func show(
    _ detail: RunDetail, _ whole: Explanation, _ open: [Open], _ alerts: [AlertSummary], _ context: Context
  ) {
    let run = detail.run
    if context.settings.json {
      return context.json("explain") { writer in
        write(run, alerts, to: &writer)
        writer.key("checks")
        whole.write(to: &writer)
        writer.key("tasks")
        writer.array { writer in
          for task in open {
            writer.object { writer in
              writer.key("task")
              writer.string(task.task)
              writer.key("state")
              writer.string(task.state.rawValue)
              writer.key("checks")
              task.explanation.write(to: &writer)
            }
          }
        }
      }
    }
    context.out.line("run \(run.id)  \(name(of: run))  \(run.state.rawValue)\(atText)")
    var next: [String] = []
    if open.isEmpty || whole.isBlocked { show(whole, &next, context) }
    for task in open {
      context.out.line("\(task.task)  \(task.state.rawValue)")
      show(task.explanation, &next, context)
    }
    showAlerts(alerts, context)
    context.out.flush()
    for command in next { context.remark("next: \(TerminalText.clean(command))") }
  }

  var atText: String { at.map { " at \($0.text)" } ?? "" }

  func show(_ explanation: Explanation, _ next: inout [String], _ context: Context) {
    for check in explanation.checks {
      let sign =
        switch check.state {
        case .done: "✓"
        case .blocking: "■"
        case .pending: "·"
        }
      context.out.line("  \(sign) \(check.name): \(TerminalText.clean(check.text))")
      if let command = check.next, !next.contains(command) { next.append(command) }
    }
  }

  private func showAlerts(_ alerts: [AlertSummary], _ context: Context) {
    for alert in alerts {
      let known = alert.acknowledgedBy.map { ", acknowledged by '\($0)'" } ?? ""
      context.out.line(
        TerminalText.clean("  ! alert \(alert.record.id)\(known): \(alert.record.reason.text)"))
    }
  }

  private func write(_ run: RunSummary, _ alerts: [AlertSummary], to writer: inout JSONWriter) {
    writer.moment("at", at)
    writer.key("run")
    writer.integer(run.id)
    writer.key("pipeline")
    writer.string(run.pipeline.description)
    writer.key("partition")
    writer.string(run.partition?.key)
    writer.key("state")
    writer.string(run.state.rawValue)
    writer.key("alerts")
    writer.array { writer in for alert in alerts { writer.object { $0.members(of: alert) } } }
  }

  private func showFinal(
    _ detail: RunDetail, _ task: String?, _ alerts: [AlertSummary], _ context: Context
  ) {
    let run = detail.run
    let instance =
      task.flatMap { task in detail.instances.first { $0.task == task } } ?? detail.rootFailure
      ?? detail.instances.first { $0.state == .upstreamFailed }
    if context.settings.json {
      return context.json("explain") { writer in
        write(run, alerts, to: &writer)
        writer.key("reason")
        writer.string(run.reason?.text)
        writer.key("task")
        writer.string(instance?.name)
        writer.key("task_state")
        writer.string(instance?.state.rawValue)
        writer.key("task_reason")
        writer.string(instance?.remark)
      }
    }
    let why = run.reason.map { ": \($0.text)" } ?? ""
    context.out.line("run \(run.id)  \(name(of: run))  \(run.state.rawValue)\(atText)\(why)")
    guard let instance else { return showAlerts(alerts, context) }
    context.out.line(
      "  \(instance.name)  \(instance.state.rawValue)"
        + (instance.remark.map { ": \(TerminalText.clean($0))" } ?? ""))
    showAlerts(alerts, context)
    context.out.flush()
    guard at == nil else { return }
    if instance.state == .failed {
      context.remark("next: heddle logs \(run.id) \(ShellWord.quoted(instance.name))")
    }
    if run.state != .success { context.remark("next: heddle retry \(run.id)") }
  }
}

extension Explanation {
  func write(to writer: inout JSONWriter) {
    writer.array { writer in
      for check in checks {
        writer.object { writer in
          writer.key("name")
          writer.string(check.name)
          writer.key("state")
          writer.string(check.state.rawValue)
          writer.key("text")
          writer.string(check.text)
          writer.key("next")
          writer.string(check.next)
        }
      }
    }
  }
}
