import Basics
import Lineage
import MeshModel
import Planning
import Testing
import Timetables

@Suite struct BackfillPlannerTests {
  struct Past: RunHistory {
    var states: [String: RunState] = [:]
    var stale: [String: [String]] = [:]
    func stalePartitions(of dataset: DatasetName) -> [String: Reason] {
      let keys = stale["\(dataset)"] ?? []
      return Dictionary(uniqueKeysWithValues: keys.map { ($0, Reason("stale_code", "its code changed")) })
    }
    func latestState(of pipeline: PipelineName, partition: String) -> RunState? {
      states["\(pipeline)@\(partition)"]
    }
  }

  /// d/make (daily) -> e/read (daily) -> f/week (weekly), and d/dim (no partitions) read by e/read.
  static let pipelines = [
    DataReadinessTests.pipeline("d/make", .daily, writes: ["d.x"]),
    DataReadinessTests.pipeline("d/dim", nil, writes: ["d.dim"]),
    DataReadinessTests.pipeline("e/read", .daily, reads: ["d.x", "d.dim"], writes: ["e.y"]),
    DataReadinessTests.pipeline("f/week", .weekly, reads: ["e.y"], writes: ["f.z"]),
  ]

  static func plan(
    _ selected: [String], from: String = "2013-01-01", to: String = "2013-01-07",
    ledger: PartitionLedger = .init(),
    past: Past = Past(), pipelines: [Pipeline] = pipelines, change: (inout BackfillRequest) -> Void = { _ in }
  ) throws -> BackfillPlan {
    let world = PlanningWorld(pipelines)
    let nodes = world.release.graph.nodes.indices.filter { node in
      selected.contains("\(world.release.graph.nodes[node].name.pipeline)")
    }
    var request = BackfillRequest(selection: Set(nodes), range: (from, to))
    change(&request)
    return try BackfillPlanner(release: world.release, ledger: ledger, history: past).plan(request)
  }

  static func lines(_ plan: BackfillPlan) -> [String] {
    plan.items.map { "\($0.pipeline)@\($0.partition?.key ?? "")" }
  }

  @Test func `a range holds its ends and the partitions that lie wholly within`() throws {
    let plan = try Self.plan(["d/make", "f/week"], from: "2013-01-05", to: "2013-01-14")
    #expect(Self.lines(plan).count { $0.hasPrefix("d/make") } == 10)
    #expect(Self.lines(plan).filter { $0.hasPrefix("f/week") } == ["f/week@2013-W02"])
    #expect(plan.omissions.map(\.partition) == ["2013-W01", "2013-W03"])
  }

  @Test func `a month names its days`() throws {
    let plan = try Self.plan(["d/make"], from: "2013-02", to: "2013-02")
    #expect(plan.items.count == 28)
  }

