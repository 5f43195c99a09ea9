import Basics
import Lineage
import MeshModel
import Records

extension ShowCommand {
  /// Shows a run by its number.
  func showRun(_ id: RunID, _ world: World) throws(CommandFailure) {
    guard let reader = try world.record() else { throw world.noRuns("run \(id)") }
    guard let detail = try world.context.reading(reader, { try $0.runDetail(id) }) else {
      throw .notFound("there is no run \(id)", help: "see the latest ones: heddle runs")
    }
    show(detail, world)
  }

  /// Shows the latest run of a pipeline's partition.
  func showRun(of pipeline: PipelineName, partition: String?, _ world: World) throws(CommandFailure) {
    show(try world.latestRun(of: pipeline, partition: partition), world)
  }

  /// Shows one instance of a task in the latest run of a partition.
  func showInstance(_ task: TaskName, each: String?, partition: String?, _ world: World)
    throws(CommandFailure)
  {
    let detail = try world.latestRun(of: task.pipeline, partition: partition)
    let found = try detail.instances(of: each.map { "\(task.task)[\($0)]" } ?? task.task)
    show(RunDetail(narrowing: detail, to: found), world)
  }

  private func show(_ detail: RunDetail, _ world: World) {
    let context = world.context
    if context.settings.json {
      let state = world.project.state
      return context.json("show") { writer in
        writer.key("kind")
        writer.string("run")
        writer.key("run")
        writer.object { writer in
          detail.write(to: &writer) { attempt, task in state.log(of: attempt.id, task: task) }
        }
      }
    }
    if context.settings.quiet { return context.out.line(String(detail.run.id)) }
    let now = context.clock.now
    let run = detail.run
    var facts = FactList()
    facts.add("run", String(run.id))
    facts.add("pipeline", run.pipeline.description)
    facts.add("partition", run.partition.map { "\($0.key) (\($0.start.text) to \($0.end.text))" })
    facts.add("state", StateLabel(run.state).text(Paint(isOn: false)))
    facts.add("why", run.reason?.text)
    facts.add("cause", run.causeText)
    facts.add("asked by", run.askedBy)
    facts.add("repeats", run.retryOf.map { "run \($0)" })
    facts.add("params", run.params.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.text)" })
    facts.add("created", run.createdAt.text)
    facts.add("took", run.duration(at: now)?.text)
    facts.write(to: context.out)
    context.out.line()
    tasks(of: detail, at: now).write(to: context.out)
    if !detail.materializations.isEmpty {
      context.out.line()
      var table = Table(["DATASET", "PARTITION", "ROWS", "VERSION"])
      for version in detail.materializations {
        table.add(
          .text(version.dataset.description), .text(version.partition.isEmpty ? "-" : version.partition),
          .number(version.rows.map { Counted.grouped(Int(clamping: $0)) } ?? "-"), .number(version.id))
      }
      table.write(to: context.out)
    }
    if let failure = detail.rootFailure {
      context.out.flush()
      context.remark("\nnext: heddle logs \(run.id) \(ShellWord.quoted(failure.name))")
    }
  }

  private func tasks(of detail: RunDetail, at now: Instant) -> Table {
    var table = Table(["TASK", "STATE", "TRIES", "TOOK", "ROWS", "WHY"])
    for instance in detail.instances {
      let rows = instance.attempts.last?.rows.map { Counted.grouped(Int(clamping: $0)) }
      table.add(
        .text(instance.name), .state(.init(instance.state)), .number(instance.attempts.count),
        .number(instance.duration(at: now)?.text ?? "-"), .number(rows ?? "-"), .text(instance.remark ?? ""))
    }
    return table
  }

