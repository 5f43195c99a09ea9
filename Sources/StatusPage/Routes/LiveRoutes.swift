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
    .get("/readyz", .open, "Whether the loop answers, how long it took, and how old the last tick is") {
      visit in
      let (clock, asked) = (visit.world.clock, visit.world.clock.monotonicNanoseconds)
      let age = (try? visit.lastTickAge()) ?? nil
      return .ask(.hello, within: Self.patience) { reply in
        let took = (clock.monotonicNanoseconds &- asked) / 1_000_000
        let isReady: Bool
        if case .hello = reply { isReady = true } else { isReady = false }
        var writer = JSONWriter()
        writer.object { writer in
          writer.flag("ready", isReady)
          writer.number("loop_latency_ms", took)
          writer.number("tick_age_ms", age?.wholeMilliseconds)
        }
        var response = HTTPResponse(json: writer.bytes, isReady ? .ok : .unavailable)
        response.headers.add("cache-control", "no-store")
        return response
      }
    },
    .get("/metrics", .states, "Figures in the text format of Prometheus") { visit in
      let figures = try visit.figures()
      let (clock, asked) = (visit.world.clock, visit.world.clock.monotonicNanoseconds)
      return .ask(.hello, within: Self.patience) { reply in
        let took = clock.monotonicNanoseconds &- asked
        return figures.text(loopLatency: took, workers: reply.workers).response
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

  /// How long ago the last tick was due that the ledger has; nil: there was none.
  fileprivate func lastTickAge() throws -> Duration? {
    try read { reader in try reader.lastTick().map { max(.zero, now - $0) } }
  }
}

extension ControlReply {
  /// How many attempts the loop lets work at once; nil: it did not say.
  fileprivate var workers: Int? {
    if case .hello(_, _, _, _, let workers) = self { workers } else { nil }
  }
}
