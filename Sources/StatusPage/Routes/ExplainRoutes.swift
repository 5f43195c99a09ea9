import Basics
import HTTPServer
import Lineage
import MeshModel
import Orchestration
import Planning
import Records
import Timetables

/// Why something does not run.
enum ExplainRoutes {
  static let all: [Route] = [
    .get(
      "/api/v1/runs/{run}/explain", .states, "What keeps a run and its open tasks", schema: "explain",
      [.text("task", .name, "only this task")]
    ) { visit in
      try visit.explain(try visit.runDetail())
    },
    .get(
      "/api/v1/pipelines/{domain}/{pipeline}/explain", .states,
      "What keeps the latest run of a pipeline, or of one of its partitions", schema: "explain",
      [.text("partition", .key, "only of this partition")]
    ) { visit in
      let place = try visit.pipelinePlace()
      let name = visit.declared.graph.pipelines[place].name
      let latest = try visit.read { reader in
        if let key = visit.query["partition"] { return try reader.currentRun(of: name, partition: key) }
        return try reader.runs(RunFilter(pipelines: [name], limit: 1)).runs.first
      }
      guard let latest, let detail = try visit.world.reader.runDetail(latest.id) else {
        return visit.explainNothing(ofPipeline: place)
      }
      return try visit.explain(detail)
    },
  ]
}

extension Explanation {
  func write(_ name: String, to writer: inout JSONWriter) {
    writer.objects(name, checks) { writer, check in
      writer.text("name", check.name)
      writer.text("state", check.state.rawValue)
      writer.text("text", check.text)
      writer.text("next", check.next)
    }
  }
}

extension Visit {
  fileprivate func explainNothing(ofPipeline place: Int) -> Route.Answer {
    var whole = Explanation()
    let pipeline = declared.graph.pipelines[place]
    if declared.project.broken[place] != nil {
      whole.block("declarations", "its declarations have errors", next: "heddle check")
    } else if let tick = PipelineSchedule(pipeline)?.next(after: now) {
      whole.block("schedule", "it is due at \(tick.sqliteText)Z")
    } else {
      whole.block("schedule", "it is due at no time", next: "heddle run \(pipeline.name)")
    }
    return json("explain") { writer in
      writer.nothing("run")
      writer.nothing("state")
      whole.write("checks", to: &writer)
      writer.list("tasks", [Int]()) { $0.integer($1) }
      writer.nothing("verdict")
    }
  }

  fileprivate func explain(_ detail: RunDetail) throws -> Route.Answer {
    if let task = query["task"], !detail.instances.contains(where: { $0.task == task }) {
      throw Problem.notFound("run \(detail.run.id) has no task '\(task)'")
    }
    var whole = Explanation()
    var open: [(instance: InstanceSummary, explanation: Explanation)] = []
    if !detail.run.state.isFinal {
      var view = try world.services.planning.explaining(world)
      whole = view.explanation(of: detail.run.id) ?? whole
      open = openTasks(of: detail, &view)
    }
    return json("explain") { writer in
      writer.number("run", detail.run.id)
      writer.text("state", detail.run.state.rawValue)
      whole.write("checks", to: &writer)
      writer.objects("tasks", open) { writer, task in
        writer.text("task", task.instance.task)
        writer.number("index", task.instance.id.index)
        writer.text("state", task.instance.state.rawValue)
        task.explanation.write("checks", to: &writer)
      }
      writer.text("verdict", detail.run.state.isFinal ? detail.verdict : nil)
    }
  }

  private func openTasks(
    of detail: RunDetail, _ view: inout ExplainingView
  ) -> [(instance: InstanceSummary, explanation: Explanation)] {
    view.openTasks(of: detail.run.id).compactMap { task in
      let instances = detail.instances.filter { $0.id.task == task }
      guard let first = instances.first(where: { !$0.state.isFinal }) ?? instances.first,
        query["task"].map({ $0 == first.task }) ?? true,
        var explanation = view.explanation(of: detail.run.id, task: task)
      else { return nil }
      if let attempt = first.attempts.last, first.state == .running {
        let since = attempt.startedAt.sqliteText
        explanation.pass(
          "attempt", "attempt \(attempt.id.number) is \(attempt.state.rawValue) since \(since)Z")
      } else if first.state == .retrying, let due = first.retryAt {
        explanation.block("attempt", "attempt \(first.attempts.count + 1) is due at \(due.sqliteText)Z")
      }
      return (first, explanation)
    }
  }
}
