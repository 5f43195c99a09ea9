import Basics
import Diagnostics
import MeshModel
import Planning
import Testing
import Timetables

@Suite struct DataReadinessTests {
  static func dataset(_ name: String) -> DatasetName {
    DatasetName(name) ?? DatasetName(domain: "d", name: "x")
  }

  static func pipeline(
    _ name: String, _ grain: Grain?, reads: [String] = [], writes: [String] = [],
    terms: (inout ReadDeclaration) -> Void = { _ in }
  ) -> Pipeline {
    var pipeline = Pipeline.sketch(name, ["t"]) { task in
      task.reads = reads.map { name in
        var read = ReadDeclaration(dataset: dataset(name), position: PlanningWorld.nowhere)
        terms(&read)
        return read
      }
      task.writes = writes.map { WriteDeclaration(dataset: dataset($0), position: PlanningWorld.nowhere) }
    }
    pipeline.grain = grain
    return pipeline
  }

  static func partition(_ key: String) throws -> PartitionInterval {
    let grain = try #require(Grain(ofKey: key))
    return try PartitionCalendar(grain: grain, zone: Zone(named: "UTC")).partition(key: key)
  }

  static func ledger(_ dataset: String, _ keys: [String]) -> PartitionLedger {
    var ledger = PartitionLedger()
    for (index, key) in keys.enumerated() {
      ledger.record(
        Self.dataset(dataset), key,
        .init(version: Int64(index + 1), at: Instant(seconds: 1_357_000_000), run: nil))
    }
    return ledger
  }