  @Test func `upstream adds what the intervals cover, writers before readers`() throws {
    let plan = try Self.plan(["f/week"], from: "2012-12-31", to: "2013-01-06") { $0.upstream = true }
    #expect(plan.items.count == 1 + 7 + 7 + 1)
    var seen: Set<String> = []
    for line in Self.lines(plan) {
      if line.hasPrefix("e/read") {
        #expect(seen.contains(line.replacing("e/read", with: "d/make")))
        #expect(seen.contains("d/dim@"))
      }
      if line.hasPrefix("f/week") { #expect(seen.count == 15) }
      seen.insert(line)
    }
  }

  @Test func `downstream adds those who read, in the range`() throws {
    let plan = try Self.plan(["d/make"], from: "2012-12-31", to: "2013-01-06") { $0.downstream = true }
    #expect(Self.lines(plan).count { $0.hasPrefix("e/read") } == 7)
    #expect(Self.lines(plan).count { $0.hasPrefix("f/week") } == 1)
    #expect(!Self.lines(plan).contains("d/dim@"))
  }

  @Test func `missing leaves what stands`() throws {
    let ledger = DataReadinessTests.ledger("d.x", ["2013-01-01", "2013-01-03"])
    let plan = try Self.plan(["d/make"], ledger: ledger)
    #expect(plan.items.count == 5)
    #expect(plan.stays.map(\.partition) == ["2013-01-01", "2013-01-03"])
    #expect(plan.replacements == 0)
  }

  @Test(arguments: [BackfillRequest.Mode.failed, .stale])
  func `what a mode does not ask for stays, and is good only where it is there`(
    mode: BackfillRequest.Mode
  ) throws {
    let ledger = DataReadinessTests.ledger("d.x", ["2013-01-01", "2013-01-03"])
    let plan = try Self.plan(["d/make"], ledger: ledger) { $0.mode = mode }
    #expect(plan.items.isEmpty && plan.stays.count == 7 && plan.standing == 2)
    #expect(plan.stays.filter(\.isGood).map(\.partition) == ["2013-01-01", "2013-01-03"])
  }

  @Test func `all replaces good partitions and counts them`() throws {
    let ledger = DataReadinessTests.ledger("d.x", ["2013-01-01", "2013-01-03"])
    let plan = try Self.plan(["d/make"], ledger: ledger) { $0.mode = .all }
    #expect(plan.items.count == 7)
    #expect(plan.replacements == 2)
  }

  @Test func `who takes all there is comes after what others of the plan have made`() throws {
    let pipelines = [
      DataReadinessTests.pipeline("a/all", nil, reads: ["p.x"], writes: ["a.y"]),
      DataReadinessTests.pipeline("p/make", .daily, writes: ["p.x"]),
      DataReadinessTests.pipeline("q/read", .daily, reads: ["p.x"], writes: ["q.z"]),
    ]
    let plan = try Self.plan(["a/all", "q/read"], to: "2013-01-02", pipelines: pipelines) {
      $0.upstream = true
    }
    let lines = Self.lines(plan)
    #expect(lines.count == 5)
    let writer = try #require(lines.lastIndex { $0.hasPrefix("p/make") })
    #expect(try #require(lines.firstIndex(of: "a/all@")) > writer)
  }

  @Test func `failed takes those whose last run failed`() throws {
    let past = Past(states: ["d/make@2013-01-02": .failed, "d/make@2013-01-03": .success])
    let plan = try Self.plan(["d/make"], past: past) { $0.mode = .failed }
    #expect(Self.lines(plan) == ["d/make@2013-01-02"])
  }

  @Test func `a new run keeps the tasks whose datasets stand`() throws {
    var pipeline = DataReadinessTests.pipeline("d/make", .daily, writes: ["d.x"])
    var second = pipeline.tasks[0]
    second.name = "u"
    second.writes[0].dataset = DataReadinessTests.dataset("d.w")
    pipeline.tasks.append(second)
    let ledger = DataReadinessTests.ledger("d.x", ["2013-01-01"])
    let plan = try Self.plan(
      ["d/make"], from: "2013-01-01", to: "2013-01-01", ledger: ledger, pipelines: [pipeline])
    #expect(plan.items.map(\.tasks) == [[1]])
    #expect(plan.items.map(\.kept) == [[0]])
  }

  @Test func `what kept tasks told then is told to those that run now`() throws {
    var world = PlanningWorld([.sketch("d/p", ["a", "b <- a"])])
    world.send(
      .run(
        RunRequest(
          pipeline: 0, partition: nil, cause: .backfill, tasks: [1], kept: [0],
          keptOutputs: [0: #"{"rows":7}"#])))
    #expect(world.live.map(\.context.upstreamOutputs) == [["a": #"{"rows":7}"#]])
  }

  @Test func `tasks with effects outside are left out unless asked for`() throws {
    var pipeline = DataReadinessTests.pipeline("d/make", .daily)
    pipeline.tasks[0].external = true
    let plain = try Self.plan(["d/make"], to: "2013-01-01", pipelines: [pipeline])
    #expect(plain.items.isEmpty)
    #expect(plain.omissions.map(\.reason.code) == ["external"])
    let asked = try Self.plan(["d/make"], to: "2013-01-01", pipelines: [pipeline]) { $0.external = true }
    #expect(asked.items.count == 1)
  }

  @Test func `what has effects outside is the first that is left out`() throws {
    var pipeline = DataReadinessTests.pipeline("f/week", .weekly)
    pipeline.tasks[0].external = true
    let plan = try Self.plan(["f/week"], from: "2013-01-05", to: "2013-01-14", pipelines: [pipeline])
    #expect(plan.omissions.map(\.reason.code) == ["external", "cut", "cut"])
  }

  @Test func `backwards the newest come first, writers before readers all the same`() throws {
    let plan = try Self.plan(["e/read"], to: "2013-01-03") {
      $0.upstream = true
      $0.backwards = true
    }
    #expect(
      Self.lines(plan) == [
        "d/dim@", "d/make@2013-01-03", "e/read@2013-01-03", "d/make@2013-01-02", "e/read@2013-01-02",
        "d/make@2013-01-01", "e/read@2013-01-01",
      ])
  }

  @Test func `what depends on the partition before is not made backwards`() throws {
    var pipeline = DataReadinessTests.pipeline("d/make", .daily)
    pipeline.tasks[0].dependsOnPast = true
    #expect(throws: BackfillPlanError.self) {
      try Self.plan(["d/make"], pipelines: [pipeline]) { $0.backwards = true }
    }
  }

  @Test(arguments: [("2013-13", "2013-01-02"), ("x", "2013-01-02"), ("2013-01-05", "2013-01-02")])
  func `a range that makes no sense is refused with a cure`(from: String, to: String) {
    #expect(throws: BackfillPlanError.self) { try Self.plan(["d/make"], from: from, to: to) }
  }

  @Test func `the plan of a year is made in linear time and runs to its end`() throws {
    let plan = try Self.plan(["e/read"], from: "2013", to: "2013") { $0.upstream = true }
    #expect(plan.items.count == 365 * 2 + 1)
    var world = PlanningWorld(Self.pipelines)
    let runs = plan.items.map {
      RunRequest(
        pipeline: $0.pipelineIndex, partition: $0.partition, cause: .backfill, tasks: $0.tasks, kept: $0.kept)
    }
    world.send(.backfill(BackfillOrder(request: "test", runs: runs, maxActive: 2)))
    #expect(world.watch.runs.values.count { $0 == .running } <= 2)
    world.finish()
    #expect(world.watch.runs.values.allSatisfy { $0 == .success })
    #expect(world.watch.violations.isEmpty)
  }
}
