import Basics
import HTTPServer
import Lineage
import MeshModel
import Orchestration
import Records

/// What somebody should know of, and what operators say of it.
enum AlertRoutes {
  static let all: [Route] = [
    .get(
      "/api/v1/alerts", .states, "Alerts, the latest first, and the silences that last", schema: "alerts",
      [
        .domain, .text("select", .selection, "only what a selector means"),
        QueryParameter(
          name: "kind", kind: .words(AlertKind.allCases.map(\.rawValue)), meaning: "only of this kind"),
        .flag("all", "also those whose cause is gone"),
      ] + QueryParameter.paging
    ) { visit in
      try visit.alerts()
    },
    .get("/api/v1/alerts/{alert}", .states, "An alert, and who was told of it", schema: "alert") { visit in
      let alert = try visit.alert()
      return visit.json("alert") { $0.members(of: alert) }
    },
    .post(
      "/api/v1/alerts/{alert}/ack", .role(.operator), "Says that somebody knows of an alert",
      body: [.init(name: "note", kind: .string, form: .remark)]
    ) { visit in
      .ask(
        .acknowledge(alerts: [try visit.number(.alert)], note: visit.body["note"]?.string),
        then: Done.response)
    },
    .get("/api/v1/silences", .states, "Silences, the latest first", schema: "silences") { visit in
      let silences = try visit.world.reader.silences()
      return visit.json("silences") { writer in
        writer.objects("items", silences) { $0.members(of: $1, at: visit.now) }
      }
    },
    .post(
      "/api/v1/silences", .role(.operator), "Has nobody told of alerts about what is selected, for a time",
      body: [
        .init(name: "select", kind: .string, isRequired: true, form: .longSelection),
        .init(name: "for", kind: .string, isRequired: true, form: .span),
        .init(name: "reason", kind: .string, form: .remark),
      ]
    ) { visit in
      let selector = visit.body["select"]?.string ?? ""
      guard let span = Owner.silenceSpan(visit.body["for"]?.string ?? "") else {
        throw Problem(kind: .invalid, "'for' is a span of time up to 366 days, such as 30m or 2h", help: nil)
      }
      try visit.requireOperator(of: selector)
      return .ask(
        .silence(selector: selector, span: span, reason: visit.body["reason"]?.string), then: Done.response)
    },
    .post("/api/v1/silences/{silence}/end", .role(.operator), "Ends a silence before its time") { visit in
      let id = try visit.number(.silence)
      guard let silence = try visit.world.reader.silences().first(where: { $0.record.id == id }) else {
        throw Problem.notFound("there is no silence \(id)")
      }
      try visit.requireOperator(of: silence.record.selector)
      return .ask(.unsilence(id), then: Done.response)
    },
  ]
}

extension Visit {
  /// How many alerts of each kind are open that the caller may know of.
  func openAlerts(_ reader: StateReader) throws -> [AlertKind: (open: Int, unknown: Int)] {
    let names = caller.readsStates || caller.domains == nil ? nil : readableNames
    return try reader.openAlerts(of: names)
  }

  private var readableNames: [PipelineName] { readablePipelines.map { declared.graph.pipelines[$0].name } }

  fileprivate func alerts() throws -> Route.Answer {
    try read { reader in
      var filter = AlertFilter(
        includesResolved: query["all"] == "true", before: query["cursor"].flatMap { AlertID($0) },
        limit: limit)
      if let kind = query["kind"].flatMap(AlertKind.init(rawValue:)) { filter.kinds = [kind] }
      let isWhole = (caller.readsStates || caller.domains == nil) && query["select"] == nil
      if !isWhole || query["domain"] != nil {
        filter.pipelines = try selected(readablePipelines, reader).map { declared.graph.pipelines[$0].name }
          .filter { name in query["domain"].map { $0 == name.domain } ?? true }
      }
      let page = try reader.alerts(filter)
      let silences = try reader.silences(lastingAt: now)
      let open = try openAlerts(reader)
      let sequence = try reader.lastSequence()
      return json("alerts") { writer in
        writer.number("seq", sequence)
        writer.objects("items", page.alerts) { $0.members(of: $1) }
        writer.text("next", page.next.map { String($0) })
        writer.objects("silences", silences) { $0.members(of: $1, at: now) }
        writer.member("open") { writer in
          for kind in AlertKind.allCases { writer.number(kind.rawValue, open[kind]?.open ?? 0) }
        }
      }
    }
  }

  /// A silence is about all that its selector means, now and later, so its words must name the caller's own
  /// domains.
  fileprivate func requireOperator(of selector: String) throws {
    guard let domains = caller.domains else { return }
    for term in selector.split(separator: " ") {
      let isOwn = domains.contains { domain in
        term.hasPrefix("\(domain)/") || term.hasPrefix("\(domain).") || term == "domain:\(domain)"
      }
      guard isOwn, !term.contains("+") else {
        throw Problem(
          .forbidden, "denied", "this needs the role operator in all domains",
          help: "in yours alone: select 'DOMAIN/*' or 'DOMAIN/PIPELINE'")
      }
    }
  }
}
