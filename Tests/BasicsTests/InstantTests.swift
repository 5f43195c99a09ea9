import Testing

@testable import Basics

@Suite struct InstantTests {
  @Test(
    arguments: [
      (0, 0), (999, 0), (1000, 1), (-1, -1), (-1000, -1), (-1001, -2), (Int64.max, 9_223_372_036_854_775),
      (Int64.min, -9_223_372_036_854_776),
    ] as [(Int64, Int64)])
  func `seconds are rounded down`(_ milliseconds: Int64, _ seconds: Int64) {
    #expect(Instant(milliseconds: milliseconds).seconds == seconds)
  }

  @Test func `seconds out of range are held at its ends`() {
    #expect(Instant(seconds: .max) == Instant(milliseconds: .max))
    #expect(Instant(seconds: .min) == Instant(milliseconds: .min))
    #expect(Instant(seconds: -5).milliseconds == -5000)
  }

  @Test func `sums and differences are held at the ends of the range`() {
    let zero = Instant(milliseconds: 0)
    let last = Instant(milliseconds: .max)
    let first = Instant(milliseconds: .min)
    #expect(zero + .milliseconds(1500) == Instant(milliseconds: 1500))
    #expect(zero - .milliseconds(1500) == Instant(milliseconds: -1500))
    #expect(last + .seconds(1) == last)
    #expect(first - .seconds(1) == first)
    #expect(zero + .seconds(Int64.max) == last)
    #expect(zero - .seconds(Int64.max) == first)
    #expect(Instant(milliseconds: 5) - Instant(milliseconds: 7) == .milliseconds(-2))
    #expect(last - first == .milliseconds(Int64.max))
    #expect(first - last == .milliseconds(Int64.min))
  }

  @Test func `a span in milliseconds is rounded toward zero and held at the ends`() {
    #expect(Duration.microseconds(1999).wholeMilliseconds == 1)
    #expect(Duration.microseconds(-1999).wholeMilliseconds == -1)
    #expect(Duration.seconds(Int64.max).wholeMilliseconds == .max)
    #expect(Duration.seconds(Int64.min).wholeMilliseconds == .min)
  }

  @Test(
    arguments: [
      (.zero, 0), (.milliseconds(1), 1_000_000), (.seconds(90) + .nanoseconds(7), 90_000_000_007),
      (.nanoseconds(-1), 0), (.seconds(-5), 0), (.seconds(Int64.min), 0),
      (.seconds(18_446_744_073) + .nanoseconds(709_551_614), .max - 1),
      (.seconds(18_446_744_073) + .nanoseconds(709_551_616), .max), (.seconds(18_446_744_074), .max),
      (.milliseconds(Int64.max), .max), (.seconds(Int64.max), .max),
    ] as [(Duration, UInt64)])
  func `a span in nanoseconds is never negative and held at the end`(_ span: Duration, _ nanoseconds: UInt64)
  {
    #expect(span.wholeNanoseconds == nanoseconds)
    #expect(span.deadline(from: 0) == nanoseconds)
  }

  @Test func `a deadline is held at the end of the range`() {
    #expect(Duration.milliseconds(2).deadline(from: 5) == 2_000_005)
    #expect(Duration.seconds(-2).deadline(from: 5) == 5)
    #expect(Duration.nanoseconds(2).deadline(from: .max - 1) == .max)
    #expect(Duration.seconds(Int64.max).deadline(from: 1) == .max)
  }

  @Test(
    arguments: [
      (1_359_612_000_000, "2013-01-31T06:00:00.000Z", "2013-01-31 06:00:00"),
      (1_359_612_000_007, "2013-01-31T06:00:00.007Z", "2013-01-31 06:00:00"),
      (0, "1970-01-01T00:00:00.000Z", "1970-01-01 00:00:00"),
      (-1, "1969-12-31T23:59:59.999Z", "1969-12-31 23:59:59"),
      (-62_167_219_200_000, "0000-01-01T00:00:00.000Z", "0000-01-01 00:00:00"),
      (253_402_300_799_999, "9999-12-31T23:59:59.999Z", "9999-12-31 23:59:59"),
    ] as [(Int64, String, String)])
  func `moments are written in UTC`(_ milliseconds: Int64, _ rfc3339: String, _ sqlite: String) {
    #expect(Instant(milliseconds: milliseconds).rfc3339 == rfc3339)
    #expect(Instant(milliseconds: milliseconds).sqliteText == sqlite)
  }

  @Test func `the ends of time can be written too`() {
    #expect(Instant(milliseconds: .max).rfc3339.hasSuffix("Z"))
    #expect(Instant(milliseconds: .min).rfc3339.hasPrefix("-"))
  }
}
