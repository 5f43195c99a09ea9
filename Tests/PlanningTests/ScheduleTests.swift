import Basics
import Diagnostics
import MeshModel
import Planning
import Testing
import Timetables

/// Runs by the clock. The tests' day is 2013-01-10, in UTC.
@Suite struct ScheduleTests {
  static func at(_ hour: Int, _ minute: Int = 0, day: Int = 10) -> Instant {
    Instant(seconds: CivilTime(year: 2013, month: 1, day: day, hour: hour, minute: minute).secondsSinceEpoch)
  }

  /// A daily pipeline that is due at six, unless a test says otherwise.
  static func pipeline(
    _ trigger: String = "0 6 * * *", grain: Grain? = .daily, edit: (inout Pipeline) -> Void = { _ in }
  ) -> Pipeline {
    var pipeline = Pipeline(name: PipelineName(domain: "d", name: "p"), position: PlanningWorld.nowhere)
    pipeline.grain = grain
    pipeline.schedule = Schedule(
      trigger: .cron(Located(trigger, at: PlanningWorld.nowhere)), position: PlanningWorld.nowhere)
    let command = Command(form: .shell("true"), directory: "/")
    pipeline.tasks = [TaskDeclaration(name: "t", kind: .run(command), position: PlanningWorld.nowhere)]
    edit(&pipeline)
    return pipeline
  }

  @Test func `a new schedule counts from when it is first seen, and fires at its next tick`() {
    var world = PlanningWorld([Self.pipeline()])
    #expect(world.tick(at: Self.at(5)) == [])
    #expect(world.tick(at: Self.at(5, 59)) == [])
    #expect(world.tick(at: Self.at(6)) == ["run 2013-01-09"])
    #expect(world.tick(at: Self.at(6)) == [])
    world.finish()
    #expect(world.tick(at: Self.at(6, day: 11)) == ["run 2013-01-10"])
    #expect(world.causes == [.schedule, .schedule])
  }

  @Test func `a run without a partition is about the time from the tick before to its own`() {
    let start = CivilTime(year: 2013, month: 1, day: 10)
    var world = PlanningWorld([
      Self.pipeline("0 6,18 * * *", grain: nil) {
        $0.start = start
        $0.schedule?.delay = .seconds(900)
      }
    ])
    _ = world.tick(at: Self.at(5))
    for moment in [Self.at(7), Self.at(19), Self.at(7, day: 11)] {
      _ = world.tick(at: moment)
      world.finish()
    }
    let expected = [
      nil, DataInterval(start: Self.at(6), end: Self.at(18)),
      DataInterval(start: Self.at(18), end: Self.at(6, day: 11)),
    ]
    #expect(world.created.map(\.ticks) == expected, "the first has no tick before it")
  }

  @Test func `a tick waits for its delay and is for its own moment`() {
    var world = PlanningWorld([Self.pipeline { $0.schedule?.delay = .seconds(900) }])
    _ = world.tick(at: Self.at(5))
    #expect(world.tick(at: Self.at(6, 14)) == [])
    #expect(world.tick(at: Self.at(6, 15)) == ["run 2013-01-09"])
    #expect(world.ledger.map(\.at) == [Self.at(6)])
  }

  @Test(arguments: [
    (Schedule.Catchup.latest, ["missed 5..6", "run 7"]), (.none, ["missed 5..7"]),
    (.all, ["run 5", "run 6", "run 7"]),
  ])
  func `what was missed while down is made up for as the schedule says`(
    catchup: Schedule.Catchup, expected: [String]
  ) {
    var world = PlanningWorld([Self.pipeline { $0.schedule?.catchup = catchup }])
    _ = world.tick(at: Self.at(12, day: 5))
    world.restart()
    _ = world.tick(at: Self.at(12, day: 8))
    #expect(world.ledgerByPartition == expected)
  }

