import Basics
import MeshModel
import Testing

@testable import Timetables

/// What holds of every calendar, tried where the clock changes and at moments drawn by chance.
@Suite struct PartitionLawTests {
  @Test func `partitions tile time, and a key leads back to its partition`() throws {
    var chance = SeededGenerator(seed: 1)
    for zone in try ZoneSample.zones(stride: 15) {
      let changes = ZoneSample.transitions(of: zone, count: 3, using: &chance).map(\.start)
      let moments =
        changes.flatMap { [$0 - 1, $0, $0 + Int64.random(in: -90_000...90_000, using: &chance)] }
        + [Int64.random(in: -62_000_000_000...250_000_000_000, using: &chance)]
      for grain in Grain.allCases {
        let calendar = PartitionCalendar(grain: grain, zone: zone)
        for moment in moments { try expectTiling(calendar, around: Instant(seconds: moment)) }
      }
    }
  }

  private func expectTiling(_ calendar: PartitionCalendar, around moment: Instant) throws {
    let place: Comment = "\(calendar.grain.rawValue) \(calendar.zone.name) \(moment.rfc3339)"
    let partition = calendar.partition(containing: moment)
    #expect(partition.start <= moment && moment < partition.end, place)
    let again = try calendar.partition(key: partition.key)
    #expect(again == partition, place)
    let next = try #require(calendar.next(after: partition), place)
    #expect(next.start == partition.end && next.key != partition.key, place)
    #expect(calendar.previous(before: next) == partition, place)
    #expect(calendar.partition(containing: partition.end - .milliseconds(1)) == partition, place)
    #expect(calendar.latestComplete(at: partition.end) == partition, place)
    #expect(
      calendar.latestComplete(at: partition.end - .milliseconds(1)) == calendar.previous(before: partition),
      place)
  }

  @Test func `a day is made of whole hours, and a week, a month, a year of whole days`() throws {
    var chance = SeededGenerator(seed: 2)
    for zone in try ZoneSample.zones(stride: 60) {
      for change in ZoneSample.transitions(of: zone, count: 2, using: &chance) {
        let hours = PartitionCalendar(grain: .hourly, zone: zone)
        let days = PartitionCalendar(grain: .daily, zone: zone)
        let day = days.partition(containing: Instant(seconds: change.start))
        let parts = hours.covering(start: day.start, end: day.end)
        #expect(parts == hours.within(start: day.start, end: day.end), "\(zone.name) \(day.key)")
        #expect(parts.first?.start == day.start && parts.last?.end == day.end, "\(zone.name) \(day.key)")
        for grain in [Grain.weekly, .monthly] {
          let period = PartitionCalendar(grain: grain, zone: zone).partition(containing: day.start)
          let parts = days.covering(start: period.start, end: period.end)
          #expect(parts == days.within(start: period.start, end: period.end), "\(zone.name) \(period.key)")
        }
      }
    }
  }

  @Test func `the keys of a year are in order and none is missing`() throws {
    for (grain, count) in [(Grain.daily, 365), (.weekly, 52), (.monthly, 12), (.hourly, 8760)] {
      let calendar = PartitionCalendar(grain: grain, zone: try Zone(named: "America/New_York"))
      let year = try PartitionCalendar(grain: .yearly, zone: calendar.zone).partition(key: "2013")
      let keys = calendar.within(start: year.start, end: year.end).map(\.key)
      #expect(keys.count == (grain == .weekly ? 51 : count))
      #expect(calendar.covering(start: year.start, end: year.end).count == (grain == .weekly ? 53 : count))
      #expect(Set(keys).count == keys.count)
      #expect(keys == keys.sorted() || grain == .hourly)
    }
  }

  @Test func `moments outside the calendar belong to its first and last partitions`() throws {
    for name in ["UTC", "America/New_York", "Pacific/Apia"] {
      for grain in Grain.allCases {
        let calendar = PartitionCalendar(grain: grain, zone: try Zone(named: name))
        let first = calendar.partition(containing: Instant(milliseconds: .min))
        let last = calendar.partition(containing: Instant(milliseconds: .max))
        #expect(first.key.hasPrefix("0001") && last.key.hasPrefix("9999"))
        #expect(calendar.previous(before: first) == nil)
        #expect(calendar.next(after: last) == nil)
        #expect(try calendar.partition(key: first.key) == first)
        #expect(try calendar.partition(key: last.key) == last)
        #expect(calendar.latestComplete(at: Instant(milliseconds: .min)) == nil)
        for year in [-9999, -1, 0, 10_000, 99_999] {
          let moment = Instant(seconds: CivilTime(year: year, month: 7, day: 1).secondsSinceEpoch)
          #expect(calendar.partition(containing: moment) == (year < 1 ? first : last))
        }
      }
    }
  }
}
