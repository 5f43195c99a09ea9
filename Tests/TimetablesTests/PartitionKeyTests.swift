import Basics
import Diagnostics
import MeshModel
import Testing

@testable import Timetables

@Suite struct PartitionKeyTests {
  @Test(arguments: [
    (Grain.daily, "UTC", "", "'' is no key of a partition", "write a key such as '2013-01-31'"),
    (.daily, "UTC", "2013-1-31", "'2013-1-31' is no key of a partition", "write a key such as '2013-01-31'"),
    (
      .daily, "UTC", "2013-01-31 ", "'2013-01-31 ' is no key of a partition",
      "write a key such as '2013-01-31'"
    ),
    (
      .daily, "UTC", "2013-01", "'2013-01' is the key of a monthly partition, and these are daily",
      "write a key such as '2013-01-31'"
    ),
    (
      .weekly, "UTC", "2013-01-31", "'2013-01-31' is the key of a daily partition, and these are weekly",
      "write a key such as '2013-W05'"
    ),
    (.daily, "UTC", "2013-02-29", "there is no '2013-02-29' in the calendar", "'2013-02' has days 01 to 28"),
    (.daily, "UTC", "2012-02-30", "there is no '2012-02-30' in the calendar", "'2012-02' has days 01 to 29"),
    (.daily, "UTC", "2013-04-31", "there is no '2013-04-31' in the calendar", "'2013-04' has days 01 to 30"),
    (.daily, "UTC", "2013-01-00", "there is no '2013-01-00' in the calendar", "'2013-01' has days 01 to 31"),
    (.daily, "UTC", "2013-13-01", "there is no '2013-13-01' in the calendar", "months go from 01 to 12"),
    (.monthly, "UTC", "2013-00", "there is no '2013-00' in the calendar", "months go from 01 to 12"),
    (.yearly, "UTC", "0000", "there is no '0000' in the calendar", "years go from 0001 to 9999"),
    (.weekly, "UTC", "2013-W53", "there is no '2013-W53' in the calendar", "'2013' has weeks W01 to W52"),
    (.weekly, "UTC", "2020-W54", "there is no '2020-W54' in the calendar", "'2020' has weeks W01 to W53"),
    (.weekly, "UTC", "2013-W00", "there is no '2013-W00' in the calendar", "'2013' has weeks W01 to W52"),
    (
      .hourly, "UTC", "2013-01-31T24:00", "there is no '2013-01-31T24:00' in the calendar",
      "hours go from 00 to 23"
    ),
    (
      .hourly, "UTC", "2013-01-31T05:30", "'2013-01-31T05:30' is no key of a partition",
      "write a key such as '2013-01-31T05:00'"
    ),
    (
      .hourly, "UTC", "2013-01-31T05:00+00:00",
      "'2013-01-31T05:00+00:00' has an offset, and the hour exists once in 'UTC'", "write '2013-01-31T05:00'"
    ),
    (
      .hourly, "America/New_York", "2013-11-03T01:00",
      "the hour '2013-11-03T01:00' exists twice in 'America/New_York'",
      "write '2013-11-03T01:00-04:00' or '2013-11-03T01:00-05:00'"
    ),
    (
      .hourly, "America/New_York", "2013-11-03T01:00-06:00",
      "the hour '2013-11-03T01:00-06:00' does not exist with that offset in 'America/New_York'",
      "write '2013-11-03T01:00-04:00' or '2013-11-03T01:00-05:00'"
    ),
    (
      .hourly, "America/New_York", "2013-03-10T02:00",
      "there is no '2013-03-10T02:00' in 'America/New_York': the clock was put forward past it",
      "the next one is '2013-03-10T03:00'"
    ),
    (
      .daily, "Pacific/Apia", "2011-12-30",
      "there is no '2011-12-30' in 'Pacific/Apia': the clock was put forward past it",
      "the next one is '2011-12-31'"
    ),
  ])
  func `a key that names no partition is told with its cure`(
    _ grain: Grain, _ zone: String, _ key: String, _ message: String, _ help: String
  ) throws {
    let calendar = PartitionCalendar(grain: grain, zone: try Zone(named: zone))
    #expect(throws: PartitionKeyError(key: key, message: message, help: help)) {
      try calendar.partition(key: key)
    }
  }

  @Test func `a key tells its grain`() {
    for grain in Grain.allCases { #expect(Grain(ofKey: grain.exampleKey) == grain) }
    #expect(Grain(ofKey: "2013-11-03T01:00-04:00") == .hourly)
    #expect(Grain(ofKey: "yesterday") == nil)
  }

  @Test func `keys from one through another include both`() throws {
    let calendar = PartitionCalendar(grain: .daily, zone: try Zone(named: "Pacific/Apia"))
    let days = try calendar.partitions(from: "2011-12-28", to: "2012-01-01")
    #expect(days.map(\.key) == ["2011-12-28", "2011-12-29", "2011-12-31", "2012-01-01"])
    #expect(try calendar.partitions(from: "2012-01-01", to: "2012-01-01").map(\.key) == ["2012-01-01"])
    let backwards = #expect(throws: PartitionKeyError.self) {
      try calendar.partitions(from: "2012-01-02", to: "2012-01-01")
    }
    #expect(backwards?.message == "'2012-01-02' comes after '2012-01-01'")
    let many = #expect(throws: PartitionKeyError.self) {
      try calendar.partitions(from: "2012-01-01", to: "2012-12-31", limit: 365)
    }
    #expect(many?.message == "from '2012-01-01' to '2012-12-31' are more than 365 partitions")
    #expect(try calendar.partitions(from: "2012-01-01", to: "2012-12-31", limit: 366).count == 366)
  }

  @Test func `an interval is covered by what overlaps it and holds what lies within`() throws {
    let zone = try Zone(named: "Europe/Berlin")
    let weeks = PartitionCalendar(grain: .weekly, zone: zone)
    let month = try PartitionCalendar(grain: .monthly, zone: zone).partition(key: "2013-01")
    #expect(
      weeks.covering(start: month.start, end: month.end).map(\.key) == [
        "2013-W01", "2013-W02", "2013-W03", "2013-W04", "2013-W05",
      ])
    #expect(
      weeks.within(start: month.start, end: month.end).map(\.key) == ["2013-W02", "2013-W03", "2013-W04"])
    #expect(weeks.covering(start: month.start, end: month.start).isEmpty)
    #expect(weeks.covering(start: month.end, end: month.start).isEmpty)
    #expect(weeks.within(start: month.end, end: month.start).isEmpty)
    let hour = PartitionCalendar(grain: .hourly, zone: zone)
    let day = try PartitionCalendar(grain: .daily, zone: zone).partition(key: "2013-10-27")
    #expect(hour.covering(start: day.start, end: day.end).count == 25)
  }

  @Test func `a pipeline's bounds include its start and exclude its end`() throws {
    var pipeline = Pipeline(
      name: PipelineName(domain: "operations", name: "departures"), timezone: "America/New_York",
      position: SourcePosition(file: SourceFile(path: "a.yaml", text: ""), line: 1, column: 1))
    #expect(try PartitionCalendar(for: pipeline) == nil)
    pipeline.grain = .weekly
    let calendar = try #require(try PartitionCalendar(for: pipeline))
    let start = CivilTime(year: 2013, month: 1, day: 1)
    let end = CivilTime(year: 2013, month: 12, day: 30)
    func isWithin(_ key: String) throws -> Bool {
      calendar.isWithin(try calendar.partition(key: key), start: start, end: end)
    }
    #expect(try !isWithin("2013-W01"))
    #expect(try isWithin("2013-W02"))
    #expect(try isWithin("2013-W52"))
    #expect(try !isWithin("2014-W01"))
    #expect(calendar.isWithin(try calendar.partition(key: "1900-W01"), start: nil, end: nil))
    #expect(calendar.first(start: start, end: end)?.key == "2013-W02")
    #expect(calendar.first(start: end, end: end) == nil)
    #expect(calendar.first(start: nil, end: end) == nil)
  }

  @Test func `no text makes the reader of keys stumble`() throws {
    var chance = SeededGenerator(seed: 5)
    let calendars = try Grain.allCases.map {
      PartitionCalendar(grain: $0, zone: try Zone(named: "America/New_York"))
    }
    let pieces = [
      "2013", "0001", "9999", "-", "W", "01", "31", "53", "T", "05", ":", ":00", "+", "-04:00", "é", " ",
    ]
    for _ in 0..<2000 {
      var text = "2013"
      for _ in 0..<Int.random(in: 0...8, using: &chance) {
        text += pieces.randomElement(using: &chance) ?? ""
      }
      for calendar in calendars {
        if let partition = try? calendar.partition(key: text) { #expect(partition.key == text) }
      }
    }
  }
}