  @Test(arguments: [
    (Schedule.Catchup.latest, ["missed 5..6", "run 7"]), (.none, ["missed 5..7"]),
    (.all, ["run 5", "run 6", "run 7"]),
  ])
  func `the ticks of a pause enter the ledger when it is resumed`(
    catchup: Schedule.Catchup, expected: [String]
  ) {
    var world = PlanningWorld([Self.pipeline { $0.schedule?.catchup = catchup }])
    _ = world.tick(at: Self.at(12, day: 5))
    world.send(.pause(.pipeline(PipelineName(domain: "d", name: "p"))))
    #expect(world.tick(at: Self.at(6, day: 8)) == [])
    world.send(.resume(.pipeline(PipelineName(domain: "d", name: "p"))))
    _ = world.tick(at: Self.at(6, day: 8))
    #expect(world.ledgerByPartition == expected)
  }

  @Test(arguments: [
    (Schedule.Catchup.latest, ["missed 1..8", "run 9"]), (.none, ["missed 1..9"]),
    (.all, (1...9).map { "run \($0)" }),
  ])
  func `the history of a schedule that names its start is made up for like a downtime`(
    catchup: Schedule.Catchup, expected: [String]
  ) {
    var world = PlanningWorld([
      Self.pipeline {
        $0.start = CivilTime(year: 2013, month: 1, day: 1)
        $0.schedule?.catchup = catchup
        $0.maxActiveRuns = 20
      }
    ])
    _ = world.tick(at: Self.at(12))
    #expect(world.ledgerByPartition == expected)
  }

  @Test func `more than a hundred runs of history are not made unasked`() {
    var world = PlanningWorld([
      Self.pipeline {
        $0.start = CivilTime(year: 2012, month: 1, day: 1)
        $0.schedule?.catchup = .all
      }
    ])
    _ = world.tick(at: Self.at(12))
    #expect(world.ledger.isEmpty)
    #expect(world.tick(at: Self.at(6, day: 11)) == ["run 2013-01-10"])
  }

  @Test func `nothing is due before the start or after the end`() {
    var world = PlanningWorld([
      Self.pipeline {
        $0.start = CivilTime(year: 2013, month: 1, day: 12)
        $0.end = CivilTime(year: 2013, month: 1, day: 14)
      }
    ])
    _ = world.tick(at: Self.at(12))
    for day in 11...20 {
      _ = world.tick(at: Self.at(6, day: day))
      world.finish()
    }
    #expect(world.ledgerByPartition == ["run 12", "run 13"])
    #expect(world.scheduler.nextTick == nil)
  }

  @Test func `where the wall clock is put back nothing fires again`() {
    var world = PlanningWorld([Self.pipeline()])
    _ = world.tick(at: Self.at(5))
    #expect(world.tick(at: Self.at(6)) == ["run 2013-01-09"])
    #expect(world.tick(at: Self.at(5)) == [])
    #expect(world.tick(at: Self.at(6)) == [])
  }

  @Test func `a partition that is made, or was, is not made by a tick again`() {
    var world = PlanningWorld([Self.pipeline("0 6,7,8 * * *")])
    _ = world.tick(at: Self.at(5))
    #expect(world.tick(at: Self.at(6)) == ["run 2013-01-09"])
    #expect(world.tick(at: Self.at(7)) == ["skipped same_partition"])
    world.finish()
    #expect(world.tick(at: Self.at(8), made: ["2013-01-09"]) == ["skipped same_partition"])
  }

  @Test(arguments: [
    (Schedule.WhenFull.queue, ["run", "run"], 0), (.skip, ["run", "skipped full"], 0),
    (.cancelRunning, ["run", "run"], 1),
  ])
  func `a tick finds as many runs active as may be`(
    whenFull: Schedule.WhenFull, expected: [String], cancelled: Int
  ) {
    var world = PlanningWorld([Self.pipeline("*/10 * * * *", grain: nil) { $0.schedule?.whenFull = whenFull }]
    )
    _ = world.tick(at: Self.at(5))
    let seen = world.tick(at: Self.at(5, 10)) + world.tick(at: Self.at(5, 20))
    #expect(seen == expected)
    #expect(world.stops.count == cancelled)
  }

