import Basics
import HTTPServer
import MeshModel
import Orchestration
import Records

/// What changes, as it changes; and what machines ask.
enum LiveRoutes {
  /// How long the loop may take to say that it is there.
  private static let patience = Duration.seconds(2)

  static let all: [Route] = [
    .get(
      "/api/v1/events", .states, "Server-sent events: what changes, resumed by 'Last-Event-ID'",
      media: "text/event-stream",
      [
        .text("scope", .runs(32), "the runs whose tasks are told of: run:412,run:413"),
        .number("last", 0...QueryParameter.greatest, "as the header 'Last-Event-ID'"),
      ]
    ) { visit in
      .follow(try visit.eventWish())
    },
    .get("/healthz", .open, "Whether the page answers") { _ in .response(HTTPResponse(.ok, text: "ok")) },
    .get("/readyz", .open, "Whether the loop answers, and how long it took") { visit in
      let (clock, asked) = (visit.world.clock, visit.world.clock.monotonicNanoseconds)
      return .ask(.hello, within: Self.patience) { reply in
        let took = (clock.monotonicNanoseconds &- asked) / 1_000_000
        let isReady: Bool
        if case .hello = reply { isReady = true } else { isReady = false }
        var writer = JSONWriter()
        writer.object { writer in
          writer.flag("ready", isReady)
          writer.number("tick_age_ms", took)
        }
        var response = HTTPResponse(json: writer.bytes, isReady ? .ok : .unavailable)
        response.headers.add("cache-control", "no-store")
        return response
      }
    },
    .get("/metrics", .states, "Figures in the text format of Prometheus") { visit in
      let figures = try visit.figures()
      let (clock, asked) = (visit.world.clock, visit.world.clock.monotonicNanoseconds)
      return .ask(.hello, within: Self.patience) { _ in
        figures.response(loopLatency: clock.monotonicNanoseconds &- asked)
      }
    },
  ]
}

extension Visit {
  fileprivate func eventWish() throws -> EventWish {
    let runs = Set((query["scope"] ?? "").split(separator: ",").compactMap { RunID($0.dropFirst(4)) })
    let last = request.headers["last-event-id"] ?? query["last"]
    let after = last.flatMap { Int64($0) }
    if last != nil, after.map({ $0 < 0 }) ?? true {
      throw Problem.badRequest("'Last-Event-ID' is no number of an event")
    }
    return EventWish(
      after: after, runs: runs, domains: caller.readsStates ? nil : caller.domains,
      token: caller.readsStates ? nil : caller.token)
  }

  /// What the record tells of the pipelines that the caller may know of.
  fileprivate func figures() throws -> PrometheusText {
    try read { reader in
      var text = PrometheusText()
      let healths = try healths(readablePipelines, reader, recent: 1)
      text.family("heddle_info", .gauge, "The version that answers.")
      text.sample(["version": world.settings.version], 1)
      text.family("heddle_pipeline_failures", .gauge, "Failed runs since the last success.")
      for health in healths {
        text.sample(["pipeline": health.pipeline.name.description], Double(health.status.failures))
      }
      text.family("heddle_pipeline_runs_live", .gauge, "Runs that are not final.")
      for health in healths {
        let name = health.pipeline.name.description
        text.sample(["pipeline": name, "state": "queued"], Double(health.status.queued))
        text.sample(["pipeline": name, "state": "running"], Double(health.status.running))
      }
      text.family("heddle_pipeline_last_success_timestamp_seconds", .gauge, "When it last succeeded.")
      for health in healths {
        guard let at = health.status.lastSuccess?.finishedAt else { continue }
        text.sample(["pipeline": health.pipeline.name.description], Double(at.milliseconds) / 1000)
      }
      text.family("heddle_pipeline_last_run_duration_seconds", .gauge, "What the last run took so far.")
      for health in healths {
        guard let span = health.status.latest?.duration(at: now) else { continue }
        text.sample(
          ["pipeline": health.pipeline.name.description], Double(span.wholeMilliseconds) / 1000)
      }
      text.family("heddle_pipeline_late", .gauge, "Whether its deadline has passed.")
      for health in healths {
        text.sample(["pipeline": health.pipeline.name.description], health.isLate ? 1 : 0)
      }
      text.family("heddle_live_tasks", .gauge, "Task instances that are not final, by state.")
      for (state, count) in try reader.openInstances().sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
        text.sample(["state": state.rawValue], Double(count))
      }
      text.family("heddle_alerts_open", .gauge, "Alerts whose cause lasts, by kind.")
      let alerts = try openAlerts(reader)
      for kind in AlertKind.allCases {
        text.sample(["kind": kind.rawValue], Double(alerts[kind]?.open ?? 0))
      }
      text.family("heddle_events_total", .counter, "Changes in the event log.")
      text.sample([:], Double(try reader.lastSequence()))
      return text
    }
  }
}
