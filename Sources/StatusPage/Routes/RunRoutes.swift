import Basics
import Execution
import HTTPServer
import Lineage
import MeshModel
import Records

/// Runs: lists, one of them, its tasks in time.
enum RunRoutes {
  private static let base = "/api/v1/runs/{run}"

  static let all: [Route] = [
    .get(
      "/api/v1/runs", .states, "Runs, the latest first", schema: "runs",
      [
        .text("pipeline", .pipeline, "only of this pipeline, domain/name"), .domain,
        .text("select", .selection, "only of pipelines that a selector means"),
        .text(
          "state", .words(RunState.allCases.map(\.rawValue)), "only in these states, with commas between them"
        ),
        .text("partition", .key, "only of this partition"),
        .text("backfill", .backfill, "only of this backfill, b12"),
      ] + QueryParameter.paging
    ) { visit in
      try visit.runs()
    },
    .get(base, .states, "A run, and what failed first", schema: "run") { visit in try visit.showRun() },
    .get(
      base + "/tasks", .states, "The task instances of a run, in the order of the tasks", schema: "tasks",
      [
        QueryParameter(
          name: "state", kind: .words(InstanceState.allCases.map(\.rawValue)), meaning: "only in this state"),
        .search,
      ] + QueryParameter.paging
    ) { visit in
      try visit.runTasks()
    },
    .get(
      base + "/tasks/{task}/{index}", .states, "A task instance with its attempts and what they made",
      schema: "task"
    ) { visit in
      try visit.taskInstance()
    },
    .get(
      base + "/graph", .states, "The tasks of a run with their states, laid out", schema: "layout",
      [.flag("fold", "whether tasks that are alike are one node; said by their number where nothing is said")]
    ) { visit in
      let detail = try visit.runDetail()
      let drawing = detail.drawing(in: visit.declared.graph)
      let folds = visit.query["fold"].map { $0 == "true" } ?? (drawing.nodes.count > RunDetail.mostNodes)
      return visit.json("layout") { (folds ? drawing.folded() : drawing).write(to: &$0) }
    },
    .get(
      base + "/timeline", .states, "When the tasks of a run waited and ran", schema: "timeline",
      QueryParameter.paging
    ) { visit in
      try visit.timeline()
    },
    .get(
      base + "/events", .states, "What happened in a run, in its order", schema: "run_events",
      QueryParameter.paging
    ) { visit in
      let moments = try visit.runDetail().moments
      return visit.page("run_events", moments) { $1.write(to: &$0) }
    },
  ]
}

extension Visit {
  /// The run of the path with all that belongs to it.
  func runDetail() throws -> RunDetail {
    let id = try number(.run)
    guard let detail = try world.reader.runDetail(id) else { throw Problem.notFound("there is no run \(id)") }
    return detail
  }

  /// A page of a list that is there as a whole; the cursor is a place in it.
  func page<Item>(
    _ schema: String, _ items: [Item], extra: (inout JSONWriter) -> Void = { _ in },
    _ write: (inout JSONWriter, Item) -> Void
  ) -> Route.Answer {
    let start = max(0, query["cursor"].flatMap { Int($0) } ?? 0)
    let shown = items.dropFirst(start).prefix(limit)
    return json(schema) { writer in
      extra(&writer)
      writer.number("total", items.count)
      writer.objects("items", shown, write)
      writer.text("next", shown.endIndex < items.endIndex ? String(shown.endIndex) : nil)
    }
  }

  fileprivate func runs() throws -> Route.Answer {
    try read { reader in
      var filter = RunFilter(
        partition: query["partition"], before: query["cursor"].flatMap { RunID($0) }, limit: limit)
      filter.backfill = query["backfill"].flatMap { BackfillID($0.dropFirst()) }
      filter.states = Set(
        (query["state"] ?? "").split(separator: ",").compactMap { RunState(rawValue: String($0)) })
      filter.pipelines = try pipelinesAskedFor(reader)
      let page = try reader.runs(filter)
      let sequence = try reader.lastSequence()
      return json("runs") { writer in
        writer.number("seq", sequence)
        writer.objects("items", page.runs) { $1.write(to: &$0, at: now) }
        writer.text("next", page.next.map { String($0) })
      }
    }
  }

  /// Nil: all of them.
  private func pipelinesAskedFor(_ reader: StateReader) throws -> [PipelineName]? {
    if let name = query["pipeline"].flatMap({ PipelineName($0) }) {
      guard caller.mayRead(name.domain) else { return [] }
      return [name]
    }
    let isLimited =
      query["domain"] != nil || query["select"] != nil || !caller.readsStates && caller.domains != nil
    guard isLimited else { return nil }
    return try selected(readablePipelines, reader).map { declared.graph.pipelines[$0].name }
      .filter { name in query["domain"].map { $0 == name.domain } ?? true }
  }

