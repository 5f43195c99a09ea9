import Basics

/// Times of day and days that repeat, in the dialect of Debian's cron: `0 6 * * mon-fri`.
///
/// Five fields (minute, hour, day of the month, month, day of the week) of `*`, numbers, names, ranges,
/// lists and steps, or `@yearly`, `@annually`, `@monthly`, `@weekly`, `@daily`, `@midnight`, `@hourly`.
/// Where both day fields are restricted, a day that satisfies either counts; where one of them begins
/// with `*`, both must be satisfied.
public struct CronExpression: Hashable, Sendable {
  /// As it was written.
  public let text: String
  let minutes: UInt64
  let hours: UInt64
  let months: UInt64
  /// Bit n: the day n of a month whose first day is a Sunday, a Monday, ...; days beyond its end included.
  private let days: [UInt32]
  /// Whether its minute or its hour begins with `*`: it then follows real time where daylight saving changes.
  public let followsRealTime: Bool
  let sets: [CronSet]
  /// What a calendar makes of its days; nil: they are those of the fields.
  public private(set) var calendar: CalendarDays?

  /// Reads an expression; one that never comes true is an error too.
  public init(parsing text: String) throws(CronError) {
    let sets = try CronParser(text).fields()
    func set(_ field: CronField) -> CronSet { sets[field.rawValue] }
    self.text = text
    self.sets = sets
    minutes = set(.minute).bits
    hours = set(.hour).bits
    months = set(.month).bits
    followsRealTime = set(.minute).beginsWithStar || set(.hour).beginsWithStar
    let dates = UInt32(truncatingIfNeeded: set(.dayOfMonth).bits)
    let needsBoth = set(.dayOfMonth).beginsWithStar || set(.dayOfWeek).beginsWithStar
    let weekdays = set(.dayOfWeek).bits
    days = (0..<7).map { first in
      let matching = (1...31).reduce(UInt32(0)) { bits, day in
        let weekday = UInt64((first + day - 1) % 7)
        let matches = weekdays & (1 << weekday) != 0 || (weekday == 0 && weekdays & (1 << 7) != 0)
        return matches ? bits | 1 << UInt32(day) : bits
      }
      return needsBoth ? dates & matching : dates | matching
    }
    // Every date falls on every weekday sooner or later, so only the dates can be impossible.
    let longest = (1...12).filter { months & (1 << UInt64($0)) != 0 }.map { Self.lengths[$0] }.max() ?? 0
    if needsBoth, dates.trailingZeroBitCount > longest {
      throw CronError(
        offset: 0, length: max(1, text.utf8.count), message: "'\(text)' never comes: no month has that day",
        help: "name a day that one of the months has; 'heddle schedule --cron EXPR' shows the next times")
    }
  }

  /// The days of each month at most, from 1.
  private static let lengths = [0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

  /// The first wall time that matches, at or after one, both in whole seconds of the same wall clock.
  ///
  /// - Returns: nil where none comes before the year 10000.
  func match(from wall: Int64) -> Int64? {
    let minute = -(-wall).flooredQuotient(60)
    let day = minute.flooredQuotient(1440)
    let timeOfDay = minute - day * 1440
    let date = CivilTime(daysSinceEpoch: day)
    guard date.year <= 9999 else { return nil }
    if let calendar { return match(from: day, Int(timeOfDay), calendar) }
    if isDay(date, day), let time = time(from: Int(timeOfDay)) { return (day * 1440 + Int64(time)) * 60 }
    guard let next = self.day(after: date, day), let time = time(from: 0) else { return nil }
    return (next * 1440 + Int64(time)) * 60
  }

  /// The same expression, with the days that a calendar makes of its own.
  public func keeping(_ calendar: CalendarDays) -> CronExpression {
    var cron = self
    cron.calendar = calendar
    return cron
  }

  /// The same expression, with the days of its fields.
  var withoutCalendar: CronExpression {
    var cron = self
    cron.calendar = nil
    return cron
  }

  private func match(from day: Int64, _ timeOfDay: Int, _ calendar: CalendarDays) -> Int64? {
    guard let first = calendar.first(from: day, of: firstDay(from:)) else { return nil }
    if first > day { return time(from: 0).map { (first * 1440 + Int64($0)) * 60 } }
    if let time = time(from: timeOfDay) { return (day * 1440 + Int64(time)) * 60 }
    guard let next = calendar.first(from: day + 1, of: firstDay(from:)) else { return nil }
    return time(from: 0).map { (next * 1440 + Int64($0)) * 60 }
  }

  /// The first day that the fields match, at or after one, as days since the epoch; nil where none comes
  /// before the year 10000.
  func firstDay(from day: Int64) -> Int64? {
    let date = CivilTime(daysSinceEpoch: day)
    guard date.year <= 9999 else { return nil }
    return isDay(date, day) ? day : self.day(after: date, day)
  }

  /// Whether its day fields match every date.
  var matchesEveryDay: Bool { months == 0x1FFE && days.allSatisfy { $0 == UInt32.max - 1 } }

  /// Whether it comes in every hour of real time of the days that it matches.
  var comesEveryHour: Bool { hours == 0xFF_FFFF && followsRealTime }

  /// The first matching minute of a day from one on.
  private func time(from minute: Int) -> Int? {
    let hour = minute / 60
    if hours & (1 << UInt64(hour)) != 0 {
      let left = minutes >> UInt64(minute % 60)
      if left != 0 { return minute + left.trailingZeroBitCount }
    }
    let later = hours >> UInt64(hour + 1)
    guard later != 0 else { return nil }
    return (hour + 1 + later.trailingZeroBitCount) * 60 + minutes.trailingZeroBitCount
  }

  private func isDay(_ date: CivilTime, _ day: Int64) -> Bool {
    guard months & (1 << UInt64(date.month)) != 0 else { return false }
    return days[Self.weekday(of: day - Int64(date.day - 1))] & (1 << UInt32(date.day)) != 0
  }

  /// The first matching day after one, as days since the epoch.
  private func day(after date: CivilTime, _ day: Int64) -> Int64? {
    var year = date.year
    var month = date.month
    var first = day - Int64(date.day - 1)
    var passed = UInt32.max << UInt32(date.day + 1)
    while true {
      let length = Self.length(of: month, in: year)
      if months & (1 << UInt64(month)) != 0 {
        let left = days[Self.weekday(of: first)] & passed & (UInt32.max >> UInt32(31 - length))
        if left != 0 { return first + Int64(left.trailingZeroBitCount - 1) }
      }
      first += Int64(length)
      passed = .max
      month += 1
      if month > 12 {
        month = 1
        year += 1
        if year > 9999 { return nil }
      }
    }
  }

  /// 0: Sunday.
  private static func weekday(of day: Int64) -> Int { Int((day + 4).flooredRemainder(7)) }

  private static func length(of month: Int, in year: Int) -> Int {
    guard month == 2 else { return lengths[month] }
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
  }
}
