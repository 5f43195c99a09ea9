import Basics
import MeshModel
import Planning
import Testing

/// What versions are made of, and what operators have made anew or declare good.
@Suite struct VersionsTests {
  private typealias Data = DataReadinessTests

  private static func made(_ world: PlanningWorld, _ dataset: String) -> [MaterializationRecord] {
    world.changes.compactMap {
      if case .materialized(let record) = $0, record.dataset == Data.dataset(dataset) { record } else { nil }
    }
  }

  private static func success(_ content: Int64?, read: [InputVersion]? = nil) -> AttemptOutcome {
    var outcome = AttemptOutcome.success
    outcome.content = content
    outcome.inputs = read
    return outcome
  }

  private static func input(
    _ dataset: String, _ key: String, _ version: Int64, _ content: Int64? = nil
  ) -> InputVersion {
    InputVersion(dataset: Data.dataset(dataset), partition: key, version: version, content: content)
  }

  @Test func `what a task of the same run made is an input too`() throws {
    var pipeline = Pipeline.sketch("d/flow", ["a", "b"])
    pipeline.tasks[0].writes = [
      WriteDeclaration(dataset: Data.dataset("d.x"), position: PlanningWorld.nowhere)
    ]
    pipeline.tasks[1].reads = [ReadDeclaration(dataset: Data.dataset("d.x"), position: PlanningWorld.nowhere)]
    pipeline.tasks[1].writes = [
      WriteDeclaration(dataset: Data.dataset("d.y"), position: PlanningWorld.nowhere)
    ]
    var world = PlanningWorld([pipeline])
    world.run("d/flow")
    world.end("a", Self.success(5))
    #expect(world.live[0].inputs == [Self.input("d.x", "", 1, 5)])
    world.end("b", Self.success(nil))
    #expect(Self.made(world, "d.y")[0].inputs == [Self.input("d.x", "", 1, 5)])
    #expect(Self.made(world, "d.y")[0].content == nil)
  }

  @Test func `what is read is looked up when an attempt starts, for a try that comes later as well`() throws {
    let ledger = Data.ledger("d.x", ["2013-01-01"])
    var reader = Data.pipeline("e/read", .daily, reads: ["d.x"], writes: ["e.y"])
    reader.tasks[0].retry.attempts = 2
    var world = PlanningWorld([Data.pipeline("d/make", .daily, writes: ["d.x"]), reader], ledger: ledger)
    let day = try Data.partition("2013-01-01")
    world.run("e/read", partition: day)
    #expect(world.live[0].inputs == [Self.input("d.x", day.key, 1)])
    for _ in 0..<2 {
      world.send(.mark(Data.dataset("d.x"), day, isPresent: true, Reason("marked", "by hand")))
    }
    world.end("t", .failed())
    world.pass(.seconds(60))
    #expect(world.live[0].inputs.map(\.version) == [2])
  }

  @Test func `what the transaction read counts, not what was there before`() throws {
    var world = PlanningWorld(
      [
        Data.pipeline("d/make", .daily, writes: ["d.x"]),
        Data.pipeline("e/read", .daily, reads: ["d.x"], writes: ["e.y"]),
      ], ledger: Data.ledger("d.x", ["2013-01-01"]))
    world.run("e/read", partition: try Data.partition("2013-01-01"))
    let read = [Self.input("d.x", "2013-01-01", 1, 9)]
    world.end("t", Self.success(4, read: read))
    #expect(Self.made(world, "e.y")[0].inputs == read)
  }

  @Test(arguments: [false, true])
  func `instances make one content together, and what they do not agree on is no version`(
    restarts: Bool
  ) throws {
    var reader = Data.pipeline("e/read", .daily, reads: ["d.x"], writes: ["e.y"])
    reader.tasks[0].each = FanOut(source: .list([.integer(1), .integer(2)]), position: PlanningWorld.nowhere)
    var world = PlanningWorld(
      [Data.pipeline("d/make", .daily, writes: ["d.x"]), reader], ledger: Data.ledger("d.x", ["2013-01-01"]))
    world.run("e/read", partition: try Data.partition("2013-01-01"))
    world.end("t", index: 0, Self.success(10, read: [Self.input("d.x", "2013-01-01", 1, 1)]))
    if restarts { world.restart() }
    world.end("t", index: 1, Self.success(20, read: [Self.input("d.x", "2013-01-01", 1, 2)]))
    let record = Self.made(world, "e.y")[0]
    #expect(record.content == 30)
    #expect(record.inputs == [Self.input("d.x", "2013-01-01", 0)])
  }

