import Basics
import TestKit
import Testing

@testable import Timetables

@Suite struct ZoneTests {
  @Test func `UTC needs no file`() throws {
    let folder = ZoneFolder(path: "/nowhere")
    #expect(try folder.zone(named: "UTC") == .utc)
    #expect(Zone.utc.offset(at: Instant(milliseconds: .min)) == 0)
    let error = #expect(throws: ZoneError.self) { try folder.zone(named: "Europe/Berlin") }
    #expect(error?.kind == .noZoneFiles)
    #expect(error?.candidates == ["UTC"])
  }

  @Test(arguments: [
    ("America/New_York", "2013-01-31T12:00:00Z", -18000),
    ("America/New_York", "2013-07-31T12:00:00Z", -14400),
    ("America/New_York", "1850-01-01T00:00:00Z", -17762),
    ("America/New_York", "2500-07-01T00:00:00Z", -14400),
    ("America/New_York", "9999-12-31T00:00:00Z", -18000), ("Europe/Dublin", "2050-07-01T00:00:00Z", 3600),
    ("Europe/Dublin", "2050-01-01T00:00:00Z", 0), ("Asia/Kolkata", "2050-01-01T00:00:00Z", 19800),
    ("Australia/Lord_Howe", "2060-01-01T00:00:00Z", 39600),
    ("Australia/Lord_Howe", "2060-07-01T00:00:00Z", 37800),
    ("Pacific/Apia", "2011-12-30T09:59:59Z", -36000), ("Pacific/Apia", "2011-12-30T10:00:00Z", 50400),
    ("Etc/GMT+12", "2013-01-01T00:00:00Z", -43200),
  ])
  func `the offset is what the zone's law says`(_ name: String, _ moment: String, _ offset: Int) throws {
    #expect(try Zone(named: name).offset(at: try instant(moment)) == offset)
  }