  fileprivate func showRun() throws -> Route.Answer {
    try read { reader in
      let detail = try runDetail()
      let run = detail.run
      let recent = try reader.runs(RunFilter(pipelines: [run.pipeline], states: [.success], limit: 14)).runs
      let median = recent.medianDuration
      let previous = try reader.runs(RunFilter(pipelines: [run.pipeline], before: run.id, limit: 1)).runs
        .first
      let (next, retries) = try (reader.nextRun(after: run.id, of: run.pipeline), reader.retries(of: run.id))
      let sequence = try reader.lastSequence()
      let isShown = caller.may(.viewer, in: run.pipeline.domain)
      let counts = Dictionary(detail.instances.map { ($0.state, 1) }, uniquingKeysWith: +)
      return json("run") { writer in
        run.write(to: &writer, at: now)
        writer.number("seq", sequence)
        if isShown { writer.params(run.params) } else { writer.nothing("params") }
        writer.member("counts") { writer in
          for state in InstanceState.allCases {
            if let count = counts[state] { writer.number(state.rawValue, count) }
          }
        }
        writer.number("total", detail.instances.count)
        writer.number("done", detail.instances.count { $0.state.isFinal })
        writer.span("median_ms", median)
        let isOpen = run.finishedAt == nil
        writer.moment("eta", isOpen ? run.startedAt.flatMap { start in median.map { start + $0 } } : nil)
        writeVerdict(detail, isShown: isShown, to: &writer)
        writer.list("retried_by", retries) { $0.integer($1) }
        writer.number("previous", previous?.id)
        writer.number("next", next)
      }
    }
  }

  /// How many lines of the failed attempt's log stand beside the verdict.
  private static let verdictLines = 5

  private func writeVerdict(_ detail: RunDetail, isShown: Bool, to writer: inout JSONWriter) {
    let failure = detail.rootFailure
    writer.member("verdict") { writer in
      writer.text("text", detail.verdict)
      writer.key("failure")
      guard let failure else { return writer.null() }
      writer.object { writer in
        writer.text("task", failure.task)
        writer.number("index", failure.id.index)
        writer.number("attempt", failure.attempts.last?.id.number)
        writer.reason(failure.reason ?? failure.attempts.last?.reason)
        writer.key("log")
        guard isShown, let attempt = failure.attempts.last else { return writer.null() }
        let log = world.services.logs.open(world.settings.state.log(of: attempt.id, task: failure.task))
        let mask = try? SecretMask(of: world.settings.state)
        let lines = mask.flatMap { log?.last(Self.verdictLines, $0).lines } ?? []
        writer.array { writer in for line in lines { writer.string(line) } }
      }
    }
  }

  fileprivate func runTasks() throws -> Route.Answer {
    let detail = try runDetail()
    var instances = detail.instances
    if let state = query["state"].flatMap(InstanceState.init(rawValue:)) {
      instances = instances.filter { $0.state == state }
    }
    if let part = query["q"] { instances = instances.filter { $0.name.contains(part) } }
    return page("tasks", instances) { $1.write(to: &$0, at: now) }
  }

  /// The instance of the path.
  func instance(in detail: RunDetail) throws -> InstanceSummary {
    let (task, index) = (try value(.task), try number(.index))
    let found = detail.instances.first { $0.task == task && $0.id.index == index }
    guard let found else {
      throw Problem.notFound("run \(detail.run.id) has no task '\(task)' number \(index)")
    }
    return found
  }

  fileprivate func taskInstance() throws -> Route.Answer {
    let detail = try runDetail()
    let instance = try instance(in: detail)
    let name = TaskName(pipeline: detail.run.pipeline, task: instance.task)
    let node = declared.graph.index(of: name.pipeline).flatMap { place in
      declared.graph.nodes(of: place).first { declared.graph.nodes[$0].name == name }
    }
    let isShown = caller.may(.viewer, in: name.pipeline.domain)
    return json("task") { writer in
      instance.write(to: &writer, at: now)
      writer.number("run", detail.run.id)
      writer.text("pipeline", name.pipeline.description)
      writer.texts("reads", node.map { declared.graph.nodes[$0].reads.map(\.dataset.description) } ?? [])
      writer.texts("writes", node.map { declared.graph.nodes[$0].writes.map(\.description) } ?? [])
      writer.objects("attempts_detail", instance.attempts) { writer, attempt in
        attempt.write(to: &writer, at: now, output: isShown)
        let log = world.settings.state.log(of: attempt.id, task: instance.task)
        writer.flag("has_log", world.services.logs.exists(log))
      }
      let made = detail.materializations.filter { $0.attempt?.instance == instance.id }
      writer.objects("made", made) { $1.write(to: &$0) }
    }
  }

  fileprivate func timeline() throws -> Route.Answer {
    let detail = try runDetail()
    let drawing = detail.drawing(in: declared.graph)
    let critical = Set(drawing.critical.map { drawing.nodes[$0].id })
    let begin = detail.run.startedAt ?? detail.run.createdAt
    let extra = { (writer: inout JSONWriter) in
      writer.number("start", begin.milliseconds)
      writer.number("end", detail.run.finishedAt?.milliseconds)
      writer.number("now", now.milliseconds)
    }
    return page("timeline", detail.instances, extra: extra) { writer, instance in
      writer.text("task", instance.task)
      writer.number("index", instance.id.index)
      writer.number("place", instance.id.task)
      writer.text("state", instance.state.rawValue)
      writer.number("ready_at", instance.readyAt?.milliseconds)
      writer.number("started_at", instance.startedAt?.milliseconds)
      writer.number("finished_at", instance.finishedAt?.milliseconds)
      writer.list("attempts", instance.attempts) { writer, attempt in
        writer.array { writer in
          writer.integer(attempt.startedAt.milliseconds)
          writer.integer(attempt.finishedAt?.milliseconds)
          writer.string(attempt.state.rawValue)
        }
      }
      writer.flag("critical", critical.contains(instance.task))
    }
  }
}
