import Basics
import Testing

@testable import Timetables

@Suite struct CronTests {
  @Test func `a fixed time in a gap comes at its end`() throws {
    let zone = try Zone(named: "America/New_York")
    let cron = try CronExpression(parsing: "30 2 * * *")
    #expect(
      text(cron.next(after: try instant("2013-03-10T00:00:00-05:00"), in: zone), in: zone)
        == "2013-03-10T03:00:00-04:00")
  }
}
