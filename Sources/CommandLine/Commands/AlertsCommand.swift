import Basics
import Lineage
import MeshModel
import Orchestration
import Records

/// `heddle alerts [SELECTOR]`, and what operators say of alerts.
struct AlertsCommand: Command {
  static let description = CommandDescription(
    name: "alerts", summary: "show what somebody should know of, and say that somebody does",
    operands: [
      .optional("SELECTOR|ack|silence|unsilence", words: .names(.selectors)),
      .repeated("ID|SELECTOR", words: .names(.selectors)),
    ],
    options: [
      .flag("all"), .value("kind", "KIND", words: .choices(AlertKind.allCases.map(\.rawValue))),
      .value("limit", "N"), .value("note", "TEXT"), .value("for", "SPAN"), .value("reason", "TEXT"),
    ],
    help: """
      heddle alerts: show what somebody should know of, and say that somebody does

      Examples:
        heddle alerts
        heddle alerts 'operations/*' --all
        heddle alerts ack 12 13 --note "the bureau sends the file again"
        heddle alerts ack 'operations/departures'
        heddle alerts silence 'operations/*' --for 2h --reason "the store moves"
        heddle alerts unsilence 3

      Usage: heddle alerts [SELECTOR] [--kind KIND] [--all] [--limit N]
             heddle alerts ack ID|SELECTOR... [--note TEXT]
             heddle alerts silence SELECTOR --for SPAN [--reason TEXT]
             heddle alerts unsilence ID

      An alert is raised when a run fails, when a partition is not there by its pipeline's deadline, when a
      dataset is older than a reader's 'freshness' allows, and when a task has waited for too long. It resolves by
      itself when its cause is gone. 'notify' of mesh.yaml and domain.yaml says who is told; what is silenced is
      recorded and told nobody. Who acknowledges an alert, or silences, is kept with it.

      Options:
        --all          also alerts that are over
        --kind KIND    deadline_missed, run_failed, freshness_broken or wait_timed_out only
        --limit N      at most so many; default: 100
        --note TEXT    with ack: what is known, or being done
        --for SPAN     with silence: how long, 30m or 2d, at most 366d
        --reason TEXT  with silence: why

      Exit codes: 0 done, or listed, 3 nothing has that name, 9 the alert, or the silence, is over

      \(HelpText.options)
      """)

  private enum Deed {
    case list(selector: String?, AlertFilter)
    case acknowledge([String], note: String?)
    case silence(String, Duration, reason: String?)
    case unsilence(SilenceID)
  }

  private var deed: Deed

  init(_ arguments: Arguments) throws(CommandFailure) {
    let words = Array(arguments.operands.dropFirst())
    let first = arguments.operand(0)
    try Self.checkOptions(arguments, of: first)
    switch first {
    case "ack":
      guard !words.isEmpty else {
        throw .usage("which alerts?", help: "heddle alerts ack 12, or heddle alerts ack 'domain/*'")
      }
      deed = .acknowledge(words, note: arguments.value("note"))
    case "silence":
      guard words.count == 1, let text = arguments.value("for") else {
        throw .usage(
          "a silence needs a selector and its time", help: "heddle alerts silence 'domain/*' --for 2h")
      }
      guard let span = Owner.silenceSpan(text) else {
        throw .usage("'\(text)' is no span of time up to 366 days", help: "write 30m, 2h or 7d")
      }
      deed = .silence(words[0], span, reason: arguments.value("reason"))
    case "unsilence":
      guard words.count == 1, let id = SilenceID(words[0]), id > 0 else {
        throw .usage("which silence?", help: "see them: heddle alerts; then heddle alerts unsilence 3")
      }
      deed = .unsilence(id)
    default:
      guard words.isEmpty else {
        throw .usage(
          "'heddle alerts' does not expect '\(words[0])'", help: "several selectors are one word: 'x y'")
      }
      var filter = AlertFilter(includesResolved: arguments.has("all"))
      if let kind = try arguments.choice("kind", of: AlertKind.self) { filter.kinds = [kind] }
      filter.limit = try arguments.integer("limit", in: 1...100_000) ?? filter.limit
      deed = .list(selector: first, filter)
    }
  }

