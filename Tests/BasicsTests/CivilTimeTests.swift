import Testing

@testable import Basics

@Suite struct CivilTimeTests {
  @Test func `every day of eight centuries follows the one before`() {
    var day = CivilTime(year: 1600, month: 1, day: 1).daysSinceEpoch
    var weekday = CivilTime(daysSinceEpoch: day).isoWeekday
    for year in 1600..<2400 {
      let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
      for (index, length) in [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].enumerated() {
        // The first and the last of each month; between them days only count up.
        for date in [1, length] {
          let time = CivilTime(year: year, month: index + 1, day: date)
          guard time.daysSinceEpoch == day + Int64(date - 1),
            CivilTime(daysSinceEpoch: day + Int64(date - 1)) == time
          else {
            Issue.record("\(time.dateText)")
            return
          }
        }
        day += Int64(length)
        weekday = (weekday - 1 + length) % 7 + 1
        #expect(CivilTime(daysSinceEpoch: day).isoWeekday == weekday)
      }
    }
  }

  @Test(
    arguments: [
      ("1970-01-01", 0, 4), ("1969-12-31", -1, 3), ("2000-02-29", 11_016, 2), ("2013-01-31", 15_736, 4),
      ("0000-03-01", -719_468, 3), ("-9999-01-01", -4_371_587, 1), ("9999-12-31", 2_932_896, 5),
    ] as [(String, Int64, Int)])
  func `dates and days since the epoch are two names of one day`(
    _ text: String, _ days: Int64, _ weekday: Int
  ) {
    let date = CivilTime(daysSinceEpoch: days)
    #expect(date.dateText == text)
    #expect(date.daysSinceEpoch == days)
    #expect(date.isoWeekday == weekday)
  }

  @Test func `seconds and wall times are two names of one time`() {
    var chance = SeededGenerator(seed: 7)
    for _ in 0..<2000 {
      let seconds = Int64.random(in: -1 << 52...1 << 52, using: &chance)
      let time = CivilTime(secondsSinceEpoch: seconds)
      #expect(time.secondsSinceEpoch == seconds)
      #expect((1...12).contains(time.month) && (1...31).contains(time.day) && (0...23).contains(time.hour))
    }
  }

  @Test func `times are in the order of the clock`() {
    let noon = CivilTime(year: 2013, month: 1, day: 31, hour: 12)
    #expect(noon < CivilTime(year: 2013, month: 1, day: 31, hour: 12, minute: 0, second: 1))
    #expect(noon < CivilTime(year: 2013, month: 2, day: 1))
    #expect(CivilTime(year: -1, month: 12, day: 31) < CivilTime(year: 0, month: 1, day: 1))
    #expect(noon.text(separator: "T") == "2013-01-31T12:00:00")
  }

  @Test func `numbers are padded to a width and never cut`() {
    #expect(7.padded(2) == "07")
    #expect(123.padded(2) == "123")
    #expect((-7).padded(4) == "-0007")
    #expect(Int.min.padded(2) == String(Int.min))
  }

  @Test func `flooring rounds toward negative infinity`() {
    for value in -9...9 {
      #expect(value.flooredQuotient(4) * 4 + value.flooredRemainder(4) == value)
      #expect((0..<4).contains(value.flooredRemainder(4)))
    }
    #expect(Int64.min.flooredQuotient(1000) == Int64.min / 1000 - 1)
  }
}