  /// Shows a backfill and its runs.
  func showBackfill(_ id: BackfillID, _ world: World) throws(CommandFailure) {
    let context = world.context
    guard let reader = try world.record() else { throw world.noRuns("backfill b\(id)") }
    let found = try context.reading(reader) { reader in
      try reader.backfill(id).map { ($0, try reader.runs(RunFilter(backfill: id, limit: 10_000)).runs) }
    }
    guard let (backfill, runs) = found else {
      throw .notFound("there is no backfill b\(id)", help: "see the latest runs: heddle runs")
    }
    if context.settings.json {
      return context.json("show") { writer in
        writer.key("kind")
        writer.string("backfill")
        writer.key("backfill")
        writer.object { writer in
          backfill.write(to: &writer)
          writer.key("items")
          writer.array { writer in for run in runs { writer.object { run.write(to: &$0) } } }
        }
      }
    }
    if context.settings.quiet {
      for run in runs { context.out.line(String(run.id)) }
      return
    }
    var facts = FactList()
    facts.add("backfill", "b\(backfill.id)")
    facts.add("state", StateLabel(backfill.state).text(Paint(isOn: false)))
    facts.add("asked", backfill.request)
    facts.add("created", backfill.createdAt.text)
    facts.add("ended", backfill.finishedAt?.text)
    facts.add("runs", backfill.tallies)
    facts.write(to: context.out)
    context.out.line()
    RunsCommand.table(of: runs, at: context.clock.now).write(to: context.out)
  }
}

extension RunDetail {
  fileprivate init(narrowing detail: RunDetail, to instances: [InstanceSummary]) {
    self = detail
    self.instances = instances
    let ids = Set(instances.map(\.id))
    materializations = detail.materializations.filter {
      $0.attempt.map { ids.contains($0.instance) } ?? false
    }
  }

  /// The instances that a word of a command names: `task`, `task[value]` or `task[number]`.
  func instances(of word: String) throws(CommandFailure) -> [InstanceSummary] {
    var name = word
    var each: String?
    if let open = word.firstIndex(of: "["), word.hasSuffix("]") {
      name = String(word[..<open])
      each = String(word[word.index(after: open)...].dropLast())
    }
    let ofTask = instances.filter { $0.task == name }
    guard !ofTask.isEmpty else {
      let names = Set(instances.map(\.task)).sorted()
      let near = EditDistance.nearest(to: name, among: names)
      throw .notFound(
        "run \(run.id) has no task '\(name)'",
        help: near.map { "did you mean '\($0)'?" } ?? "its tasks: " + names.joined(separator: ", "))
    }
    guard let each else { return ofTask }
    let found = ofTask.filter { $0.value?.text == each }
    if !found.isEmpty { return found }
    let byNumber = ofTask.filter { String($0.id.index) == each }
    guard !byNumber.isEmpty else {
      throw .notFound(
        "task '\(name)' of run \(run.id) has no instance '\(each)'", help: "see them: heddle show \(run.id)")
    }
    return byNumber
  }
}

extension BackfillSummary {
  /// `31 of 31: 30 success, 1 failed`.
  var tallies: String {
    let order: [RunState] = [.success, .failed, .cancelled, .running, .queued]
    let parts = order.compactMap { state in
      runs[state].flatMap { $0 == 0 ? nil : "\(Counted.grouped($0)) \(state.rawValue)" }
    }
    return "\(Counted.grouped(planned)): " + (parts.isEmpty ? "none yet" : parts.joined(separator: ", "))
  }

  /// Writes its members.
  func write(to writer: inout JSONWriter) {
    writer.key("id")
    writer.string("b\(id)")
    writer.key("request")
    writer.string(request)
    writer.key("state")
    writer.string(state.rawValue)
    writer.key("planned")
    writer.integer(planned)
    writer.key("max_active")
    writer.integer(maxActive)
    writer.key("runs")
    writer.object { writer in
      for state in RunState.allCases {
        writer.key(state.rawValue)
        writer.integer(runs[state] ?? 0)
      }
    }
    writer.moment("created_at", createdAt)
    writer.moment("finished_at", finishedAt)
  }
}
