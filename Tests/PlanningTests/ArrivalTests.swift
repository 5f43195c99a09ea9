import Basics
import Diagnostics
import MeshModel
import Planning
import Testing
import Timetables

/// Runs by data. An hourly or daily `d/source` makes `d.source`, a daily `d/reader` reads it.
@Suite struct ArrivalTests {
  static let day = "2013-01-09"
  static let hours = (0...23).map { "2013-01-09T\($0 < 10 ? "0" : "")\($0):00" }

  /// The hours in another order.
  static func mixed(_ seed: UInt64) -> [String] {
    var chance = SeededGenerator(seed: seed)
    return hours.shuffled(using: &chance)
  }

  static func source(
    _ grain: Grain? = .hourly, name: String = "source", edit: (inout Pipeline) -> Void = { _ in }
  ) -> Pipeline {
    var pipeline = Pipeline.sketch("d/\(name)", ["make"]) {
      $0.writes = [
        WriteDeclaration(dataset: DatasetName(domain: "d", name: name), position: PlanningWorld.nowhere)
      ]
    }
    pipeline.grain = grain
    edit(&pipeline)
    return pipeline
  }

  /// Makes a partition of the source while others stay at work.
  private static func renew(_ world: inout PlanningWorld, _ key: String, _ grain: Grain = .daily) {
    world.run("d/source", partition: try? PartitionCalendar(grain: grain, zone: .utc).partition(key: key))
    world.end("make")
  }

  static func reader(
    of sources: [String] = ["source"], _ grain: Grain? = .daily, any: Bool? = nil,
    refresh: DataTrigger.Refresh = .none, edit: (inout Pipeline) -> Void = { _ in },
    terms: (inout ReadDeclaration) -> Void = { _ in }
  ) -> Pipeline {
    let names = sources.map { DatasetName(domain: "d", name: $0) }
    var pipeline = Pipeline.sketch("d/reader", ["read"]) {
      $0.reads = names.map { name in
        var read = ReadDeclaration(dataset: name, position: PlanningWorld.nowhere)
        terms(&read)
        return read
      }
    }
    pipeline.grain = grain
    let located = names.map { Located($0, at: PlanningWorld.nowhere) }
    pipeline.dataTrigger = DataTrigger(
      watched: any.map { $0 ? .any(located) : .all(located) } ?? .inputs, refresh: refresh,
      position: PlanningWorld.nowhere)
    edit(&pipeline)
    return pipeline
  }

  /// A world in which a daemon has taken up the triggers.
  static func world(_ pipelines: [Pipeline]) -> PlanningWorld {
    var world = PlanningWorld(pipelines, waitsForData: true)
    world.arrive()
    return world
  }

  @Test(arguments: [Array(hours), hours.reversed(), mixed(1), mixed(2)])
  func `a day is due once each of its hours is there, in whatever order they come`(order: [String]) {
    var world = Self.world([Self.source(), Self.reader()])
    for hour in order.dropLast() {
      world.make("d/source", hour)
      #expect(world.arrive() == [])
    }
    world.make("d/source", order[23])
    #expect(world.arrive() == ["run 2013-01-09"])
    #expect(world.arrivals.last?.because.map(\.partition) == [order[23]])
    #expect(world.created.last?.cause == .data)
    #expect(world.running == ["read"])
    world.finish()
    #expect(world.arrive() == [])
  }

  @Test func `each hour of a day is due by the day`() {
    var world = Self.world([Self.source(.daily), Self.reader(.hourly)])
    world.make("d/source", Self.day)
    #expect(world.arrive() == Self.hours.map { "run \($0)" })
  }

  @Test func `a year makes its hours due, so many at a time`() {
    var world = Self.world([Self.source(.yearly), Self.reader(.hourly) { $0.maxActiveRuns = 1 }])
    world.make("d/source", "2013")
    #expect(world.arrive().count == 8760)
    #expect(Set(world.arrivals.map { $0.partition?.key }).count == 8760)
  }

  @Test func `what is covered by a skip counts as there`() {
    var world = Self.world([Self.source(.daily), Self.reader()])
    world.run(
      "d/source", partition: try? PartitionCalendar(grain: .daily, zone: .utc).partition(key: Self.day))
    world.end("make", .skipped)
    #expect(world.arrive() == ["run 2013-01-09"])
    #expect(world.arrivals.last?.because.map(\.version) == [0])
  }

  @Test func `a partition that nobody made, and that its reader may do without, holds nothing up`() {
    var world = Self.world([
      Self.source(.daily), Self.source(.daily, name: "other"),
      Self.reader(
        of: ["source", "other"], terms: { if $0.dataset.name == "other" { $0.onMissing = .ignore } }),
    ])
    world.make("d/source", Self.day)
    #expect(world.arrive() == ["run 2013-01-09"])
  }