  @Test func `an edited schedule counts from the edit`() {
    var world = PlanningWorld([Self.pipeline()])
    _ = world.tick(at: Self.at(5))
    world.release([Self.pipeline("0 7 * * *")])
    #expect(world.tick(at: Self.at(12, day: 13)) == [])
    #expect(world.tick(at: Self.at(7, day: 14)) == ["run 2013-01-13"])
  }

  @Test func `an edit of the calendar is an edit of the schedule, and another spelling of it is none`() {
    func calendar(_ path: String, _ days: Int64...) -> (inout Pipeline) -> Void {
      { $0.schedule?.calendar = ScheduleCalendar(path: path, excluded: Set(days)) }
    }
    let eleventh = Self.at(0, day: 11).seconds / 86_400
    var world = PlanningWorld([Self.pipeline(edit: calendar("us.txt", eleventh))])
    _ = world.tick(at: Self.at(5))
    world.release([Self.pipeline(edit: calendar("uk.txt", eleventh))])
    #expect(world.tick(at: Self.at(12, day: 12)) == ["missed overtaken", "run 2013-01-11"])
    world.release([Self.pipeline(edit: calendar("uk.txt", eleventh, eleventh + 2))])
    #expect(world.tick(at: Self.at(12, day: 15)) == [])
    #expect(world.tick(at: Self.at(6, day: 16)) == ["run 2013-01-15"])
  }

  @Test func `what does not change the ticks is no edit of the schedule`() {
    var world = PlanningWorld([Self.pipeline()])
    _ = world.tick(at: Self.at(5))
    world.release([Self.pipeline { $0.schedule?.catchup = .none }])
    #expect(world.tick(at: Self.at(6)) == ["run 2013-01-09"])
  }

  @Test func `a schedule that is taken away ticks no more, and is new when it comes back`() {
    var world = PlanningWorld([Self.pipeline()])
    _ = world.tick(at: Self.at(5))
    world.release([Self.pipeline { $0.schedule = nil }])
    #expect(world.tick(at: Self.at(12)) == [])
    #expect(world.changes.contains { if case .unscheduled = $0 { true } else { false } })
    world.release([Self.pipeline()])
    #expect(world.tick(at: Self.at(12, day: 12)) == [])
    #expect(world.tick(at: Self.at(6, day: 13)) == ["run 2013-01-12"])
  }

  @Test(arguments: [false, true]) func `what is in the ledger stays decided when a schedule comes back`(
    restarts: Bool
  ) {
    let pipeline = Self.pipeline { $0.start = CivilTime(year: 2013, month: 1, day: 5) }
    var world = PlanningWorld([pipeline])
    _ = world.tick(at: Self.at(12, day: 8))
    let decided = world.ledger.count
    #expect(decided > 0)
    world.release([Self.pipeline { $0.schedule = nil }])
    _ = world.tick(at: Self.at(13, day: 8))
    if restarts { world.restart() }
    world.release([pipeline])
    #expect(world.tick(at: Self.at(14, day: 8)) == [])
    #expect(world.ledger.count == decided)
  }

  @Test func `what is counted is not counted again by an edit while the wall clock is put back`() {
    var world = PlanningWorld([Self.pipeline()])
    _ = world.tick(at: Self.at(5))
    #expect(world.tick(at: Self.at(6)) == ["run 2013-01-09"])
    world.finish()
    _ = world.tick(at: Self.at(1))
    world.release([Self.pipeline("0 6,7 * * *")])
    #expect(world.tick(at: Self.at(1)) == [])
    #expect(world.tick(at: Self.at(6)) == [])
    #expect(world.tick(at: Self.at(7, day: 11)).last == "run 2013-01-10")
  }

