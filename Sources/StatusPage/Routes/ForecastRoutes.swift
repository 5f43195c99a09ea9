import Basics
import HTTPServer
import Lineage
import MeshModel
import Orchestration
import Threads

/// What will run, and when.
enum ForecastRoutes {
  static let all: [Route] = [
    .get(
      "/api/v1/forecast", .states,
      "What the scheduler will do if everything takes as long as before: runs, waits, deadlines missed",
      schema: "forecast",
      [
        .number("hours", 1...8784, "how far; 24 where nothing is said"),
        .text("select", .selection, "only of the pipelines that a selector means"),
      ]
    ) { visit in
      try visit.forecast()
    }
  ]
}

extension Visit {
  fileprivate func forecast() throws -> Route.Answer {
    let isFree = world.services.isForeseeing.withLock { isForeseeing in
      defer { isForeseeing = true }
      return !isForeseeing
    }
    guard isFree else { throw Problem.unavailable("another forecast is being made: ask again") }
    defer { world.services.isForeseeing.withLock { $0 = false } }
    let forecaster = Forecaster(
      project: declared.project, state: world.settings.state, reader: world.reader, clock: world.clock,
      workers: world.settings.workers)
    let wanted = try read { reader in
      Set(try selected(readablePipelines, reader).map { declared.graph.pipelines[$0].name })
    }
    let forecast = try Problem.passing { () throws(SessionError) in
      try forecaster.forecast(.seconds(integer("hours", default: 24) * 3600), most: .forOthers)
    }
    return json("forecast") { forecast.of(wanted.contains).write(to: &$0) }
  }
}