  @Test func `a partition that may still come holds its reader up until it cannot`() {
    let other = Self.source(.daily, name: "other") {
      $0.schedule = Schedule(
        trigger: .cron(Located("0 6 * * *", at: PlanningWorld.nowhere)), position: PlanningWorld.nowhere)
    }
    let reader = Self.reader(
      of: ["source", "other"], terms: { if $0.dataset.name == "other" { $0.onMissing = .ignore } })
    var world = PlanningWorld([Self.source(.daily), other, reader], waitsForData: true)
    world.now = ScheduleTests.at(1)
    world.arrive()
    world.make("d/source", Self.day)
    #expect(world.arrive() == [])
    #expect(world.tick(at: ScheduleTests.at(6)) == ["run 2013-01-09"])
    #expect(world.arrive() == [])
    world.end("make", .failed())
    #expect(world.arrive() == ["run 2013-01-09"])
  }

  @Test func `a window and an offset are read backwards`() {
    var world = Self.world([Self.source(.daily), Self.reader(terms: { $0.window = .seconds(2 * 86_400) })])
    for day in 7...9 { world.make("d/source", "2013-01-0\(day)") }
    #expect(world.arrive() == ["run 2013-01-08", "run 2013-01-09"])

    world = Self.world([Self.source(.daily), Self.reader(terms: { $0.offset = -1 })])
    world.make("d/source", Self.day)
    #expect(world.arrive() == ["run 2013-01-10"])
  }

  @Test func `all of a list must be there, or any of it`() {
    let sources = [Self.source(.daily), Self.source(.daily, name: "other")]
    var world = Self.world(sources + [Self.reader(of: ["source", "other"], any: false)])
    world.make("d/source", Self.day)
    #expect(world.arrive() == [])
    world.make("d/other", Self.day)
    #expect(world.arrive() == ["run 2013-01-09"])

    world = Self.world(sources + [Self.reader(of: ["source", "other"], any: true)])
    world.make("d/source", Self.day)
    #expect(world.arrive() == ["run 2013-01-09"])
    world.make("d/other", Self.day)
    #expect(world.arrive() == [])
  }

  @Test func `what was there before the trigger makes nothing due`() {
    var world = PlanningWorld([Self.source(.daily), Self.reader()], waitsForData: true)
    world.make("d/source", Self.day)
    #expect(world.arrive() == [])
    world.make("d/source", "2013-01-10")
    #expect(world.arrive() == ["run 2013-01-10"])
  }

  @Test func `an edited trigger counts from the edit, an untouched one goes on`() {
    var world = Self.world([Self.source(.daily), Self.reader()])
    world.make("d/source", Self.day)
    world.release([Self.source(.daily), Self.reader { $0.priority = 3 }])
    #expect(world.arrive() == ["run 2013-01-09"])
    world.make("d/source", "2013-01-10")
    world.release([Self.source(.daily), Self.reader(terms: { $0.window = .seconds(86_400 * 2) })])
    #expect(world.arrive() == [])
    world.make("d/source", "2013-01-11")
    #expect(world.arrive() == ["run 2013-01-11"])
  }

  @Test func `data that comes while a pipeline has mistakes is looked at once they are mended`() {
    let pipelines = [Self.source(.daily), Self.reader()]
    var world = Self.world(pipelines)
    world.release(pipelines, broken: [0])
    world.make("d/source", Self.day)
    #expect(world.arrive() == [])
    world.release(pipelines)
    #expect(world.arrive() == ["run 2013-01-09"])
  }

  @Test func `a trigger that goes and comes back counts anew`() {
    var world = Self.world([Self.source(.daily), Self.reader()])
    world.release([Self.source(.daily), Self.reader { $0.dataTrigger = nil }])
    world.make("d/source", Self.day)
    world.arrive()
    world.release([Self.source(.daily), Self.reader()])
    #expect(world.arrive() == [])
  }

  @Test func `nothing is lost over a restart between the data and its run`() {
    var world = Self.world([Self.source(), Self.reader()])
    for hour in Self.hours.dropLast() { world.make("d/source", hour) }
    world.arrive()
    world.make("d/source", Self.hours[23])
    world.restart()
    #expect(world.arrive() == ["run 2013-01-09"])
    world.restart()
    #expect(world.arrive() == [])
    world.finish()
    world.restart()
    #expect(world.arrive() == [])
  }

  @Test func `what comes during a pause is due when it is over, also after a restart`() {
    var world = Self.world([Self.source(.daily), Self.reader()])
    let pipeline = PauseTarget.pipeline(PipelineName(domain: "d", name: "reader"))
    world.send(.pause(pipeline))
    world.make("d/source", Self.day)
    #expect(world.arrive() == [])
    world.restart()
    #expect(world.arrive() == [])
    world.send(.resume(pipeline))
    #expect(world.arrive() == ["run 2013-01-09"])
  }

