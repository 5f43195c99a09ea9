import Basics
import Diagnostics
import Lineage
import MeshModel
import Orchestration
import Records

extension ShowCommand {
  /// Shows a pipeline, its tasks and its latest runs.
  func showPipeline(_ name: PipelineName, _ world: World) throws(CommandFailure) -> ExitCode {
    let declared = world.declared()
    let graph = declared.graph
    let place = try declared.place(ofPipeline: name.description)
    let pipeline = graph.pipelines[place]
    let context = world.context
    var runs: [RunSummary] = []
    if let reader = try world.record() {
      runs = try context.reading(reader) { try $0.runs(RunFilter(pipelines: [name], limit: 5)).runs }
    }
    let nodes = pipeline.tasks.indices.map { graph.firstNode[place] + $0 }
    if context.settings.json {
      context.json("show") { writer in
        writer.key("kind")
        writer.string("pipeline")
        writer.key("pipeline")
        writer.object { writer in
          pipeline.write(to: &writer)
          writer.key("tasks")
          writer.array { writer in for node in nodes { graph.writeTask(node, to: &writer) } }
          writer.key("runs")
          writer.array { writer in for run in runs { writer.object { run.write(to: &$0) } } }
        }
      }
      return declared.verdict(context)
    }
    let owner = declared.mesh.domains.first { $0.name == name.domain }?.owner
    facts(of: pipeline, owner: owner).write(to: context.out)
    context.out.line()
    var table = Table(["TASK", "KIND", "READS", "WRITES", "AFTER"])
    for node in nodes {
      let task = graph.declaration(of: node)
      table.add(
        .text(task.name), .text(task.kind.word), .text(names(graph.nodes[node].reads.map(\.dataset))),
        .text(names(graph.nodes[node].writes)), .text(task.after.map(\.value).joined(separator: ", ")))
    }
    table.write(to: context.out)
    if !runs.isEmpty {
      context.out.line()
      RunsCommand.table(of: runs, at: context.clock.now).write(to: context.out)
    }
    return declared.verdict(context)
  }

  private func facts(of pipeline: Pipeline, owner: String?) -> FactList {
    var facts = FactList()
    facts.add("pipeline", pipeline.name.description)
    facts.add("description", pipeline.description)
    facts.add("declared", "\(pipeline.position)")
    facts.add("owner", owner)
    facts.add("tags", pipeline.tags)
    facts.add("partition", pipeline.grain.map { "\($0.rawValue), \(pipeline.timezone)" })
    switch pipeline.schedule?.trigger {
    case .cron(let expression): facts.add("schedule", "cron \(expression.value), \(pipeline.timezone)")
    case .every(let span): facts.add("schedule", "every \(span.text)")
    case nil: facts.add("schedule", pipeline.dataTrigger?.words ?? "only by hand")
    }
    facts.add("refresh", pipeline.dataTrigger.flatMap { $0.refresh == .auto ? "auto" : nil })
    facts.add(
      "calendar",
      pipeline.schedule.flatMap { schedule in
        schedule.calendar.map { "\($0.path), on_excluded: \(schedule.onExcluded.rawValue)" }
      })
    facts.add("start", pipeline.start?.text(separator: " "))
    facts.add("end", pipeline.end?.text(separator: " "))
    facts.add("deadline", pipeline.deadline?.text)
    facts.add("priority", pipeline.priority == 0 ? nil : String(pipeline.priority))
    facts.add("runs at once", String(pipeline.maxActiveRuns))
    facts.add("lookback", pipeline.lookback == 0 ? nil : String(pipeline.lookback))
    facts.add(
      "params",
      pipeline.params.map { "\($0.name)" + ($0.defaultValue.map { "=\($0.text)" } ?? " (must be given)") })
    return facts
  }

  /// Shows a task as it is declared.
  func showTask(_ name: TaskName, _ world: World) throws(CommandFailure) -> ExitCode {
    let declared = world.declared()
    let graph = declared.graph
    guard let node = graph.nodes.firstIndex(where: { $0.name == name }) else {
      throw .notFound(
        "there is no task '\(name)'", help: suggestion(name.description, graph.nodes.map(\.name.description)))
    }
    let context = world.context
    if context.settings.json {
      context.json("show") { writer in
        writer.key("kind")
        writer.string("task")
        writer.key("task")
        graph.writeTask(node, to: &writer)
      }
      return declared.verdict(context)
    }
    let task = graph.declaration(of: node)
    var facts = FactList()
    facts.add("task", name.description)
    facts.add("description", task.description)
    facts.add("declared", "\(task.position)")
    facts.add("kind", task.kind.word)
    facts.add("reads", names(graph.nodes[node].reads.map(\.dataset)))
    facts.add("writes", names(graph.nodes[node].writes))
    facts.add("after", task.after.map(\.value))
    facts.add("when", task.when?.text)
    facts.add("trigger rule", task.triggerRule.rawValue)
    let retry = task.retry
    facts.add(
      "attempts",
      retry.attempts == 1 ? "1" : "\(retry.attempts), \(retry.delay.text) apart, \(retry.backoff.rawValue)")
    facts.add("timeout", task.timeout?.text)
    facts.add("pool", task.pool)
    facts.add("secrets", task.secrets.map(\.value))
    let marks = [
      ("external", task.external), ("teardown", task.teardown), ("allow_failure", task.allowFailure),
      ("depends_on_past", task.dependsOnPast), ("isolate", task.isolate),
    ]
    facts.add("marks", marks.filter(\.1).map(\.0))
    facts.write(to: context.out)
    if case .sql(let sql) = task.kind {
      context.out.line()
      context.out.line(TerminalText.cleanLines(sql.text.text))
    }
    return declared.verdict(context)
  }