  @Test func `a wall time comes once, never or twice`() throws {
    let zone = try Zone(named: "America/New_York")
    #expect(
      zone.instants(of: CivilTime(year: 2013, month: 1, day: 31))
        == .unique(try instant("2013-01-31T05:00:00Z")))
    #expect(
      zone.instants(of: CivilTime(year: 2013, month: 3, day: 10, hour: 2, minute: 30))
        == .gap(
          before: CivilTime(year: 2013, month: 3, day: 10, hour: 2),
          after: CivilTime(year: 2013, month: 3, day: 10, hour: 3),
          transition: try instant("2013-03-10T07:00:00Z")))
    #expect(
      zone.instants(of: CivilTime(year: 2013, month: 11, day: 3, hour: 1))
        == .fold(first: try instant("2013-11-03T05:00:00Z"), second: try instant("2013-11-03T06:00:00Z")))
    #expect(
      zone.instants(of: CivilTime(year: 2013, month: 11, day: 3, hour: 2))
        == .unique(try instant("2013-11-03T07:00:00Z")))
  }

  @Test(arguments: [
    "", "/etc/passwd", "../passwd", "Europe/../Europe/Berlin", "Europe//Berlin", "Europe/", ".", "right/UTC",
    "posix/UTC", "localtime", "Europe/Berlin\u{0}", "Europe\\Berlin", "zone.tab", "+1", "Ünited/Zone",
  ])
  func `a name that is none never reaches the disk`(_ name: String) {
    #expect(throws: ZoneError(kind: .invalidName, name: name, folder: ZoneFolder.system.path)) {
      try Zone(named: name)
    }
  }

  @Test func `an unknown name brings those that could have been meant`() {
    let error = #expect(throws: ZoneError.self) { try Zone(named: "berlin") }
    #expect(error?.kind == .unknown)
    #expect(error?.closest == ["Europe/Berlin"])
    #expect(error?.candidates.contains("America/New_York") == true)
    #expect(
      #expect(throws: ZoneError.self) { try Zone(named: "europe/berlin") }?.closest == ["Europe/Berlin"])
    #expect(#expect(throws: ZoneError.self) { try Zone(named: "Europe") }?.kind == .unknown)
  }

  @Test func `a file that is no zone file is told apart from one that is not there`() throws {
    let folder = try TemporaryFolder()
    try folder.write("TZif but not really", to: "Broken")
    try folder.write("", to: "Empty")
    for name in ["Broken", "Empty"] {
      let error = #expect(throws: ZoneError.self) { try ZoneFolder(path: folder.path).zone(named: name) }
      #expect(error?.kind == .unreadable)
    }
  }

  @Test(arguments: [
    // Summer in the south, over the new year.
    ("AEST-10AEDT,M10.1.0,M4.1.0/3", "2050-01-01T00:00:00Z", 39600),
    ("AEST-10AEDT,M10.1.0,M4.1.0/3", "2050-04-02T15:59:59Z", 39600),
    ("AEST-10AEDT,M10.1.0,M4.1.0/3", "2050-04-02T16:00:00Z", 36000),
    // Winter time that is the saving one.
    ("IST-1GMT0,M10.5.0,M3.5.0/1", "2050-01-01T00:00:00Z", 0),
    ("IST-1GMT0,M10.5.0,M3.5.0/1", "2050-07-01T00:00:00Z", 3600),
    // All year.
    ("EST3EDT4,0/0,J365/23", "2050-01-01T00:00:00Z", -14400),
    ("EST3EDT4,0/0,J365/23", "2051-07-01T00:00:00Z", -14400),
    // 29 February is not counted, and is.
    ("AAA0BBB,J60/0,J61/0", "2048-03-01T12:00:00Z", 3600), ("AAA0BBB,J60/0,J61/0", "2048-02-29T12:00:00Z", 0),
    ("AAA0BBB,59/0,60/0", "2048-02-29T12:00:00Z", 3600), ("AAA0BBB,59/0,60/0", "2049-03-01T12:00:00Z", 3600),
    // A time of day before or days after the day.
    ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2050-03-27T00:59:59Z", -7200),
    ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2050-03-27T01:00:00Z", -3600),
    ("IST-2IDT,M3.4.4/26,M10.5.0", "2050-03-24T23:59:59Z", 7200),
    ("IST-2IDT,M3.4.4/26,M10.5.0", "2050-03-25T00:00:00Z", 10800),
    ("<+0530>-5:30", "2050-01-01T00:00:00Z", 19800), ("ABC-1:02:03", "2050-01-01T00:00:00Z", 3723),
  ])
  func `the rule after the last transition is POSIX's`(_ rule: String, _ moment: String, _ offset: Int64)
    throws
  {
    let parsed: DaylightRule = try #require(DaylightRule(parsing: rule.utf8))
    let spans = SpanTable(first: 0, transitions: [], rule: parsed)
    let moment = try instant(moment).seconds
    #expect(spans.span(containing: moment).offset == offset)
    // The calendar repeats every 400 years, and so does the rule.
    #expect(spans.span(containing: moment + 7 * SpanTable.cycle).offset == offset)
  }

  @Test(arguments: [
    "", "A", "AB1", "ABC", "ABC25", "ABC1:60", "<ABC1", "ABC1DEF,", "ABC1DEF,M13.1.0,M4.1.0",
    "ABC1DEF,M3.6.0,M4.1.0",
    "ABC1DEF,M3.1.7,M4.1.0", "ABC1DEF,J0,J3", "ABC1DEF,366,3", "ABC1DEF,M3.1.0/168,M4.1.0", "ABC1DEF,M3.1.0",
    "ABC1 ", "ABC1DEF,M3.1.0,M4.1.0x",
  ])
  func `a rule that is none is not read`(_ rule: String) {
    #expect(DaylightRule(parsing: rule.utf8) == nil)
  }

  @Test func `a damaged file is refused or read, and time goes on either way`() throws {
    var chance = SeededGenerator(seed: 8536)
    let names = ["America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]
    for name in names {
      let whole = try zoneBytes(name)
      #expect(ZoneFile(whole) != nil)
      for _ in 0..<150 {
        var bytes = whole
        if chance.fraction() < 0.3 { bytes.removeLast(Int.random(in: 1..<bytes.count, using: &chance)) }
        for _ in 0..<Int.random(in: 1...8, using: &chance) {
          let index =
            Bool.random(using: &chance)
            ? Int.random(in: 0..<min(100, bytes.count), using: &chance)
            : Int.random(in: 0..<bytes.count, using: &chance)
          bytes[index] = UInt8.random(in: 0...255, using: &chance)
        }
        guard let file = ZoneFile(bytes) else { continue }
        let zone = Zone(name: "Test/Damaged", spans: file.spans)
        for milliseconds in [Int64.min, -1 << 50, 0, 1 << 50, .max] {
          let moment = Instant(milliseconds: milliseconds)
          _ = zone.instants(of: zone.local(at: moment))
          _ = zone.firstInstant(reaching: zone.local(at: moment))
        }
      }
    }
  }

  @Test func `version 1 files are read from their only block`() throws {
    var bytes = Array("TZif".utf8) + [0] + [UInt8](repeating: 0, count: 15)
    for count in [0, 0, 0, 1, 2, 4] as [UInt8] { bytes += [0, 0, 0, count] }
    bytes += [0x51, 0x0A, 0, 0] + [1]
    bytes += [0, 0, 0x0E, 0x10, 0, 0] + [0, 0, 0x1C, 0x20, 1, 0] + Array("ABC\0".utf8)
    let zone = Zone(name: "Test/Old", spans: try #require(ZoneFile(bytes)).spans)
    #expect(zone.offset(at: Instant(seconds: 0x510A_0000 - 1)) == 3600)
    #expect(zone.offset(at: Instant(seconds: 0x510A_0000)) == 7200)
    for length in bytes.indices { #expect(ZoneFile(Array(bytes[..<length])) == nil) }
  }

  @Test func `the ends of time have a wall time`() throws {
    for name in ["UTC", "America/New_York", "Pacific/Apia", "Asia/Kolkata"] {
      let zone = try Zone(named: name)
      for moment in [Instant(milliseconds: .min), Instant(milliseconds: .max)] {
        _ = zone.instants(of: zone.local(at: moment))
      }
      for year in [-9999, -1, 0, 1, 1970, 9999, 10_000] {
        let time = CivilTime(year: year, month: 6, day: 15, hour: 12)
        #expect(zone.instants(of: time) == .unique(zone.firstInstant(reaching: time)))
        #expect(zone.local(at: zone.firstInstant(reaching: time)) == time)
      }
    }
  }

  private func zoneBytes(_ name: String) throws -> [UInt8] {
    try Array(#require(ZoneFolder.system.contents(of: ZoneFolder.system.path + "/" + name)))
  }
}