  @Test func `a partition that has a run is not made twice`() {
    var world = Self.world([Self.source(.daily), Self.reader()])
    let day = try? PartitionCalendar(grain: .daily, zone: .utc).partition(key: Self.day)
    world.run("d/reader", partition: day)
    world.make("d/source", Self.day)
    #expect(world.arrive() == ["skipped same_partition 2013-01-09"])
    #expect(world.created.count == 2)
    world.finish()
    world.make("d/source", Self.day)
    #expect(world.arrive() == [])
  }

  @Test func `a partition that failed before its data was there is made`() {
    var world = Self.world([Self.source(.daily), Self.reader()])
    let day = try? PartitionCalendar(grain: .daily, zone: .utc).partition(key: Self.day)
    world.run("d/reader", partition: day)
    world.pass(.seconds(8 * 86_400))
    #expect(world.runState(1) == .failed)
    world.make("d/source", Self.day)
    #expect(world.arrive() == ["run 2013-01-09"])
  }

  @Test func `late data makes a partition again only where that is asked for`() {
    for (refresh, expected) in [(DataTrigger.Refresh.none, [String]()), (.auto, ["run 2013-01-09"])] {
      var world = Self.world([Self.source(.daily), Self.reader(refresh: refresh)])
      world.make("d/source", Self.day)
      world.arrive()
      world.finish()
      world.make("d/source", Self.day)
      #expect(world.arrive() == expected)
      world.finish()
      world.restart()
      #expect(world.arrive() == [])
    }
  }

  @Test func `late data that comes while the partition is made is owed once, also over a restart`() {
    var world = Self.world([Self.source(), Self.reader(refresh: .auto)])
    for hour in Self.hours { world.make("d/source", hour) }
    #expect(world.arrive() == ["run 2013-01-09"])
    // The reader runs; three of its hours are made again.
    let reading = world.live[0]
    for hour in Self.hours.prefix(3) {
      Self.renew(&world, hour, .hourly)
    }
    #expect(world.arrive() == [])
    world.restart()
    #expect(world.arrive() == [])
    world.end(reading)
    #expect(world.arrive() == ["run 2013-01-09"])
    world.finish()
    #expect(world.arrive() == [])
  }

  @Test func `what is owed after a live run is due as soon as that is cancelled`() {
    var world = Self.world([Self.source(.daily), Self.reader(refresh: .auto)])
    world.make("d/source", Self.day)
    #expect(world.arrive() == ["run 2013-01-09"])
    let reading = world.live[0]
    Self.renew(&world, Self.day)
    #expect(world.arrive() == [])
    // Its task is told to stop, and takes its time.
    world.send(.cancel(reading.id.instance.run))
    #expect(world.arrive() == ["run 2013-01-09"])
  }

  @Test func `what was decided is not decided again when it is looked at once more`() {
    let sources = [Self.source(.daily), Self.source(nil, name: "other")]
    var world = Self.world(sources + [Self.reader(of: ["source", "other"], any: false, refresh: .auto)])
    world.make("d/other")
    // The 8th waits for nothing that is published any more, and what it waits for is held.
    world.make("d/source", Self.day)
    #expect(world.arrive(at: ScheduleTests.at(5)) == ["run 2013-01-09"])
    world.end("read", .failed())
    world.restart()
    #expect(world.arrive(at: ScheduleTests.at(5)) == [])
  }

  @Test func `an input that lacks something renews nothing that another made due, whenever it is looked at`()
  {
    let sources = [Self.source(.daily), Self.source(.daily, name: "other")]
    let reader = Self.reader(
      of: ["source", "other"], any: true, refresh: .auto,
      terms: {
        if $0.dataset.name == "other" { $0.window = .seconds(2 * 86_400) }
      })
    var world = Self.world(sources + [reader])
    let name = PipelineName(domain: "d", name: "reader")
    world.send(.pause(.pipeline(name)))
    world.make("d/source", Self.day)
    world.make("d/other", Self.day)
    #expect(world.arrive() == [])
    world.send(.resume(.pipeline(name)))
    #expect(world.arrive() == ["run 2013-01-09"])
    #expect(world.arrivals.last?.because.map(\.dataset.name) == ["source"])
    world.finish()
    // With the day before it is whole.
    world.make("d/other", "2013-01-08")
    #expect(world.arrive().count == 1)
    #expect(world.arrivals.last?.because.map(\.partition) == ["2013-01-08"])
  }

