import Basics
import MeshModel
import Testing

@testable import Timetables

@Suite struct PartitionCalendarTests {
  /// A moment, and the key and the interval of the partition that it lies in.
  struct Case: Sendable, CustomTestStringConvertible {
    var grain: Grain
    var zone: String
    var moment: String
    var key: String
    var start: String
    var end: String
    var testDescription: String { "\(grain.rawValue) \(zone) \(moment)" }
  }

  static let cases: [Case] = [
    .init(
      grain: .daily, zone: "UTC", moment: "2013-01-31T23:59:59Z", key: "2013-01-31",
      start: "2013-01-31T00:00:00Z", end: "2013-02-01T00:00:00Z"),
    .init(
      grain: .daily, zone: "America/New_York", moment: "2013-03-10T12:00:00-04:00", key: "2013-03-10",
      start: "2013-03-10T00:00:00-05:00", end: "2013-03-11T00:00:00-04:00"),
    .init(
      grain: .daily, zone: "America/New_York", moment: "2013-11-03T23:59:59-05:00", key: "2013-11-03",
      start: "2013-11-03T00:00:00-04:00", end: "2013-11-04T00:00:00-05:00"),
    .init(
      grain: .daily, zone: "America/Sao_Paulo", moment: "2017-10-15T01:00:00-02:00", key: "2017-10-15",
      start: "2017-10-15T01:00:00-02:00", end: "2017-10-16T00:00:00-02:00"),
    .init(
      grain: .daily, zone: "America/Sao_Paulo", moment: "2018-02-17T23:30:00-03:00", key: "2018-02-17",
      start: "2018-02-17T00:00:00-02:00", end: "2018-02-18T00:00:00-03:00"),
    .init(
      grain: .daily, zone: "Pacific/Apia", moment: "2011-12-29T23:59:59-10:00", key: "2011-12-29",
      start: "2011-12-29T00:00:00-10:00", end: "2011-12-31T00:00:00+14:00"),
    .init(
      grain: .daily, zone: "America/St_Johns", moment: "2010-11-06T23:30:00-03:30", key: "2010-11-07",
      start: "2010-11-07T00:00:00-02:30", end: "2010-11-08T00:00:00-03:30"),
    .init(
      grain: .weekly, zone: "UTC", moment: "2013-02-03T23:59:59Z", key: "2013-W05",
      start: "2013-01-28T00:00:00Z", end: "2013-02-04T00:00:00Z"),
    .init(
      grain: .weekly, zone: "UTC", moment: "2012-12-31T00:00:00Z", key: "2013-W01",
      start: "2012-12-31T00:00:00Z", end: "2013-01-07T00:00:00Z"),
    .init(
      grain: .weekly, zone: "UTC", moment: "2021-01-03T00:00:00Z", key: "2020-W53",
      start: "2020-12-28T00:00:00Z", end: "2021-01-04T00:00:00Z"),
    .init(
      grain: .monthly, zone: "Europe/Berlin", moment: "2013-03-31T23:59:59+02:00", key: "2013-03",
      start: "2013-03-01T00:00:00+01:00", end: "2013-04-01T00:00:00+02:00"),
    .init(
      grain: .yearly, zone: "Asia/Kolkata", moment: "2012-12-31T18:30:00Z", key: "2013",
      start: "2013-01-01T00:00:00+05:30", end: "2014-01-01T00:00:00+05:30"),
    .init(
      grain: .hourly, zone: "Asia/Kolkata", moment: "2013-01-31T05:29:59+05:30", key: "2013-01-31T05:00",
      start: "2013-01-31T05:00:00+05:30", end: "2013-01-31T06:00:00+05:30"),
    .init(
      grain: .hourly, zone: "America/New_York", moment: "2013-11-03T01:59:59-04:00",
      key: "2013-11-03T01:00-04:00", start: "2013-11-03T01:00:00-04:00", end: "2013-11-03T01:00:00-05:00"),
    .init(
      grain: .hourly, zone: "America/New_York", moment: "2013-11-03T01:00:00-05:00",
      key: "2013-11-03T01:00-05:00", start: "2013-11-03T01:00:00-05:00", end: "2013-11-03T02:00:00-05:00"),
    .init(
      grain: .hourly, zone: "America/New_York", moment: "2013-03-10T03:00:00-04:00", key: "2013-03-10T03:00",
      start: "2013-03-10T03:00:00-04:00", end: "2013-03-10T04:00:00-04:00"),
    .init(
      grain: .hourly, zone: "Australia/Lord_Howe", moment: "2017-04-02T01:45:00+10:30",
      key: "2017-04-02T01:00+10:30", start: "2017-04-02T01:30:00+10:30", end: "2017-04-02T02:00:00+10:30"),
    .init(
      grain: .hourly, zone: "Australia/Lord_Howe", moment: "2017-10-01T02:30:00+11:00",
      key: "2017-10-01T02:00", start: "2017-10-01T02:30:00+11:00", end: "2017-10-01T03:00:00+11:00"),
  ]

  @Test(arguments: cases)
  func `a moment lies in the partition of its wall time`(_ row: Case) throws {
    let calendar = PartitionCalendar(grain: row.grain, zone: try Zone(named: row.zone))
    let partition = calendar.partition(containing: try instant(row.moment))
    #expect(partition.key == row.key)
    #expect(partition.start == (try instant(row.start)))
    #expect(partition.end == (try instant(row.end)))
    #expect(try calendar.partition(key: row.key) == partition)
  }
}
