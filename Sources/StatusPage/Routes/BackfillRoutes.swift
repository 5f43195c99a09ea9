import Basics
import HTTPServer
import Lineage
import MeshModel
import Orchestration
import Planning
import Records

/// Backfills: those that are there, and the plan of one that is not yet.
enum BackfillRoutes {
  /// What a plan is made of, as in `heddle backfill`.
  static let ask: [BodyMember] = [
    .init(name: "select", kind: .string, isRequired: true, form: .longSelection),
    .init(name: "from", kind: .string),
    .init(name: "to", kind: .string),
    .init(name: "mode", kind: .string, words: BackfillRequest.Mode.allCases.map(\.rawValue)),
    .init(name: "upstream", kind: .boolean), .init(name: "downstream", kind: .boolean),
    .init(name: "exclude", kind: .string, form: .longSelection),
    .init(name: "external", kind: .boolean),
    .init(name: "backwards", kind: .boolean), .init(name: "max_active", kind: .integer, range: 1...100_000),
    .init(name: "params", kind: .object),
  ]

  static let all: [Route] = [
    .get(
      "/api/v1/backfills", .states, "Backfills, the latest first", schema: "backfills", QueryParameter.paging
    ) {
      visit in
      try visit.backfills()
    },
    .get("/api/v1/backfills/{backfill}", .states, "A backfill and its runs", schema: "backfill") { visit in
      try visit.showBackfill()
    },
    .post(
      "/api/v1/backfills/plan", .role(.viewer), "What a backfill would do, and why; nothing is done",
      schema: "plan", body: ask
    ) { visit in
      try visit.planBackfill()
    },
    .post(
      "/api/v1/backfills", .role(.operator), "Does what a plan says, if that still holds",
      body: ask + [
        .init(name: "plan", kind: .string, isRequired: true),
        .init(name: "overwrite", kind: .integer, range: 0...QueryParameter.greatest),
      ]
    ) { visit in
      try visit.applyBackfill()
    },
  ]
}

extension Visit {
  fileprivate func backfills() throws -> Route.Answer {
    try read { reader in
      let before = query["cursor"].flatMap { BackfillID($0) }
      let found = try readableBackfills(before: before, reader)
      let paused = Set(try reader.paused())
      let sequence = try reader.lastSequence()
      return json("backfills") { writer in
        writer.number("seq", sequence)
        writer.objects("items", found.prefix(limit)) { writer, backfill in
          backfill.write(to: &writer, isPaused: paused.contains(.backfill(backfill.id)))
        }
        writer.text("next", found.count > limit ? String(found[limit - 1].id) : nil)
      }
    }
  }

  /// So many backfills of other domains are passed over for one page.
  private static let mostPassedOver = 2000

  /// One more than a page, the latest first.
  private func readableBackfills(before: BackfillID?, _ reader: StateReader) throws -> [BackfillSummary] {
    if caller.readsAllDomains { return try reader.backfills(before: before, limit: limit + 1) }
    var (found, last, looked): ([BackfillSummary], BackfillID?, Int) = ([], before, 0)
    while found.count <= limit, looked < Self.mostPassedOver {
      let more = try reader.backfills(before: last, limit: 100)
      found += try more.filter { try caller.mayRead(backfill: $0.id, reader) }
      looked += more.count
      guard more.count == 100 else { break }
      last = more.last?.id
    }
    return Array(found.prefix(limit + 1))
  }

  /// How many runs of a backfill are shown as a strip.
  private static let longestStrip = 2000

  fileprivate func showBackfill() throws -> Route.Answer {
    let id = try backfill()
    return try read { reader in
      guard let found = try reader.backfill(id), try caller.mayRead(backfill: id, reader) else {
        throw Problem.notFound("there is no backfill b\(id)")
      }
      let runs = try reader.runs(RunFilter(backfill: id, limit: Self.longestStrip)).runs
        .filter { caller.mayRead($0.pipeline.domain) }
      let isPaused = try reader.paused().contains(.backfill(id))
      let sequence = try reader.lastSequence()
      return json("backfill") { writer in
        found.write(to: &writer, isPaused: isPaused)
        writer.number("seq", sequence)
        writer.list("strip", runs.reversed()) { writer, run in
          writer.array { writer in
            writer.string(run.pipeline.description)
            writer.string(run.partition?.key)
            writer.integer(run.id)
            writer.string(run.state.rawValue)
          }
        }
      }
    }
  }

  /// What the body asks for.
  private func askedBackfill(plan: String) throws -> ControlBackfill {
    let mode: BackfillRequest.Mode = try body["mode"]?.string == nil ? .missing : word("mode")
    var asked = ControlBackfill(selector: body["select"]?.string ?? "", mode: mode, words: "", plan: plan)
    asked.from = body["from"]?.string
    asked.to = body["to"]?.string
    guard (asked.from == nil) == (asked.to == nil) else {
      throw Problem(kind: .invalid, "'from' and 'to' stand together", help: nil)
    }
    asked.upstream = flag("upstream")
    asked.downstream = flag("downstream")
    asked.exclude = body["exclude"]?.string
    asked.external = flag("external")
    asked.backwards = flag("backwards")
    asked.params = try params()
    if let most = body["max_active"]?.integer { asked.maxActive = Int(clamping: most) }
    // Whoever may see the backfill need not see the values.
    asked.words = asked.commandWords(showsValues: false).joined(separator: " ")
    return asked
  }

  private func flag(_ name: String) -> Bool { body[name] == .boolean(true) }

