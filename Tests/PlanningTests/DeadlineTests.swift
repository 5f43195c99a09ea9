import Basics
import MeshModel
import Planning
import Testing

/// Deadlines and the age of datasets, by the wall clock. The tests' day is 2013-01-10, in UTC.
@Suite struct DeadlineTests {
  /// Due at six, and to be there by eight.
  static func pipeline(_ edit: (inout Pipeline) -> Void = { _ in }) -> Pipeline {
    ScheduleTests.pipeline {
      $0.deadline = .seconds(8 * 3600)
      edit(&$0)
    }
  }

  static func kinds(_ world: PlanningWorld) -> [AlertKind] { AlertTests.raised(world).map(\.cause.kind) }

  static func world(_ pipeline: Pipeline = pipeline()) -> PlanningWorld {
    var world = PlanningWorld([pipeline], waitsForData: true)
    _ = world.tick(at: ScheduleTests.at(5))
    #expect(world.judge(at: ScheduleTests.at(5)).isEmpty)
    return world
  }

  @Test func `a partition that is not there by its deadline raises an alert, once`() throws {
    var world = Self.world()
    _ = world.tick(at: ScheduleTests.at(6))
    #expect(world.judge(at: ScheduleTests.at(7, 59)).isEmpty)
    #expect(world.judge(at: ScheduleTests.at(8)) == ["2013-01-09"])
    let alert = try #require(AlertTests.raised(world).first)
    #expect(alert.subject == "d/p@2013-01-09")
    #expect(
      alert.reason.text
        == "'2013-01-09' was not made by 2013-01-10 08:00:00 UTC, its deadline of 8h")
    world.restart()
    _ = world.tick(at: ScheduleTests.at(9))
    #expect(world.judge(at: ScheduleTests.at(9)).isEmpty)
    world.finish()
    #expect(AlertTests.resolved(world) == [1])
  }

  @Test func `what is there by then, or was skipped on purpose, is well`() {
    var world = Self.world()
    _ = world.tick(at: ScheduleTests.at(6))
    #expect(world.judge(at: ScheduleTests.at(8), kept: true) == ["2013-01-09"])
    #expect(AlertTests.raised(world).isEmpty)
  }

  @Test func `deadlines that pass while nobody is there are looked at afterwards, those of a week at most`() {
    var world = Self.world()
    world.restart()
    _ = world.tick(at: ScheduleTests.at(12, day: 13))
    #expect(
      world.judge(at: ScheduleTests.at(12, day: 13)) == [
        "2013-01-09", "2013-01-10", "2013-01-11", "2013-01-12",
      ])
    _ = world.tick(at: ScheduleTests.at(12, day: 31))
    #expect(world.judge(at: ScheduleTests.at(12, day: 31)).first == "2013-01-23")
  }

  @Test func `a pause stops the looking, and what passed meanwhile is looked at when it ends`() {
    var world = Self.world()
    let target = PauseTarget.pipeline(PipelineName(domain: "d", name: "p"))
    world.send(.pause(target))
    _ = world.tick(at: ScheduleTests.at(9))
    #expect(world.judge(at: ScheduleTests.at(9)).isEmpty)
    world.send(.resume(target))
    #expect(world.judge(at: ScheduleTests.at(9)) == ["2013-01-09"])
  }

  @Test func `history before a deadline was declared raises nothing`() {
    var world = Self.world(ScheduleTests.pipeline())
    world.release([Self.pipeline()])
    _ = world.tick(at: ScheduleTests.at(12, day: 20))
    #expect(world.judge(at: ScheduleTests.at(12, day: 20)).isEmpty)
    _ = world.tick(at: ScheduleTests.at(12, day: 21))
    #expect(world.judge(at: ScheduleTests.at(12, day: 21)) == ["2013-01-20"])
  }

  @Test func `a clock that was ahead and is set back leaves no deadline out`() {
    var world = Self.world(ScheduleTests.pipeline("0 6 10 * *") { $0.deadline = .seconds(8 * 3600) })
    #expect(world.judge(at: ScheduleTests.at(5, day: 25)).isEmpty)
    #expect(world.judge(at: ScheduleTests.at(8)) == ["2013-01-09"])
  }

  @Test func `an alert whose deadline is declared no more is resolved`() {
    var world = Self.world()
    _ = world.judge(at: ScheduleTests.at(8))
    #expect(Self.kinds(world) == [.deadlineMissed])
    world.release([ScheduleTests.pipeline()])
    _ = world.tick(at: ScheduleTests.at(9))
    #expect(AlertTests.resolved(world) == [1])
  }

  @Test func `a dataset that is older than a reader allows raises an alert until it is renewed`() throws {
    let maker = DataReadinessTests.pipeline("d/make", .daily, writes: ["d.x"])
    let reader = DataReadinessTests.pipeline("e/read", .daily, reads: ["d.x"]) {
      $0.freshness = .seconds(3600)
    }
    var world = PlanningWorld([maker, reader], waitsForData: true)
    _ = world.tick(at: ScheduleTests.at(5))
    // What never was there cannot grow old.
    _ = world.judge(at: ScheduleTests.at(20, day: 11))
    #expect(AlertTests.raised(world).isEmpty)
    world.make("d/make", "2013-01-09")
    let made = world.now
    #expect(world.scheduler.nextTick == made + .seconds(3600))
    world.now = made + .seconds(3600)
    _ = world.judge(at: world.now)
    let alert = try #require(AlertTests.raised(world).first)
    #expect(alert.cause.kind == .freshnessBroken)
    #expect(alert.subject == "d.x")
    #expect(alert.cause.pipeline == PipelineName(domain: "d", name: "make"))
    world.make("d/make", "2013-01-10")
    #expect(AlertTests.resolved(world) == [1])
  }

  @Test func `an old dataset that another pipeline writes now is that one's concern`() {
    let reader = DataReadinessTests.pipeline("e/read", .daily, reads: ["d.x"]) {
      $0.freshness = .seconds(3600)
    }
    let (maker, heir) = ("d/make", "d/heir")
    var world = PlanningWorld(
      [DataReadinessTests.pipeline(maker, .daily, writes: ["d.x"]), reader], waitsForData: true)
    _ = world.tick(at: ScheduleTests.at(5))
    world.make(maker, "2013-01-09")
    _ = world.judge(at: world.now + .seconds(3600))
    #expect(AlertTests.raised(world).map(\.cause.pipeline.name) == ["make"])
    world.release(
      [
        DataReadinessTests.pipeline(maker, .daily),
        DataReadinessTests.pipeline(heir, .daily, writes: ["d.x"]), reader,
      ])
    _ = world.tick(at: world.now)
    _ = world.judge(at: world.now)
    #expect(AlertTests.resolved(world) == [1])
    #expect(AlertTests.raised(world).map(\.cause.pipeline.name) == ["make", "heir"])
  }

  @Test func `moments to look at a dataset do not heap up with its renewals`() throws {
    let maker = DataReadinessTests.pipeline("d/make", .daily, writes: ["d.x"])
    let reader = DataReadinessTests.pipeline("e/read", .daily, reads: ["d.x"]) {
      $0.freshness = .seconds(7 * 86_400)
    }
    var world = PlanningWorld([maker, reader], waitsForData: true)
    _ = world.tick(at: ScheduleTests.at(5))
    for _ in 0..<100 { world.make("d/make", "2013-01-09") }
    #expect(world.scheduler.kept.watchTimers <= 18)
    let made = world.now
    world.now = made + .seconds(7 * 86_400 - 1)
    _ = world.judge(at: world.now)
    #expect(AlertTests.raised(world).isEmpty)
    world.now = made + .seconds(7 * 86_400)
    _ = world.judge(at: world.now)
    #expect(AlertTests.raised(world).count == 1)
  }
}

extension PlanningWorld {
  /// Has the deadlines looked at that are due; their partitions.
  mutating func judge(at wall: Instant, kept: Bool = false) -> [String] {
    now = max(now, wall)
    var judged: [String] = []
    while true {
      let due = scheduler.dueDeadlines(at: wall)
      if due.isEmpty { break }
      for deadline in due {
        judged.append(deadline.partition?.key ?? "-")
        scheduler.handle(.deadline(DeadlineAnswer(deadline, isKept: kept)), at: now)
      }
    }
    decide()
    return judged
  }
}