  @Test func `a run that has yet to read what came is all that is owed`() {
    let reader = Self.reader(refresh: .auto) { $0.maxActiveRuns = 1 }
    var world = Self.world([Self.source(.daily), reader])
    world.make("d/source", "2013-01-08")
    world.arrive()
    Self.renew(&world, Self.day)
    #expect(world.arrive() == ["run 2013-01-09"])
    Self.renew(&world, Self.day)
    // The run of the 9th is queued behind that of the 8th.
    #expect(world.arrive() == ["skipped same_partition 2013-01-09"])
  }

  @Test func `without partitions there is one run for all that came since the last`() {
    let sources = [Self.source(.daily), Self.source(.daily, name: "other")]
    var world = Self.world(sources + [Self.reader(of: ["source", "other"], nil)])
    for day in 1...3 { world.make("d/source", "2013-01-0\(day)") }
    #expect(world.arrive() == [])
    world.restart()
    #expect(world.arrive() == [])
    world.make("d/other", Self.day)
    #expect(world.arrive() == ["run"])
    #expect(world.arrivals.last?.because.count == 4)
    // It runs; what comes meanwhile is for one more.
    let reading = world.live[0]
    for day in 4...5 {
      for name in ["d/source", "d/other"] {
        world.run(
          name, partition: try? PartitionCalendar(grain: .daily, zone: .utc).partition(key: "2013-01-0\(day)")
        )
        world.end("make")
      }
    }
    #expect(world.arrive() == [])
    world.end(reading)
    #expect(world.arrive() == ["run"])
    world.finish()
    #expect(world.arrive() == [])
  }

  @Test func `data without partitions stands for the latest partition that is over`() {
    var world = Self.world([Self.source(nil), Self.reader()])
    world.make("d/source")
    #expect(world.arrive(at: ScheduleTests.at(5)) == ["run 2013-01-09"])
  }

  @Test func `a partition that waited for data without partitions is due once there is any`() {
    let sources = [Self.source(.daily), Self.source(nil, name: "other")]
    var world = Self.world(sources + [Self.reader(of: ["source", "other"]) { $0.maxActiveRuns = 9 }])
    for day in 5...6 { world.make("d/source", "2013-01-0\(day)") }
    #expect(world.arrive() == [])
    world.make("d/other")
    #expect(world.arrive(at: ScheduleTests.at(5)) == ["run 2013-01-05", "run 2013-01-06"])
  }

  @Test func `nothing outside of the pipeline's bounds is due`() {
    let reader = Self.reader {
      $0.start = CivilTime(year: 2013, month: 1, day: 9)
      $0.end = CivilTime(year: 2013, month: 1, day: 10)
    }
    var world = Self.world([Self.source(.daily), reader])
    for day in ["2013-01-08", "2013-01-09", "2013-01-10"] { world.make("d/source", day) }
    #expect(world.arrive() == ["run 2013-01-09"])
  }

  @Test(arguments: [
    (Schedule.WhenFull.queue, ["run 2013-01-09"]), (.skip, ["skipped full 2013-01-09"]),
    (.cancelRunning, ["run 2013-01-09"]),
  ])
  func `when as many runs are live as may be, the schedule says what becomes of more`(
    whenFull: Schedule.WhenFull, expected: [String]
  ) {
    let reader = Self.reader { $0.dataTrigger?.whenFull = whenFull }
    var world = Self.world([Self.source(.daily), reader])
    world.make("d/source", "2013-01-08")
    world.arrive()
    Self.renew(&world, Self.day)
    #expect(world.arrive() == expected)
    #expect((world.stops.count == 1) == (whenFull == .cancelRunning))
  }

  @Test(arguments: [Schedule.WhenFull.skip, .cancelRunning])
  func `what is being cancelled takes no place from what is owed`(whenFull: Schedule.WhenFull) {
    let reader = Self.reader(refresh: .auto) {
      $0.dataTrigger?.whenFull = whenFull
      $0.maxActiveRuns = 2
    }
    var world = Self.world([Self.source(.daily), reader])
    world.make("d/source", "2013-01-08")
    world.arrive()
    let first = world.live[0].id.instance.run
    for (day, expected) in [("2013-01-08", []), ("2013-01-09", ["run 2013-01-09"])] {
      Self.renew(&world, day)
      #expect(world.arrive() == expected)
    }
    // The first run's task takes its time to stop, and the second one's works.
    world.send(.cancel(first))
    #expect(world.arrive() == ["run 2013-01-08"])
    #expect(world.stops.count == 1)
  }

  @Test func `what no record could be asked about is asked again`() {
    var world = Self.world([Self.source(.daily), Self.reader()])
    world.make("d/source", Self.day)
    for _ in 0..<2 {
      for question in world.scheduler.arrivalQuestions(at: world.now) {
        world.scheduler.postpone(question, by: .seconds(5), at: world.now)
      }
      #expect(!world.scheduler.hasArrivals)
      world.pass(.seconds(5))
    }
    #expect(world.arrive() == ["run 2013-01-09"])
  }
}
