/// A date and time of day on a wall clock, without a zone. Proleptic Gregorian calendar.
public struct CivilTime: Hashable, Comparable, Sendable {
  public var year: Int
  /// 1 to 12.
  public var month: Int
  /// 1 to 31.
  public var day: Int
  public var hour: Int
  public var minute: Int
  public var second: Int

  public init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
    self.year = year
    self.month = month
    self.day = day
    self.hour = hour
    self.minute = minute
    self.second = second
  }

  /// The wall time that many seconds after 1970-01-01 00:00:00 on the same clock.
  public init(secondsSinceEpoch seconds: Int64) {
    let days = seconds.flooredQuotient(86_400)
    let rest = Int(seconds - days * 86_400)
    let date = CivilTime(daysSinceEpoch: days)
    self.init(
      year: date.year, month: date.month, day: date.day,
      hour: rest / 3600, minute: rest / 60 % 60, second: rest % 60)
  }

  /// Midnight of the day that many days after 1970-01-01.
  ///
  /// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
  public init(daysSinceEpoch days: Int64) {
    let shifted = days + 719_468
    let era = shifted.flooredQuotient(146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
    self.init(
      year: Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0), month: month,
      day: Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1))
  }

  /// Whole days from 1970-01-01 to this date. Same source, `days_from_civil`.
  public var daysSinceEpoch: Int64 {
    let shiftedYear = Int64(year) - (month <= 2 ? 1 : 0)
    let era = shiftedYear.flooredQuotient(400)
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * Int64(month > 2 ? month - 3 : month + 9) + 2) / 5 + Int64(day) - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  /// Seconds from 1970-01-01 00:00:00 to this time on the same clock.
  public var secondsSinceEpoch: Int64 {
    daysSinceEpoch * 86_400 + Int64(hour) * 3600 + Int64(minute) * 60 + Int64(second)
  }

  /// 1 for Monday to 7 for Sunday, as ISO 8601 counts.
  public var isoWeekday: Int { Int((daysSinceEpoch + 3).flooredRemainder(7)) + 1 }

  public static func < (left: CivilTime, right: CivilTime) -> Bool {
    left.secondsSinceEpoch < right.secondsSinceEpoch
  }
}

extension FixedWidthInteger {
  /// The quotient rounded toward negative infinity; `divisor` is positive.
  public func flooredQuotient(_ divisor: Self) -> Self {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }

  /// The remainder that is never negative; `divisor` is positive.
  public func flooredRemainder(_ divisor: Self) -> Self {
    let remainder = self % divisor
    return remainder < 0 ? remainder + divisor : remainder
  }
}

extension Instant {
  /// The moment as RFC 3339 in UTC with milliseconds: `2013-01-31T06:00:00.000Z`.
  public var rfc3339: String {
    let civil = CivilTime(secondsSinceEpoch: seconds)
    let millisecond = Int(milliseconds.flooredRemainder(1000))
    return civil.text(separator: "T") + "." + millisecond.padded(3) + "Z"
  }

  /// The moment in UTC as SQLite's date functions read it: `2013-01-31 06:00:00`.
  public var sqliteText: String { CivilTime(secondsSinceEpoch: seconds).text(separator: " ") }
}

extension CivilTime {
  /// `YYYY-MM-DD`, the separator, `HH:MM:SS`.
  public func text(separator: String) -> String {
    dateText + separator + hour.padded(2) + ":" + minute.padded(2) + ":" + second.padded(2)
  }

  /// `YYYY-MM-DD`.
  public var dateText: String { year.padded(4) + "-" + month.padded(2) + "-" + day.padded(2) }
}

extension Int {
  /// The number in decimal, with zeros before it up to `width` digits.
  public func padded(_ width: Int) -> String {
    let digits = String(magnitude)
    let zeros = String(repeating: "0", count: Swift.max(0, width - digits.count))
    return (self < 0 ? "-" : "") + zeros + digits
  }
}