  @Test func `a reader without partitions reads the dataset as a whole`() throws {
    var world = PlanningWorld(
      [
        Data.pipeline("d/make", .daily, writes: ["d.x"]),
        Data.pipeline("e/sum", nil, reads: ["d.x"], writes: ["e.y"]),
      ], ledger: Data.ledger("d.x", ["2013-01-01", "2013-01-02"]))
    func read() -> InputVersion? {
      world.run("e/sum")
      defer { world.finish() }
      return world.live.first?.inputs.first
    }
    let first = try #require(read())
    #expect(first.partition == InputVersion.allPartitions)
    #expect(read() == first)
    world.run("d/make", partition: try Data.partition("2013-01-03"))
    world.finish()
    #expect(try #require(read()).content != first.content)
  }

  @Test func `a partition that is excused is noted as not there`() throws {
    let reader = Data.pipeline("e/read", .daily, reads: ["d.x"], writes: ["e.y"]) { $0.onMissing = .ignore }
    var world = PlanningWorld([Data.pipeline("d/make", .daily, writes: ["d.x"]), reader])
    world.run("e/read", partition: try Data.partition("2013-01-01"))
    #expect(world.live[0].inputs == [Self.input("d.x", "2013-01-01", 0)])
  }

  @Test func `what is accepted counts as made of what is there now`() throws {
    var ledger = Data.ledger("d.x", ["2013-01-01"])
    ledger.record(
      Data.dataset("e.y"), "2013-01-01", .init(version: 9, at: Instant(seconds: 0), run: nil))
    var world = PlanningWorld(
      [
        Data.pipeline("d/make", .daily, writes: ["d.x"]),
        Data.pipeline("e/read", .daily, reads: ["d.x"], writes: ["e.y"]),
      ], ledger: ledger)
    let event = SchedulerEvent.accept(
      Data.dataset("e.y"), partition: "2013-01-01", inputs: [Self.input("d.x", "2013-01-01", 0, 3)],
      code: "c", Reason("accepted", "by 'me'"))
    world.send(event)
    guard case .accepted(let record, _) = world.changes.last else {
      Issue.record("nothing was accepted")
      return
    }
    #expect(record.inputs == [Self.input("d.x", "2013-01-01", 1)])
    #expect(record.code == "c")
    let count = world.changes.count
    world.send(
      .accept(Data.dataset("e.y"), partition: "2014-01-01", inputs: [], code: nil, Reason("accepted", "")))
    #expect(world.changes.count == count)
  }

  @Test func `the stale mode makes anew what is stale and nothing else`() throws {
    var past = BackfillPlannerTests.Past()
    past.stale = ["d.x": ["2013-01-02", "2013-01-09"], "f.z": ["2013-W01"]]
    let all = ["d/make", "e/read", "f/week", "d/dim"]
    let ranged = try BackfillPlannerTests.plan(all, past: past) { $0.mode = .stale }
    #expect(BackfillPlannerTests.lines(ranged) == ["d/make@2013-01-02"])
    #expect(ranged.items.map(\.reason.code) == ["stale_code"])
    #expect(ranged.replacements == 0)
    let whole = try BackfillPlannerTests.plan(all, past: past) {
      $0.mode = .stale
      $0.range = nil
    }
    #expect(
      Set(BackfillPlannerTests.lines(whole)) == ["d/make@2013-01-02", "d/make@2013-01-09", "f/week@2013-W01"])
  }

  @Test(arguments: [nil, (from: "2013-01-01", to: "2013-01-09")])
  func `what is stale outside the bounds of its pipeline is left out`(_ range: (from: String, to: String)?)
    throws
  {
    var past = BackfillPlannerTests.Past()
    past.stale = ["d.x": ["2013-01-02", "2013-01-08"]]
    var pipeline = DataReadinessTests.pipeline("d/make", .daily, writes: ["d.x"])
    pipeline.start = CivilTime(year: 2013, month: 1, day: 7)
    let plan = try BackfillPlannerTests.plan(["d/make"], past: past, pipelines: [pipeline]) {
      $0.mode = .stale
      $0.range = range
    }
    #expect(BackfillPlannerTests.lines(plan) == ["d/make@2013-01-08"])
    let left = plan.omissions.filter { $0.partition == "2013-01-02" }
    #expect(left.map(\.reason.code) == ["out_of_bounds"])
  }
}
