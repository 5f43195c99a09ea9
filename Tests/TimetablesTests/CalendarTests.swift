import Basics
import Diagnostics
import MeshModel
import TestKit
import Testing

@testable import Timetables

/// Schedules with a calendar, against a plain walk over every day.
@Suite struct CalendarTests {
  private static func day(_ text: String) throws -> Int64 {
    try instant(text + "T00:00:00Z").seconds / 86_400
  }

  private static func timetable(
    _ cron: String, _ onExcluded: Schedule.OnExcluded, zone: Zone = .utc, weekdays: UInt8 = 0,
    excluded: [String] = [], added: [String] = []
  ) throws -> Timetable {
    let calendar = ScheduleCalendar(
      path: "us.txt", weekdays: weekdays, excluded: Set(try excluded.map(day)), added: try added.map(day))
    let days = CalendarDays(calendar, onExcluded: onExcluded)
    return .cron(try CronExpression(parsing: cron).keeping(days), zone: zone, gap: .after, fold: .first)
  }

  private static func ticks(_ timetable: Timetable, after moment: String, _ count: Int) throws -> [String] {
    var result: [String] = []
    var moment = try instant(moment)
    while result.count < count, let tick = timetable.next(after: moment) {
      result.append(String(tick.rfc3339.prefix(16)))
      moment = tick
    }
    return result
  }

  private static let weekend: UInt8 = 0b100_0001

