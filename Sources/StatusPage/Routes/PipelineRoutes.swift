import Basics
import Diagnostics
import Lineage
import MeshModel
import Orchestration
import Records
import Timetables

/// One pipeline: its health, its history, its declaration.
enum PipelineRoutes {
  private static let base = "/api/v1/pipelines/{domain}/{pipeline}"

  static let all: [Route] = [
    .get(base, .states, "A pipeline, how it is doing, and what it is made of", schema: "pipeline") { visit in
      try visit.pipeline()
    },
    .get(
      base + "/grid", .states, "Its tasks against its latest runs", schema: "grid",
      [
        .number("runs", 1...100, "how many runs; 25 where nothing is said"),
        .number("before", 1...QueryParameter.greatest, "only runs with smaller numbers"),
        .number("tasks", 1...500, "how many tasks; 50 where nothing is said"),
        .number("first", 0...1_000_000, "the first of them"),
      ]
    ) { visit in
      try visit.grid()
    },
    .get(base + "/graph", .states, "Its tasks and what flows between them, laid out", schema: "layout") {
      visit in
      let place = try visit.pipelinePlace()
      let drawing = visit.declared.graph.drawing(ofPipeline: place)
      return visit.json("layout") { drawing.write(to: &$0) }
    },
    .get(
      base + "/calendar", .states, "How each day of a year ended", schema: "calendar",
      [.number("year", 1...9999, "which; this year where nothing is said")]
    ) { visit in
      try visit.calendar()
    },
    .get(
      base + "/definition", .role(.viewer), "The files that declare it, as the release has them",
      schema: "definition"
    ) { visit in
      let pipeline = visit.declared.graph.pipelines[try visit.pipelinePlace()]
      return visit.json("definition") { pipeline.writeDefinition(to: &$0, release: visit.declared.id) }
    },
    .get(
      base + "/schedule", .states, "When it is due next, and what became of the last ticks",
      schema: "schedule", [.number("n", 1...100, "how many ticks; 5 where nothing is said")]
    ) { visit in
      try visit.schedule()
    },
  ]
}

extension Visit {
  fileprivate func pipeline() throws -> Route.Answer {
    let place = try pipelinePlace()
    return try read { reader in
      guard let health = try healths([place], reader, recent: 14).first else { throw Problem.notFound() }
      var failure: InstanceSummary?
      if health.state == "failed", let latest = health.status.latest {
        failure = try reader.runDetail(latest.id)?.rootFailure
      }
      let sequence = try reader.lastSequence()
      return json("pipeline") { writer in
        health.write(to: &writer)
        writer.number("seq", sequence)
        writer.number("release", declared.id)
        writer.text("health", health.sentence(firstFailure: failure))
        writer.key("first_failure")
        if let failure {
          writer.object { writer in
            writer.number("run", failure.id.run)
            writer.text("task", failure.task)
            writer.number("index", failure.id.index)
            writer.text("reason", failure.remark)
          }
        } else {
          writer.null()
        }
        writer.span("median_ms", health.status.recent.medianDuration)
        health.pipeline.writeDeclaration(to: &writer)
        writeTasks(ofPipeline: place, to: &writer)
        writer.texts("problems", problems(ofPipeline: place))
      }
    }
  }

  /// What is wrong with the file that declares a pipeline.
  private func problems(ofPipeline place: Int) -> [String] {
    let path = declared.graph.pipelines[place].position.file.path
    return declared.project.diagnostics.filter { $0.position.file.path == path }.map {
      "\($0.position): \($0.severity.rawValue): \($0.message)"
    }
  }

  private func writeTasks(ofPipeline place: Int, to writer: inout JSONWriter) {
    let graph = declared.graph
    writer.objects("tasks", graph.nodes(of: place)) { writer, node in
      let task = graph.declaration(of: node)
      writer.text("name", task.name)
      writer.text("kind", task.kind.word)
      writer.text("description", task.description)
      writer.texts("reads", graph.nodes[node].reads.map(\.dataset.description))
      writer.texts("writes", graph.nodes[node].writes.map(\.description))
      writer.texts("after", task.after.map(\.value))
      writer.flag("external", task.external)
      writer.flag("each", task.each != nil)
    }
  }