  @Test func `a pipeline that is not found among mistakes stands still, and is no other one's schedule`() {
    var other = Self.pipeline()
    other.name = PipelineName(domain: "d", name: "a")
    other.schedule = nil
    var world = PlanningWorld([other, Self.pipeline()])
    _ = world.tick(at: Self.at(5))
    world.release([other], isWhole: false)
    #expect(world.tick(at: Self.at(12)) == [])
    #expect(!world.changes.contains { if case .unscheduled = $0 { true } else { false } })
    world.release([other, Self.pipeline()])
    #expect(world.tick(at: Self.at(12, day: 12)) == ["missed overtaken", "run 2013-01-11"])
  }

  @Test func `a tick that nobody can answer is asked for again`() {
    var world = PlanningWorld([Self.pipeline()])
    _ = world.tick(at: Self.at(5))
    for tick in world.scheduler.dueTicks(at: Self.at(6)) { world.scheduler.postpone(tick, to: Self.at(6, 1)) }
    #expect(world.scheduler.nextTick == Self.at(6, 1))
    #expect(world.tick(at: Self.at(6)) == [])
    #expect(world.tick(at: Self.at(6, 1)) == ["run 2013-01-09"])
  }

  @Test func `the schedule of a pipeline with mistakes stands still until they are mended`() {
    var world = PlanningWorld([Self.pipeline()])
    _ = world.tick(at: Self.at(5))
    world.release([Self.pipeline()], broken: [0])
    #expect(world.tick(at: Self.at(12)) == [])
    world.release([Self.pipeline()])
    #expect(world.tick(at: Self.at(12, day: 12)) == ["missed overtaken", "run 2013-01-11"])
  }
}

extension PlanningWorld {
  /// Lets the ticks of a moment happen; what became of them, in order.
  ///
  /// - Parameter made: partitions of which the record says that they are there.
  mutating func tick(at wall: Instant, made: Set<String> = []) -> [String] {
    now = wall
    let before = ledger.count
    while true {
      let due = scheduler.dueTicks(at: wall)
      if due.isEmpty { break }
      for tick in due {
        if let key = tick.partition?.key, made.contains(key) {
          scheduler.handle(.tick(TickAnswer(tick, refusal: Reason("same_partition", "made"))), at: now)
        } else {
          let run = RunRequest(pipeline: tick.pipeline, partition: tick.partition, cause: .schedule)
          scheduler.handle(.tick(TickAnswer(tick, runs: [run])), at: now)
        }
      }
    }
    decide()
    return ledger.dropFirst(before).map { tick in
      let run = tick.outcome.run.flatMap { id in created.first { $0.id == id }?.partition?.key }
      return [tick.outcome.word, tick.outcome.reason?.code ?? run].compactMap(\.self).joined(
        separator: " ")
    }
  }

  var ledger: [TickRecord] { changes.compactMap { if case .ticked(let tick) = $0 { tick } else { nil } } }
  var created: [RunRecord] { changes.compactMap { if case .runCreated(let run) = $0 { run } else { nil } } }
  var causes: [RunCause] { created.map(\.cause) }

  /// The ledger with the days of January whose partitions the ticks were for.
  var ledgerByPartition: [String] {
    ledger.map { tick in
      let days = [tick.at, tick.through].map { CivilTime(secondsSinceEpoch: $0.seconds).day - 1 }
      return tick.outcome.word + (days[0] == days[1] ? " \(days[0])" : " \(days[0])..\(days[1])")
    }
  }

  /// Another release of the one domain.
  mutating func release(_ pipelines: [Pipeline], broken: Set<Int> = [], isWhole: Bool = true) {
    let other = PlanningWorld(pipelines).release
    latest = Release(id: nextRelease, mesh: other.mesh, graph: other.graph, broken: broken, isWhole: isWhole)
    send(.release(latest))
    nextRelease += 1
  }
}