  @Test(arguments: [
    (Schedule.OnExcluded.skip, ["2013-12-24", "2013-12-27", "2013-12-30"]),
    (.next, ["2013-12-24", "2013-12-27", "2013-12-30"]),
    (.previous, ["2013-12-24", "2013-12-27", "2013-12-30"]),
  ])
  func `a tick on a date that is left out is none, or joins the tick that is there already`(
    onExcluded: Schedule.OnExcluded, expected: [String]
  ) throws {
    let timetable = try Self.timetable(
      "0 6 * * *", onExcluded, weekdays: Self.weekend, excluded: ["2013-12-25", "2013-12-26"])
    #expect(
      try Self.ticks(timetable, after: "2013-12-23T12:00:00Z", 3) == expected.map { $0 + "T06:00" })
  }

  @Test(arguments: [
    (Schedule.OnExcluded.skip, ["2013-12-01", "2014-01-01"]), (.next, ["2013-12-01", "2013-12-16"]),
    (.previous, ["2013-12-01", "2013-12-13"]),
  ])
  func `a tick moves to the next or the previous date that is open`(
    onExcluded: Schedule.OnExcluded, expected: [String]
  ) throws {
    // 2013-12-15 is a Sunday.
    let timetable = try Self.timetable(
      "30 17 1,15 * *", onExcluded, weekdays: Self.weekend, added: ["2013-12-01"])
    #expect(
      try Self.ticks(timetable, after: "2013-11-30T00:00:00Z", 2) == expected.map { $0 + "T17:30" })
  }

  @Test func `an added date has the times of day of the cron whatever its day fields say`() throws {
    let timetable = try Self.timetable(
      "0,30 6,18 * 1 mon", .skip, weekdays: 0x7F, added: ["2013-12-25", "2013-12-28"])
    let times = ["06:00", "06:30", "18:00", "18:30"]
    #expect(
      try Self.ticks(timetable, after: "2000-01-01T00:00:00Z", 9)
        == ["2013-12-25T", "2013-12-28T"].flatMap { date in times.map { date + $0 } })
  }

  @Test func `ticks are those that a walk day by day finds`() throws {
    var chance = SeededGenerator(seed: 11)
    let zones = try ["UTC", "America/New_York", "Pacific/Apia"].map { try Zone(named: $0) }
    let crons = [
      "0 6 * * *", "0 6,18 1,15 * *", "30 12 * * mon-fri", "15 7 */3 * *", "0 6 29 2 *", "0 6 * 3 sun",
    ]
    for _ in 0..<(Sample.isWhole ? 200 : 60) {
      let begin = try Self.day("2011-11-01") + Int64.random(in: 0...200, using: &chance)
      func days(_ most: Int) -> [Int64] {
        (0..<Int.random(in: 0...most, using: &chance)).map { _ in
          begin + Int64.random(in: -20...100, using: &chance)
        }
      }
      let excluded = Set(days(40))
      let calendar = ScheduleCalendar(
        path: "", weekdays: [0, 0, 1, Self.weekend, 0b111_1101].randomElement(using: &chance) ?? 0,
        excluded: excluded, added: Set(days(3)).subtracting(excluded).sorted())
      let rule = CalendarDays(
        calendar, onExcluded: Schedule.OnExcluded.allCases.randomElement(using: &chance) ?? .skip)
      let zone = zones.randomElement(using: &chance) ?? .utc
      let plain = try CronExpression(parsing: crons.randomElement(using: &chance) ?? crons[0])
      let timetable = Timetable.cron(plain.keeping(rule), zone: zone, gap: .skip, fold: .first)
      let start = zone.firstInstant(reaching: CivilTime(daysSinceEpoch: begin)) - .milliseconds(1)
      let end = zone.firstInstant(reaching: CivilTime(daysSinceEpoch: begin + 80))
      let expected = Self.walk(plain, rule, zone, begin, begin + 80)
      var found: [Instant] = []
      var moment = start
      while let tick = timetable.next(after: moment), tick < end {
        found.append(tick)
        moment = tick
      }
      #expect(found == expected, "\(plain.text) \(rule) in \(zone.name)")
      #expect(timetable.last(notAfter: end - .milliseconds(1), after: start) == expected.last)
    }
  }

  /// The ticks of a stretch of days, each found by the words of the rule.
  private static func walk(
    _ cron: CronExpression, _ rule: CalendarDays, _ zone: Zone, _ first: Int64, _ end: Int64
  ) -> [Instant] {
    func isOpen(_ day: Int64) -> Bool {
      if rule.calendar.added.contains(day) { return true }
      let weekday = CivilTime(daysSinceEpoch: day).isoWeekday % 7
      return rule.calendar.weekdays & (1 << UInt8(weekday)) == 0 && !rule.calendar.excluded.contains(day)
    }
    var due = Set(rule.calendar.added)
    for day in first - 300..<end + 300 where cron.firstDay(from: day) == day {
      var target = day
      while !isOpen(target), rule.onExcluded != .skip { target += rule.onExcluded == .next ? 1 : -1 }
      if isOpen(target) { due.insert(target) }
    }
    return due.sorted().filter { (first..<end).contains($0) }.flatMap { day -> [Instant] in
      let date = CivilTime(daysSinceEpoch: day)
      return (0..<1440).compactMap { minute -> Instant? in
        guard cron.hours & (1 << UInt64(minute / 60)) != 0, cron.minutes & (1 << UInt64(minute % 60)) != 0
        else { return nil }
        let time = CivilTime(
          year: date.year, month: date.month, day: date.day, hour: minute / 60, minute: minute % 60)
        switch zone.instants(of: time) {
        case .unique(let moment), .fold(let moment, _): return moment
        default: return nil
        }
      }
    }
  }

  @Test func `a cron that follows real time leaves out whole dates of its zone`() throws {
    let zone = try Zone(named: "America/New_York")
    let timetable = try Self.timetable("*/30 * * * *", .skip, zone: zone, excluded: ["2013-12-25"])
    #expect(
      try Self.ticks(timetable, after: "2013-12-25T04:15:00Z", 2) == ["2013-12-25T04:30", "2013-12-26T05:00"])
  }

  @Test func `a steady rhythm leaves out whole dates of its zone`() throws {
    let zone = try Zone(named: "America/New_York")
    let calendar = ScheduleCalendar(path: "", excluded: [try Self.day("2013-12-25")])
    let timetable = Timetable.every(
      .seconds(3600), zone: zone, calendar: CalendarDays(calendar, onExcluded: .skip))
    #expect(
      try Self.ticks(timetable, after: "2013-12-25T03:15:00Z", 2) == ["2013-12-25T04:00", "2013-12-26T05:00"])
  }

  @Test(arguments: Schedule.OnExcluded.allCases)
  func `a calendar that leaves no tick answers at once`(onExcluded: Schedule.OnExcluded) throws {
    let never = try Self.timetable("0 6 * * *", onExcluded, weekdays: 0x7F)
    let moment = try instant("2013-01-01T00:00:00Z")
    #expect(never.next(after: moment) == nil)
    #expect(never.last(notAfter: moment, after: moment - .seconds(1 << 40)) == nil)
    let saturdays = try Self.timetable("0 6 * * sat", .skip, weekdays: 0b100_0000)
    #expect(saturdays.next(after: moment) == nil)
  }

  @Test func `a calendar that leaves no tick for years is told of`() throws {
    func drought(_ cron: String, _ calendar: ScheduleCalendar) throws -> CalendarDays.Drought? {
      CalendarDays(calendar, onExcluded: .skip).drought(of: try CronExpression(parsing: cron))
    }
    let christmas = try (2013...2020).map { try Self.day("\($0)-12-25") }
    #expect(
      try drought("0 6 25 12 *", ScheduleCalendar(path: "", excluded: Set(christmas)))
        == .init(
          from: CivilTime(year: 2013, month: 12, day: 25), to: CivilTime(year: 2021, month: 12, day: 25)))
    #expect(try drought("0 6 * * *", ScheduleCalendar(path: "", excluded: Set(christmas))) == nil)
    #expect(try drought("0 6 29 2 *", ScheduleCalendar(path: "", excluded: [christmas[0]])) == nil)
    #expect(try drought("0 6 * * sat", ScheduleCalendar(path: "", weekdays: 0x40))?.to == .some(nil))
  }

  @Test func `the last tick is found as fast after years without one`() throws {
    // Every minute, but for thirty years: from before them four million ticks would be walked over.
    let begin = try Self.day("2000-01-01")
    let calendar = ScheduleCalendar(path: "", excluded: Set(begin..<begin + 11_000))
    let timetable = Timetable.cron(
      try CronExpression(parsing: "* * * * *").keeping(CalendarDays(calendar, onExcluded: .skip)), zone: .utc,
      gap: .after, fold: .first)
    let found = timetable.last(
      notAfter: Instant(seconds: (begin + 10_000) * 86_400), after: Instant(seconds: 0))
    #expect(found == Instant(seconds: begin * 86_400 - 60))
  }

  @Test func `calendars with the same dates have the same rhythm, and others do not`() throws {
    let one = try Self.timetable("0 6 * * *", .skip, excluded: ["2013-12-25", "2013-12-26"])
    let other = try Self.timetable("0 6 * * *", .skip, excluded: ["2013-12-26", "2013-12-25"])
    #expect(one.rhythm == other.rhythm)
    let rhythms = [
      one, try Self.timetable("0 6 * * *", .next, excluded: ["2013-12-25", "2013-12-26"]),
      try Self.timetable("0 6 * * *", .skip, excluded: ["2013-12-25"]),
      try Self.timetable("0 6 * * *", .skip, excluded: ["2013-12-25"], added: ["2013-12-26"]),
      try Self.timetable("0 6 * * *", .skip, weekdays: 1),
    ].map(\.rhythm)
    #expect(Set(rhythms).count == rhythms.count)
  }

  @Test func `what the calendar does to a tick is said`() throws {
    let moved = try Self.timetable("0 6 25 * *", .next, excluded: ["2013-12-25"], added: ["2013-12-28"])
    #expect(
      moved.remark(at: try instant("2013-12-26T06:00:00Z"))
        == "moved from 2013-12-25, which the calendar leaves out")
    #expect(moved.remark(at: try instant("2013-12-28T06:00:00Z")) == "the calendar adds this date")
    #expect(moved.remark(at: try instant("2014-01-25T06:00:00Z")) == nil)
  }

  @Test(
    arguments: [
      ("0 6 * * *", Grain.daily, 0, nil), ("0 6 * * mon-fri", .daily, 0, "2024-01-05"),
      ("0 6 * * mon-fri", .daily, 2, nil), ("0 6 * * mon-fri", .daily, 1, "2024-01-05"),
      ("0 6 * * mon", .weekly, 0, nil), ("0 6 1 * *", .monthly, 0, nil),
      ("0 6 31 * *", .monthly, 0, "2024-01"),
      ("0 6 * * *", .hourly, 0, "2024-01-01T00:00"), ("5 * * * *", .hourly, 0, nil),
      ("0 * 1-30 * *", .hourly, 0, "2024-01-30T23:00"), ("0 6 1-30 * *", .daily, 0, "2024-01-30"),
      ("0 0 29 2 *", .yearly, 0, "2024"), ("0 6 * 1-11 *", .daily, 0, "2024-11-30"),
    ] as [(String, Grain, Int, String?)])
  func `a cron that leaves partitions out is told of`(
    cron: String, grain: Grain, lookback: Int, expected: String?
  ) throws {
    let timetable = Timetable.cron(try CronExpression(parsing: cron), zone: .utc, gap: .after, fold: .first)
    let left = timetable.firstLeftOut(
      of: PartitionCalendar(grain: grain, zone: .utc), from: try instant("2024-01-01T00:00:00Z"),
      lookback: lookback)
    #expect(left?.key == expected)
  }
}