  private func plan(_ asked: ControlBackfill, _ view: PlanningView) throws -> BackfillPlan {
    try Problem.passing { () throws(SessionError) in
      try view.plan(try declared.project.request(for: asked, reader: world.reader))
    }
  }

  /// How many items of a plan are listed.
  private static let longestPlan = 5000

  fileprivate func planBackfill() throws -> Route.Answer {
    let asked = try askedBackfill(plan: "")
    let view = try world.services.planning.planning(world)
    let plan = try plan(asked, view)
    for domain in Set(plan.items.map(\.pipeline.domain)) { try require(.viewer, in: domain) }
    let estimate = estimate(plan, asked, view)
    let conflicts = try Problem.passing { () throws(SessionError) in try view.conflicts(plan) }
      .filter { caller.mayRead($0.pipeline.domain) }
    let stays = plan.stays.filter { caller.mayRead($0.pipeline.domain) }
    let omissions = plan.omissions.filter { caller.mayRead($0.pipeline.domain) }
    return json("plan") { writer in
      writer.text("plan", plan.digest(in: declared.graph))
      writer.number("runs", plan.items.count)
      writer.number("tasks", plan.items.reduce(0) { $0 + $1.tasks.count })
      writer.number("standing", stays.count(where: \.isGood))
      writer.number("replacements", plan.replacements)
      writer.objects("strip", plan.items.prefix(Self.longestPlan)) { write($1, to: &$0) }
      writer.number("strip_left_out", max(0, plan.items.count - Self.longestPlan))
      writer.objects("stays", stays.prefix(Self.longestPlan)) { writer, standing in
        writer.text("pipeline", standing.pipeline.description)
        writer.text("partition", standing.partition)
        writer.flag("good", standing.isGood)
      }
      writer.number("stays_left_out", max(0, stays.count - Self.longestPlan))
      writer.objects("omissions", omissions.prefix(Self.longestPlan)) { writer, omission in
        writer.text("pipeline", omission.pipeline.description)
        writer.text("partition", omission.partition)
        writer.text("task", omission.task)
        writer.reason(omission.reason)
      }
      writer.number("omissions_left_out", max(0, omissions.count - Self.longestPlan))
      writer.span("estimate_ms", estimate?.takes)
      writer.flag("estimate_is_cut", estimate?.isCut)
      writer.texts("uncertain", estimate?.doubts ?? [])
      writer.objects("conflicts", conflicts) { $1.write(to: &$0) }
      writer.texts("warnings", warnings(plan, estimate))
      writer.text("words", asked.words)
    }
  }

  private func write(_ item: BackfillPlan.Item, to writer: inout JSONWriter) {
    let tasks = declared.graph.pipelines[item.pipelineIndex].tasks
    writer.text("pipeline", item.pipeline.description)
    writer.text("partition", item.partition?.key)
    writer.text("action", action(item))
    writer.texts("tasks", item.tasks.map { tasks[$0].name })
    writer.texts("kept", item.kept.map { tasks[$0].name })
    writer.reason(item.reason)
  }

  private func action(_ item: BackfillPlan.Item) -> String {
    if item.replacesGood { return "replace" }
    if !item.kept.isEmpty { return "rest" }
    return item.isRepeated ? "again" : "make"
  }

  /// What it takes beside all else that is to happen; nil: there is nothing to do, or nobody can tell, as for
  /// a plan whose params have no values yet.
  private func estimate(
    _ plan: BackfillPlan, _ asked: ControlBackfill, _ view: PlanningView
  ) -> PlanEstimate? {
    guard !plan.items.isEmpty,
      let order = try? view.order(plan, words: "", params: asked.params, maxActive: asked.maxActive)
    else { return nil }
    let forecaster = Forecaster(
      project: declared.project, state: world.settings.state, reader: world.reader, clock: world.clock,
      workers: world.settings.workers)
    return try? forecaster.estimate(order, firesSchedules: true, most: .ofPlanForOthers)
  }

  private func warnings(_ plan: BackfillPlan, _ estimate: PlanEstimate?) -> [String] {
    var warnings: [String] = []
    if plan.replacements > 0 {
      let isOne = plan.replacements == 1
      warnings.append(
        isOne ? "1 good partition is replaced" : "\(plan.replacements) good partitions are replaced")
    }
    let external = Set(
      plan.items.flatMap { item in
        let pipeline = declared.graph.pipelines[item.pipelineIndex]
        return item.tasks.filter { pipeline.tasks[$0].external }.map {
          "\(pipeline.name).\(pipeline.tasks[$0].name)"
        }
      })
    for task in external.sorted() { warnings.append("'\(task)' has effects outside") }
    return warnings + (estimate?.warnings { caller.mayRead($0.domain) } ?? [])
  }

  fileprivate func applyBackfill() throws -> Route.Answer {
    let asked = try askedBackfill(plan: body["plan"]?.string ?? "")
    let plan = try plan(asked, try world.services.planning.planning(world))
    for domain in Set(plan.items.map(\.pipeline.domain)) { try require(.operator, in: domain) }
    guard plan.digest(in: declared.graph) == asked.plan else {
      throw Problem(
        .conflict, "plan_stale", "the plan is stale: the state has changed since it was made",
        help: "plan again")
    }
    guard plan.replacements == body["overwrite"]?.integer.map({ Int(clamping: $0) }) ?? 0 else {
      throw Problem(
        .conflict, "conflict", "the plan replaces \(plan.replacements) good partitions",
        help: "if that is meant, send 'overwrite': \(plan.replacements)")
    }
    return .ask(.backfill(asked), then: Done.response)
  }
}