  /// Shows a domain with its pipelines.
  func showDomain(_ name: String, _ world: World) throws(CommandFailure) -> ExitCode {
    let declared = world.declared()
    guard let domain = declared.mesh.domains.first(where: { $0.name == name }) else {
      throw .notFound(
        "there is no domain '\(name)'", help: suggestion(name, declared.mesh.domains.map(\.name)))
    }
    let context = world.context
    let store = world.project.state.store(of: domain)
    if context.settings.json {
      context.json("show") { writer in
        writer.key("kind")
        writer.string("domain")
        writer.key("domain")
        writer.object { writer in domain.write(to: &writer, store: store) }
      }
      return declared.verdict(context)
    }
    var facts = FactList()
    facts.add("domain", domain.name)
    facts.add("title", domain.title)
    facts.add("description", domain.description)
    facts.add("declared", "\(domain.position)")
    facts.add("owner", domain.owner)
    facts.add("contact", domain.contact)
    facts.add("store", domain.isBorrowed ? "\(store), production's: nothing of it is made here" : store)
    facts.add("slots", domain.slots.map(String.init))
    facts.add("share", String(domain.share))
    facts.add("sources", domain.sources.map(\.name.description))
    facts.write(to: context.out)
    context.out.line()
    var table = Table(["PIPELINE", "TASKS", "DESCRIPTION"])
    for pipeline in domain.pipelines {
      table.add(
        .text(pipeline.name.description), .number(pipeline.tasks.count), .text(pipeline.description ?? ""))
    }
    table.write(to: context.out)
    return declared.verdict(context)
  }

  func names(_ datasets: [DatasetName]) -> String {
    datasets.map(\.description).joined(separator: ", ")
  }

  func suggestion(_ name: String, _ known: [String]) -> String {
    EditDistance.nearest(to: name, among: known).map { "did you mean '\($0)'?" }
      ?? "see all of them: heddle graph"
  }
}

extension Pipeline {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.key("name")
    writer.string(name.description)
    writer.key("description")
    writer.string(description)
    writer.key("declared_at")
    writer.string("\(position)")
    writer.key("tags")
    writer.array { writer in for tag in tags { writer.string(tag) } }
    writer.key("partition")
    writer.string(grain?.rawValue)
    writer.key("timezone")
    writer.string(timezone)
    writer.key("max_active_runs")
    writer.integer(maxActiveRuns)
    writer.key("priority")
    writer.integer(priority)
    writer.key("lookback")
    writer.integer(lookback)
    writer.key("params")
    writer.array { writer in
      for parameter in params {
        writer.object { writer in
          writer.key("name")
          writer.string(parameter.name)
          writer.key("type")
          writer.string(parameter.kind.rawValue)
          writer.key("default")
          writer.value(parameter.defaultValue ?? Scalar.null)
        }
      }
    }
  }
}

extension Domain {
  fileprivate func write(to writer: inout JSONWriter, store: String) {
    for (key, value) in [
      ("name", name), ("title", title), ("description", description), ("owner", owner), ("contact", contact),
      ("store", store),
    ] {
      writer.key(key)
      writer.string(value)
    }
    writer.key("slots")
    writer.integer(slots)
    writer.key("share")
    writer.integer(share)
    writer.key("sources")
    writer.array { writer in for source in sources { writer.string(source.name.description) } }
    writer.key("pipelines")
    writer.array { writer in for pipeline in pipelines { writer.string(pipeline.name.description) } }
  }
}

extension MeshGraph {
  /// Writes a task as an object.
  fileprivate func writeTask(_ node: Int, to writer: inout JSONWriter) {
    let task = declaration(of: node)
    writer.object { writer in
      writer.key("name")
      writer.string(nodes[node].name.description)
      writer.key("kind")
      writer.string(task.kind.word)
      writer.key("declared_at")
      writer.string("\(task.position)")
      writer.key("reads")
      writer.array { writer in for read in nodes[node].reads { writer.string(read.dataset.description) } }
      writer.key("writes")
      writer.array { writer in for dataset in nodes[node].writes { writer.string(dataset.description) } }
      writer.key("after")
      writer.array { writer in for name in task.after { writer.string(name.value) } }
      writer.key("trigger_rule")
      writer.string(task.triggerRule.rawValue)
      writer.key("attempts")
      writer.integer(task.retry.attempts)
      writer.key("external")
      writer.boolean(task.external)
    }
  }
}