  fileprivate func grid() throws -> Route.Answer {
    let place = try pipelinePlace()
    let graph = declared.graph
    let pipeline = graph.pipelines[place]
    let order = graph.taskOrder(ofPipeline: place)
    let first = integer("first", default: 0)
    let shown = Array(order.dropFirst(first).prefix(integer("tasks", default: 50)))
    let filter = RunFilter(
      pipelines: [pipeline.name], before: query["before"].flatMap { RunID($0) },
      limit: integer("runs", default: 25))
    return try read { reader in
      let page = try reader.runs(filter)
      let runs = Array(page.runs.reversed())
      let columns = try runs.map { try reader.worstStates(of: $0) }
      let sequence = try reader.lastSequence()
      return json("grid") { writer in
        writer.number("seq", sequence)
        writer.objects("tasks", shown) { writer, task in
          writer.number("place", task)
          writer.text("name", pipeline.tasks[task].name)
          writer.text("kind", pipeline.tasks[task].kind.word)
        }
        writer.number("task_count", order.count)
        writer.number("first", first)
        writer.objects("runs", runs) { writer, run in
          writer.number("id", run.id)
          writer.text("state", run.state.rawValue)
          writer.text("partition", run.partition?.key)
          writer.span("duration_ms", run.duration(at: now))
          writer.moment("created_at", run.createdAt)
        }
        writer.list("cells", shown) { writer, task in
          writer.array { writer in
            for column in columns { writer.string(column[pipeline.tasks[task].name]?.rawValue) }
          }
        }
        writer.number("before", page.next)
      }
    }
  }

  fileprivate func schedule() throws -> Route.Answer {
    let pipeline = declared.graph.pipelines[try pipelinePlace()]
    let schedule = PipelineSchedule(pipeline)
    let count = integer("n", default: 5)
    let ledger = try read { try $0.ticks(of: pipeline.name, limit: count) }
    var ticks: [Instant] = []
    while ticks.count < count, let tick = schedule?.next(after: ticks.last ?? now) { ticks.append(tick) }
    return json("schedule") { writer in
      writer.text("text", pipeline.schedule?.text ?? pipeline.dataTrigger?.words)
      writer.text("timezone", pipeline.timezone)
      writer.text("catchup", pipeline.schedule?.catchup.rawValue)
      writer.objects("ticks", ticks) { writer, tick in
        writer.moment("at", tick)
        writer.text("local", schedule.map { $0.zone.text(at: tick) })
        writer.text("partition", schedule?.partition(at: tick)?.key)
        writer.text("note", schedule?.timetable.remark(at: tick))
      }
      writer.objects("ledger", ledger) { writer, tick in
        writer.moment("at", tick.at)
        writer.moment("through", tick.through)
        writer.text("outcome", tick.outcome.word)
        writer.number("run", tick.outcome.run)
        writer.text("reason", tick.outcome.reason?.text)
      }
    }
  }

  fileprivate func calendar() throws -> Route.Answer {
    let pipeline = declared.graph.pipelines[try pipelinePlace()]
    let zone = try? Zone(named: pipeline.timezone)
    let year = integer("year", default: zone?.local(at: now).year ?? 1970)
    let days = try read { reader in
      try reader.days(of: pipeline.name, year: year) {
        zone?.local(at: $0) ?? CivilTime(secondsSinceEpoch: $0.seconds)
      }
    }
    return json("calendar") { writer in
      writer.number("year", year)
      writer.text("timezone", pipeline.timezone)
      writer.list("days", days) { writer, day in
        writer.array { writer in
          writer.string(day.date)
          writer.integer(day.run)
          writer.string(day.state.rawValue)
          writer.integer(day.count)
        }
      }
    }
  }
}

extension Zone {
  /// `2013-02-01 06:00:00-05:00`.
  func text(at moment: Instant) -> String {
    local(at: moment).text(separator: " ") + Zone.offsetText(offset(at: moment))
  }
}

extension Schedule {
  /// `cron 0 6 * * *` or `every 30m`.
  var text: String {
    switch trigger {
    case .cron(let expression): "cron \(expression.value)"
    case .every(let span): "every \(span.wholeMilliseconds / 1000) s"
    }
  }
}