  @Test func `a reader starts at once where its partition is there, and records its version`() throws {
    var world = PlanningWorld(
      [
        Self.pipeline("d/make", .daily, writes: ["d.x"]), Self.pipeline("e/read", .daily, reads: ["d.x"]),
      ], ledger: Self.ledger("d.x", ["2013-01-01"]))
    world.run("e/read", partition: try Self.partition("2013-01-01"))
    #expect(world.running == ["t"])
    #expect(
      world.live[0].inputs == [
        InputVersion(dataset: Self.dataset("d.x"), partition: "2013-01-01", version: 1)
      ])
  }

  @Test func `a reader whose partition nobody makes fails at once and names it`() throws {
    var world = PlanningWorld([
      Self.pipeline("d/make", .daily, writes: ["d.x"]), Self.pipeline("e/read", .daily, reads: ["d.x"]),
    ])
    world.run("e/read", partition: try Self.partition("2013-01-01"))
    #expect(world.state("t") == .upstreamFailed)
    #expect(world.reason("t") == "input_missing")
    #expect(world.runState() == .failed)
  }

  @Test func `a reader waits for the live run that makes its partition`() throws {
    var world = PlanningWorld([
      Self.pipeline("d/make", .daily, writes: ["d.x"]), Self.pipeline("e/read", .daily, reads: ["d.x"]),
    ])
    world.run("e/read", partition: try Self.partition("2013-01-01"))
    #expect(world.runState(1) == .failed)
    world.run("d/make", partition: try Self.partition("2013-01-02"))
    world.run("e/read", partition: try Self.partition("2013-01-02"))
    #expect(world.live.map(\.context.run.run) == [2])
    world.end(world.live[0])
    #expect(world.live.map(\.context.run.run) == [3])
    #expect(world.live[0].inputs.count == 1)
    world.finish()
    #expect(world.runState(3) == .success)
    #expect(world.watch.violations.isEmpty)
  }

  @Test func `a week needs each of its days`() throws {
    let days = (1...6).map { "2013-01-0\($0)" } + ["2012-12-31"]
    for count in [6, 7] {
      var world = PlanningWorld(
        [
          Self.pipeline("d/make", .daily, writes: ["d.x"]), Self.pipeline("e/read", .weekly, reads: ["d.x"]),
        ], ledger: Self.ledger("d.x", Array(days.prefix(count))))
      world.run("e/read", partition: try Self.partition("2013-W01"))
      #expect((world.runState() == .running) == (count == 7))
      if count == 7 { #expect(world.live[0].inputs.count == 7) }
    }
  }

  @Test func `what cannot come is ignored where the reader says so`() throws {
    var world = PlanningWorld(
      [
        Self.pipeline("d/make", .daily, writes: ["d.x"]),
        Self.pipeline("e/read", .daily, reads: ["d.x"]) {
          $0.window = .seconds(3 * 86_400)
          $0.onMissing = .ignore
        },
      ], ledger: Self.ledger("d.x", ["2013-01-02", "2013-01-03"]))
    world.run("e/read", partition: try Self.partition("2013-01-03"))
    #expect(world.live.map { $0.inputs.map(\.version) } == [[0, 1, 2]])
  }

  @Test func `offset reads the partition before, and a pipeline may read its own`() throws {
    var world = PlanningWorld(
      [Self.pipeline("d/roll", .daily, reads: ["d.x"], writes: ["d.y"]) { $0.offset = -1 }]
        + [Self.pipeline("d/make", .daily, writes: ["d.x"])], ledger: Self.ledger("d.x", ["2013-01-01"]))
    world.run("d/roll", partition: try Self.partition("2013-01-02"))
    #expect(world.live.map { $0.inputs.map(\.partition) } == [["2013-01-01"]])
  }

  @Test func `a partition whose task was skipped counts as covered`() throws {
    var world = PlanningWorld([
      Self.pipeline("d/make", .daily, writes: ["d.x"]), Self.pipeline("e/read", .daily, reads: ["d.x"]),
    ])
    world.run("d/make", partition: try Self.partition("2013-01-02"))
    world.end(world.live[0], .skipped)
    world.run("e/read", partition: try Self.partition("2013-01-02"))
    #expect(world.running == ["t"])
  }

  @Test func `depends_on_past waits for the run before and refuses after its failure`() throws {
    var pipeline = Pipeline.sketch("d/p", ["a"]) { $0.dependsOnPast = true }
    pipeline.grain = .daily
    pipeline.maxActiveRuns = 3
    var world = PlanningWorld([pipeline])
    for day in 1...3 { world.run("d/p", partition: try Self.partition("2013-01-0\(day)")) }
    #expect(world.live.map(\.context.run.run) == [1])
    world.end(world.live[0])
    #expect(world.live.map(\.context.run.run) == [2])
    world.end(world.live[0], .failed())
    #expect(world.runState(2) == .failed)
    #expect(world.runState(3) == .failed)
    #expect(world.reason("a") == "depends_on_past")
  }

  @Test func `the first partition that is run needs none before it, and a gap is none`() throws {
    var pipeline = Pipeline.sketch("d/p", ["a"]) { $0.dependsOnPast = true }
    pipeline.grain = .daily
    pipeline.maxActiveRuns = 3
    pipeline.start = CivilTime(year: 2013, month: 1, day: 8)
    var world = PlanningWorld([pipeline])
    // What was run before the pipeline's start is not asked.
    for day in [7, 8] { world.run("d/p", partition: try Self.partition("2013-01-0\(day)")) }
    #expect(world.live.map(\.context.run.run) == [1, 2])
    // Nobody had run any when it was asked for, and the one before it is missing all the same.
    world.run("d/p", partition: try Self.partition("2013-01-10"))
    #expect(world.runState(3) == .failed)
  }

  @Test func `one live run a partition: the second waits for the first`() throws {
    var pipeline = Self.pipeline("d/p", .daily, writes: ["d.x"])
    pipeline.maxActiveRuns = 5
    var world = PlanningWorld([pipeline])
    for _ in 0..<3 { world.run("d/p", partition: try Self.partition("2013-01-01")) }
    #expect(world.live.count == 1)
    world.finish()
    #expect(world.runState(3) == .success)
  }

  @Test func `readers that wait for one another in a circle end instead of waiting for ever`() throws {
    let forward = Self.pipeline("d/p", .daily, reads: ["e.y"], writes: ["d.x"]) { $0.offset = 1 }
    let back = Self.pipeline("e/q", .daily, reads: ["d.x"], writes: ["e.y"]) { $0.offset = -1 }
    var world = PlanningWorld([forward, back])
    world.run("d/p", partition: try Self.partition("2013-01-01"))
    world.run("e/q", partition: try Self.partition("2013-01-02"))
    #expect(world.scheduler.isIdle)
    #expect(world.watch.violations.isEmpty)
  }

  /// A daily maker that is due at six, and a daily reader of it.
  static func waiting(
    _ onMissing: ReadDeclaration.OnMissing = .wait, deadline: Duration? = nil
  ) -> PlanningWorld {
    var maker = pipeline("d/make", .daily, writes: ["d.x"])
    maker.schedule = Schedule(
      trigger: .cron(Located("0 6 * * *", at: PlanningWorld.nowhere)), position: PlanningWorld.nowhere)
    var reader = pipeline("e/read", .daily, reads: ["d.x"]) { $0.onMissing = onMissing }
    reader.deadline = deadline
    var world = PlanningWorld([maker, reader], waitsForData: true)
    _ = world.tick(at: ScheduleTests.at(5))
    return world
  }

  @Test func `where schedules are fired a reader waits for its data, holding no worker, and over a restart`()
    throws
  {
    var world = Self.waiting()
    world.run("e/read", partition: try Self.partition("2013-01-09"))
    #expect(world.running.isEmpty)
    world.restart()
    #expect(world.tick(at: ScheduleTests.at(6)) == ["run 2013-01-09"])
    #expect(world.running == ["t"])
    world.end("t")
    #expect(world.running == ["t"])
    world.end("t")
    #expect(world.runState(1) == .success)
  }

  @Test func `a reader waits for a producer that failed until somebody repeats it`() throws {
    var world = Self.waiting()
    world.run("e/read", partition: try Self.partition("2013-01-09"))
    _ = world.tick(at: ScheduleTests.at(6))
    world.end("t", .failed())
    #expect(world.runState(1) == .running)
    world.run("d/make", partition: try Self.partition("2013-01-09"))
    world.end("t")
    #expect(world.running == ["t"])
  }

  @Test(arguments: [(nil, 7 * 24), (Duration.seconds(3 * 3600), 3)] as [(Duration?, Int)])
  func `waiting for data ends with the deadline, or after seven days`(deadline: Duration?, hours: Int) throws
  {
    var world = Self.waiting(deadline: deadline)
    world.run("e/read", partition: try Self.partition("2013-01-12"))
    let end = try Self.partition("2013-01-12").end
    let created = world.now
    // A deadline counts from the end of the interval.
    world.now = (deadline == nil ? created : end) + .seconds(hours * 3600 - 1)
    world.decide()
    #expect(world.runState() == .running)
    world.pass(.seconds(1))
    #expect(world.runState() == .failed)
    #expect(world.reason("t") == "waited_too_long")
  }

  @Test(arguments: [(ReadDeclaration.OnMissing.ignore, RunState.success), (.fail, .failed)])
  func `what is still to come is waited for, what cannot come is excused or not`(
    onMissing: ReadDeclaration.OnMissing, end: RunState
  ) throws {
    var world = Self.waiting(onMissing)
    world.run("e/read", partition: try Self.partition("2013-01-09"))
    #expect(world.runState() == .running)
    #expect(world.running.isEmpty)
    _ = world.tick(at: ScheduleTests.at(6), made: ["2013-01-09"])
    world.finish()
    #expect(world.runState() == end)
  }
}
