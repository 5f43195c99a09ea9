import Basics
import Diagnostics
import Lineage
import MeshModel
import Orchestration
import Records

/// The mesh at a glance.
enum OverviewRoutes {
  static let states = [
    "success", "failed", "cancelled", "running", "queued", "never", "broken", "late", "paused",
  ]

  static let all: [Route] = [
    .get("/api/v1/system", .states, "The daemon, and how many pipelines are in which state", schema: "system")
    {
      visit in
      let places = visit.readablePipelines
      let (healths, alerts, sequence) = try visit.read { reader in
        (
          try visit.healths(places, reader, recent: 1), try visit.openAlerts(reader),
          try reader.lastSequence()
        )
      }
      return visit.json("system") { writer in
        visit.writeSystem(healths, sequence, to: &writer)
        writer.number("open_alerts", alerts.values.reduce(0) { $0 + $1.open })
        writer.number("unacknowledged_alerts", alerts.values.reduce(0) { $0 + $1.unknown })
      }
    },
    .get(
      "/api/v1/pipelines", .states, "Pipelines by name, each with its last runs", schema: "pipelines",
      [
        .domain,
        QueryParameter(name: "state", kind: .words(states), meaning: "only those whose latest run is so"),
        .text("select", .selection, "only what a selector means"), .search, .cursor,
        .number("limit", 1...2000, "how many items at most; 50 where nothing is said"),
      ]
    ) { visit in
      try visit.pipelines()
    },
  ]
}

extension Visit {
  /// The places of the pipelines that the caller may know of.
  var readablePipelines: [Int] {
    declared.graph.pipelines.indices.filter { caller.mayRead(declared.graph.pipelines[$0].name.domain) }
  }

  func healths(_ places: [Int], _ reader: StateReader, recent: Int) throws -> [PipelineHealth] {
    let paused = Set(try reader.paused())
    let names = places.map { declared.graph.pipelines[$0].name }
    let now = now
    return try zip(places, try reader.status(of: names, recent: recent)).map { place, status in
      var health = PipelineHealth(
        place, declared, status, isPaused: paused.contains(.pipeline(status.pipeline)), at: now)
      health.promise = try declared.promises[place]?.map { dataset, within in
        PipelineHealth.Promise(within: within, renewedAt: try reader.renewal(of: dataset), at: now)
      }.min { $0.slack < $1.slack }
      return health
    }
  }

  /// The places that a selector means, of those that the caller may know of.
  func selected(_ places: [Int], _ reader: StateReader) throws -> [Int] {
    guard let text = query["select"] else { return places }
    let nodes = try Problem.passing { () throws(SessionError) in
      try declared.project.nodes(selectedBy: text, reader: reader)
    }
    let wanted = Set(declared.graph.pipelines(of: nodes))
    return places.filter(wanted.contains)
  }

  fileprivate func pipelines() throws -> Route.Answer {
    let limit = limit
    return try read { reader in
      var places = try selected(readablePipelines, reader).filter { place in
        let name = declared.graph.pipelines[place].name
        return query["domain"].map { $0 == name.domain } ?? true
          && query["q"].map { name.description.contains($0.lowercased()) } ?? true
      }
      var known: [Int: PipelineHealth] = [:]
      if let state = query["state"] {
        for health in zip(places, try healths(places, reader, recent: 14)) where health.1.isIn(state) {
          known[health.0] = health.1
        }
        places = places.filter { known[$0] != nil }
      }
      let rest = places.drop { place in
        query["cursor"].map { declared.graph.pipelines[place].name.description <= $0 } ?? false
      }
      let page = Array(rest.prefix(limit))
      let shown = known.isEmpty ? try healths(page, reader, recent: 14) : page.compactMap { known[$0] }
      let sequence = try reader.lastSequence()
      return json("pipelines") { writer in
        writer.number("seq", sequence)
        writer.number("total", places.count)
        writer.objects("items", shown) { $1.write(to: &$0) }
        writer.text("next", rest.count > limit ? shown.last?.pipeline.name.description : nil)
      }
    }
  }

  fileprivate func writeSystem(_ healths: [PipelineHealth], _ sequence: Int64, to writer: inout JSONWriter) {
    writer.text("version", world.settings.version)
    writer.number("pid", world.services.pid)
    writer.moment("started_at", world.services.startedAt)
    writer.number("seq", sequence)
    writer.member("release") { writer in
      writer.number("id", declared.id)
      writer.number("errors", declared.project.diagnostics.count { $0.severity == .error })
    }
    writer.number("pipelines", healths.count)
    writer.number("running", healths.reduce(0) { $0 + $1.status.running })
    writer.number("queued", healths.reduce(0) { $0 + $1.status.queued })
    for (name, state) in [
      ("failing", "failed"), ("late", "late"), ("paused", "paused"), ("broken", "broken"),
    ] {
      writer.number(name, healths.count { $0.isIn(state) })
    }
    let counts = Dictionary(healths.map { ($0.pipeline.name.domain, 1) }, uniquingKeysWith: +)
    writer.objects("domains", declared.project.mesh.domains.filter { caller.mayRead($0.name) }) {
      writer, domain in
      writer.text("name", domain.name)
      writer.text("title", domain.title)
      writer.text("owner", domain.owner)
      writer.text("contact", domain.contact)
      writer.number("pipelines", counts[domain.name] ?? 0)
    }
  }
}

extension PipelineHealth {
  /// Whether one of the words of the filter holds.
  func isIn(_ word: String) -> Bool {
    switch word {
    case "late": isLate
    case "paused": isPaused
    default: state == word
    }
  }
}

extension Problem {
  /// Runs what fails as a session does.
  static func passing<Result>(_ body: () throws(SessionError) -> Result) throws(Problem) -> Result {
    do { return try body() } catch { throw Problem(error) }
  }
}
