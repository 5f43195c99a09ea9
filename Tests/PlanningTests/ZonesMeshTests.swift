import Basics
import Diagnostics
import Foundation
import MeshModel
import Planning
import Testing
import Timetables

/// Hours, days, weeks and months of three zones that read each other, by the real scheduler on a virtual
/// clock, over changes of all three clocks. What is right is told by `WallCalendar`, which shares no code
/// with what is tested.
@Suite struct ZonesMeshTests {
  /// The last is half an hour off the others.
  static let zones = ["ny": "America/New_York", "berlin": "Europe/Berlin", "adelaide": "Australia/Adelaide"]
  static let order = ["ny", "berlin", "adelaide"]

  @Test(arguments: [
    CivilTime(year: 2024, month: 2, day: 26), CivilTime(year: 2024, month: 9, day: 30),
  ])
  func `every interval is right, no key comes twice, and no reader waits longer than for its data`(
    monday: CivilTime
  ) throws {
    var world = ZonesWorld(Self.mesh(from: monday))
    let start = monday.secondsSinceEpoch - 5 * 86_400
    world.run(from: start, through: start + 50 * 86_400 + 43_200)
    #expect(world.unfinished.isEmpty)
    #expect(world.refused.isEmpty)
    var intervals: [String: [PartitionInterval]] = [:]
    for zone in Self.order {
      let calendar = try WallCalendar(
        Self.zones[zone] ?? "", from: start - 40 * 86_400, through: start + 90 * 86_400)
      for (grain, dataset) in [
        (Grain.hourly, "hours"), (.daily, "days"), (.weekly, "weeks"), (.monthly, "months"),
      ] {
        let name = "\(dataset)_\(zone)"
        let all = calendar.periods(grain)
        let made = world.made(name)
        let begin = try #require(made.first, "\(name)")
        let expected = all.filter { $0.start >= begin.start && $0.end <= (made.last ?? begin).end }
        #expect(made == expected, "\(name)")
        #expect(Set(made.map(\.key)).count == made.count, "\(name)")
        #expect(made.count >= Self.fewest[grain] ?? 0, "\(name): \(made.count)")
        intervals[name] = all
      }
    }
    try expectReads(world, intervals)
  }

  static let fewest: [Grain: Int] = [.hourly: 1080, .daily: 45, .weekly: 6, .monthly: 1]

  /// Each attempt read exactly the partitions that share a moment with its interval, and began in the moment
  /// in which the last of them was there and its own tick was due.
  private func expectReads(_ world: ZonesWorld, _ intervals: [String: [PartitionInterval]]) throws {
    var waited = 0
    for attempt in world.attempts {
      let run = try #require(world.runs[attempt.run])
      let partition = try #require(run.partition)
      var expected: Set<String> = []
      for (dataset, read) in Self.reads(of: run.pipeline.name) {
        let all = try #require(intervals[dataset])
        switch read {
        case .cover: expected.formUnion(Self.keys(of: dataset, all, covering: partition))
        case .key: expected.insert("d.\(dataset)@\(partition.key)")
        case .weekBefore:
          let own = try #require(intervals["days_" + Self.zone(of: run.pipeline.name)])
          let place = try #require(own.firstIndex(of: partition))
          expected.formUnion(Self.keys(of: dataset, all, covering: own[place - 7]))
        }
      }
      let found = Set(attempt.inputs.map { "\($0.dataset)@\($0.partition)" })
      #expect(found == expected, "\(run.pipeline)@\(partition.key)")
      let published = try attempt.inputs.map { input in
        try #require(world.published["\(input.dataset)@\(input.partition)"])
      }
      let ready = max(run.createdAt, published.max() ?? run.createdAt)
      #expect(attempt.at == ready, "\(run.pipeline)@\(partition.key)")
      if ready > run.createdAt { waited += 1 }
    }
    #expect(waited > 50)
  }

  /// Those that share a moment with a period, of all in order.
  private static func keys(
    of dataset: String, _ all: [PartitionInterval], covering period: PartitionInterval
  ) -> [String] {
    var (low, high) = (0, all.count)
    while low < high {
      let middle = (low + high) / 2
      if all[middle].end > period.start { high = middle } else { low = middle + 1 }
    }
    return all[low...].prefix { $0.start < period.end }.map { "d.\(dataset)@\($0.key)" }
  }

  enum Read { case cover, key, weekBefore }

  static func zone(of pipeline: String) -> String { String(pipeline.split(separator: "_").last ?? "") }

  /// What a pipeline reads: `weeks_ny` the days of all zones and the weeks of the zones before it.
  static func reads(of pipeline: String) -> [(dataset: String, Read)] {
    let zone = zone(of: pipeline)
    let earlier = order.prefix { $0 != zone }
    switch pipeline.split(separator: "_").first {
    case "hours": return earlier.map { ("hours_\($0)", .cover) }
    case "days": return order.map { ("hours_\($0)", .cover) }
    case "weeks": return order.map { ("days_\($0)", .cover) } + earlier.map { ("weeks_\($0)", .key) }
    case "months": return order.flatMap { [("days_\($0)", .cover), ("weeks_\($0)", .cover)] }
    default: return order.map { ("weeks_\($0)", .weekBefore) }
    }
  }

  /// Each dataset begins somewhat later than what it reads.
  static func mesh(from monday: CivilTime) -> [Pipeline] {
    let crons = [
      "hours": ["0 * * * *", "*/60 * * * *", "59 * * * *"],
      "days": ["30 2 * * *", "5 0 * * *", "30 1 * * *"],
      "weeks": ["0 0 * * 1", "30 2 * * 0,1", "0 3 * * mon"],
      "months": ["0 6 1 * *", "0 0 1 * *", "15 0 1-3 * *"],
      "plans": ["0 9 * * *", "30 2 * * *", "0 0 * * *"],
    ]
    func day(_ count: Int64) -> CivilTime {
      CivilTime(secondsSinceEpoch: monday.secondsSinceEpoch + count * 86_400)
    }
    let kinds: [(String, Grain, CivilTime)] = [
      ("hours", .hourly, day(-5)), ("days", .daily, day(-2)), ("weeks", .weekly, day(0)),
      ("months", .monthly, day(1)), ("plans", .daily, day(8)),
    ]
    return kinds.flatMap { kind, grain, start in
      order.enumerated().map { place, zone in
        let name = "\(kind)_\(zone)"
        var pipeline = DataReadinessTests.pipeline("d/\(name)", grain, writes: ["d.\(name)"])
        pipeline.tasks[0].reads = reads(of: name).map { dataset, terms in
          var read = ReadDeclaration(
            dataset: DataReadinessTests.dataset("d.\(dataset)"), position: PlanningWorld.nowhere)
          // Equal grains meet by key: hours of other zones are read by time.
          if kind == "hours" { read.window = .seconds(3600) }
          if terms == .weekBefore { read.offset = -7 }
          return read
        }
        pipeline.timezone = zones[zone] ?? ""
        // Hours of the later zones read those of the earlier ones.
        pipeline.start = kind == "hours" ? day(Int64(place) - 5) : start
        pipeline.maxActiveRuns = 20
        var schedule = Schedule(
          trigger: .cron(Located(crons[kind]?[place] ?? "", at: PlanningWorld.nowhere)),
          position: PlanningWorld.nowhere)
        schedule.catchup = .all
        pipeline.schedule = schedule
        return pipeline
      }
    }
  }
}