  private static func checkOptions(_ arguments: Arguments, of word: String?) throws(CommandFailure) {
    let homes = [
      "note": "ack", "for": "silence", "reason": "silence", "all": nil, "kind": nil, "limit": nil,
    ]
    let own = ["ack", "silence", "unsilence"].contains(word) ? word : nil
    for (option, home) in homes.sorted(by: { $0.key < $1.key }) where arguments.has(option) && home != own {
      throw .usage("--\(option) is for 'heddle alerts\(home.map { " \($0)" } ?? "")'")
    }
  }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    let project = try context.project()
    switch deed {
    case .list(let selector, let filter): return try list(selector, filter, context, project)
    case .acknowledge(let words, let note):
      let ids = try alerts(words, context, project)
      guard !ids.isEmpty else {
        context.remark("no alert is open there")
        return .success
      }
      return try ask(.acknowledge(alerts: ids, note: note), ids, context, project)
    case .silence(let selector, let span, let reason):
      return try ask(.silence(selector: selector, span: span, reason: reason), nil, context, project)
    case .unsilence(let id): return try ask(.unsilence(id), [id], context, project)
    }
  }

  private func ask(
    _ request: ControlRequest, _ ids: [Int64]?, _ context: Context, _ project: Project
  ) throws(CommandFailure) -> ExitCode {
    let text = try context.asking(project) { (ask) throws(CommandFailure) in try ask(request) }
    if context.settings.json {
      context.json("alerts") { writer in
        writer.key("ids")
        writer.array { writer in for id in ids ?? [] { writer.integer(id) } }
        writer.key("text")
        writer.string(text)
      }
    } else if context.settings.quiet {
      for id in ids ?? [] { context.out.line(String(id)) }
    } else {
      context.out.line(TerminalText.clean(text))
    }
    return .success
  }

  /// The numbers as they were given, and the open alerts of what is selected that nobody has acknowledged.
  private func alerts(
    _ words: [String], _ context: Context, _ project: Project
  ) throws(CommandFailure) -> [AlertID] {
    var ids: Set<AlertID> = []
    for word in words {
      if let id = AlertID(word), id > 0 {
        ids.insert(id)
        continue
      }
      guard let reader = try context.record(project, changes: true) else { continue }
      let names = try Self.pipelines(word, context, reader)
      let filter = AlertFilter(pipelines: names, limit: 100_000)
      let found = try context.reading(reader) { try $0.alerts(filter).alerts }
      ids.formUnion(found.filter { $0.state == .open }.map(\.record.id))
    }
    return ids.sorted()
  }

  private static func pipelines(
    _ selector: String, _ context: Context, _ reader: StateReader?
  ) throws(CommandFailure) -> [PipelineName] {
    let declared = try context.declared()
    return declared.graph.pipelines(of: try declared.nodes(selector, reader: reader)).map {
      declared.graph.pipelines[$0].name
    }
  }
}

extension AlertsCommand {
  private func list(
    _ selector: String?, _ filter: AlertFilter, _ context: Context, _ project: Project
  ) throws(CommandFailure) -> ExitCode {
    let reader = try context.record(project)
    var filter = filter
    if let selector { filter.pipelines = try Self.pipelines(selector, context, reader) }
    var alerts: [AlertSummary] = []
    var silences: [SilenceSummary] = []
    var isCut = false
    let now = context.clock.now
    if let reader {
      (alerts, silences, isCut) = try context.reading(reader) { reader in
        let page = try reader.alerts(filter)
        return (page.alerts, try reader.silences(lastingAt: now), page.next != nil)
      }
    }
    if context.settings.json {
      context.json("alerts") { writer in
        writer.key("alerts")
        writer.array { writer in for alert in alerts { writer.object { $0.members(of: alert) } } }
        writer.key("silences")
        writer.array { writer in
          for silence in silences { writer.object { $0.members(of: silence, at: now) } }
        }
        writer.key("more")
        writer.boolean(isCut)
      }
      return .success
    }
    if context.settings.quiet {
      for alert in alerts { context.out.line(String(alert.record.id)) }
      return .success
    }
    show(alerts, context)
    context.out.flush()
    for silence in silences {
      let why = silence.record.reason.map { ": \($0)" } ?? ""
      context.remark(
        TerminalText.clean(
          "silence \(silence.record.id) of '\(silence.record.selector)' until \(silence.record.until.text), by "
            + "'\(silence.record.by)'\(why)"))
    }
    if isCut { context.remark("there are more; see them with --limit \(filter.limit * 10)") }
    return .success
  }

  private func show(_ alerts: [AlertSummary], _ context: Context) {
    guard !alerts.isEmpty else { return context.remark("no alert is open") }
    var table = Table(["ID", "STATE", "KIND", "WHAT", "RAISED", "TOLD", "WHY"])
    for alert in alerts {
      table.add(
        .number(String(alert.record.id)), .text(alert.stateText), .text(alert.record.cause.kind.rawValue),
        .text(alert.record.subject), .text(alert.record.raisedAt.text), .text(alert.toldText),
        .text(TerminalText.clean(alert.why)))
    }
    table.write(to: context.out)
  }
}

extension AlertSummary {
  fileprivate var stateText: String {
    state == .acknowledged ? "acknowledged by \(acknowledgedBy ?? "")" : state.rawValue
  }

  /// The reason, then what is known of it, or why it is over.
  fileprivate var why: String {
    var text = record.reason.text
    if let note { text += " (\(note))" }
    if let resolution { text += "; \(resolution.text)" }
    return text
  }

  /// How far those are who are to be told of it.
  fileprivate var toldText: String {
    if deliveries.isEmpty { return record.silence.map { "silence \($0)" } ?? "-" }
    return deliveries.map { delivery in
      let tries = delivery.attempts > 1 ? " (try \(delivery.attempts))" : ""
      return "\(delivery.channel) \(delivery.state.rawValue)\(tries)"
    }.joined(separator: ", ")
  }
}
