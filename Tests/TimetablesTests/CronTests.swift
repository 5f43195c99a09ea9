import Basics
import MeshModel
import Testing

@testable import Timetables

@Suite struct CronTests {
  /// An expression, where it is read, a moment, and the ticks that follow it.
  struct Case: Sendable, CustomTestStringConvertible {
    var expression: String
    var zone: String
    var after: String
    var ticks: [String]
    var gap = Schedule.Gap.after
    var fold = Schedule.Fold.first

    init(
      _ expression: String, _ zone: String, after: String, _ ticks: [String], gap: Schedule.Gap = .after,
      fold: Schedule.Fold = .first
    ) {
      self.expression = expression
      self.zone = zone
      self.after = after
      self.ticks = ticks
      self.gap = gap
      self.fold = fold
    }

    var testDescription: String {
      "\(expression) in \(zone) after \(after), \(gap.rawValue) \(fold.rawValue)"
    }
  }

  @Test(arguments: cases)
  func `ticks follow the expression on the wall clock`(_ row: Case) throws {
    let zone = try Zone(named: row.zone)
    let expression = try CronExpression(parsing: row.expression)
    var moment = try instant(row.after)
    for expected in row.ticks {
      let next = try #require(
        expression.next(after: moment, in: zone, gap: row.gap, fold: row.fold),
        "no tick where \(expected) is due")
      #expect(text(next, in: zone) == expected)
      moment = next
    }
  }

  @Test func `nothing is due after the year 9999`() throws {
    let cron = try CronExpression(parsing: "0 0 1 1 *")
    #expect(
      cron.next(after: try instant("9998-12-31T23:59:59Z"), in: .utc) == (try instant("9999-01-01T00:00:00Z"))
    )
    #expect(cron.next(after: try instant("9999-01-01T00:00:00Z"), in: .utc) == nil)
    #expect(cron.next(after: Instant(milliseconds: .max), in: .utc) == nil)
  }

  @Test func `the first tick after the beginning of time is in the year 1`() throws {
    let cron = try CronExpression(parsing: "0 0 2 1 *")
    #expect(
      text(cron.next(after: Instant(milliseconds: .min), in: .utc), in: .utc) == "0001-01-02T00:00:00+00:00")
  }

  @Test func `a tick is strictly after the moment asked for, to the millisecond`() throws {
    let cron = try CronExpression(parsing: "0 6 * * *")
    let tick = try instant("2013-01-31T06:00:00Z")
    #expect(cron.next(after: tick - .milliseconds(1), in: .utc) == tick)
    #expect(cron.next(after: tick, in: .utc) == tick + .seconds(86_400))
    #expect(cron.next(after: tick + .milliseconds(1), in: .utc) == tick + .seconds(86_400))
  }

  @Test(arguments: [
    ("@yearly", "0 0 1 1 *"), ("@annually", "0 0 1 1 *"), ("@monthly", "0 0 1 * *"), ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"), ("@midnight", "0 0 * * *"), ("@hourly", "0 * * * *"),
    ("  0\t6 * * SUN  ", "0 6 * * 7"), ("0 6 * jan-mar mon-fri", "0 6 * 1-3 1-5"),
    ("5/20 * * * *", "5-59/20 * * * *"),
    ("0 0 * * 5/2", "0 0 * * 5,7"), ("0 0 * * fri/1", "0 0 * * 5-7"), ("0 0 1/40 * *", "0 0 1 * *"),
    ("00 06 * * *", "0 6 * * *"), ("5-5/3 * * * *", "5 * * * *"), ("0,0,30 * * * *", "0,30 * * * *"),
  ])
  func `two ways to write an expression mean the same`(_ one: String, _ other: String) throws {
    let left = try CronExpression(parsing: one).sets.map(\.bits)
    let right = try CronExpression(parsing: other).sets.map(\.bits)
    // Sunday is 0 and 7.
    func folded(_ bits: [UInt64]) -> [UInt64] { bits.dropLast() + [(bits[4] | bits[4] >> 7) & 0x7F] }
    #expect(folded(left) == folded(right))
  }

  @Test(arguments: [
    ("* * * * *", "every minute"), ("*/5 * * * *", "every 5 minutes"), ("0 * * * *", "every hour"),
    ("30 * * * *", "every hour at minute 30"), ("0 */6 * * *", "every 6 hours"),
    ("0 6 * * *", "at 06:00 every day"),
    ("0 6,18 * * *", "at 06:00 and 18:00 every day"), ("30 2 * * mon-fri", "at 02:30 on Monday to Friday"),
    ("0 0 1 * *", "at 00:00 on day 1 of the month"),
    ("0 0 1 1 *", "at 00:00 on day 1 of the month in January"),
    ("0 0 13 * 5", "at 00:00 on day 13 of the month or on Friday"), ("@weekly", "at 00:00 on Sunday"),
    ("0 0 * * 5-7", "at 00:00 on Friday to Sunday"),
    ("0 0 */10 * 1", "at 00:00 on day 1, 11, 21 and 31 of the month that is also Monday"),
    ("*/7 8-17 * * *", "at minute 0, 7, 14, 21, 28, 35, 42, 49 and 56 of hours 8 to 17 every day"),
    ("* 3 * * *", "every minute of hour 3"), ("0 0 1-31 * 5", "at 00:00 every day"),
    ("*/15 * * 6-8 *", "every 15 minutes in June to August"),
  ])
  func `a summary says when the expression comes true`(_ expression: String, _ summary: String) throws {
    #expect(try CronExpression(parsing: expression).summary == summary)
  }

  @Test func `every counts from the epoch in UTC`() throws {
    let half = Timetable.every(.seconds(1800), zone: .utc, calendar: nil)
    #expect(half.next(after: try instant("2013-01-31T05:29:59Z")) == (try instant("2013-01-31T05:30:00Z")))
    #expect(half.next(after: try instant("2013-01-31T05:30:00Z")) == (try instant("2013-01-31T06:00:00Z")))
    #expect(half.next(after: Instant(milliseconds: -1)) == Instant(milliseconds: 0))
    #expect(half.next(after: Instant(milliseconds: .max)) == nil)
    #expect(Timetable.every(.zero, zone: .utc, calendar: nil).next(after: Instant(milliseconds: 0)) == nil)
  }
}
