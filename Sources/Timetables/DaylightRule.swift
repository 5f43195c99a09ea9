import Basics

/// The rule of a POSIX TZ string, as the last line of a zone file gives it: `EST5EDT,M3.2.0,M11.1.0`.
struct DaylightRule: Equatable {
  /// A day of every year.
  enum Day: Equatable {
    /// 1 to 365; 29 February is never counted.
    case julian(Int64)
    /// 0 to 365; 29 February is counted.
    case ordinal(Int64)
    /// The weekday (0: Sunday) of a month that comes that often; the fifth is the last.
    case weekday(month: Int, week: Int64, weekday: Int64)
  }

  /// A day and the wall time of the change, in seconds, which may lie days away.
  struct Change: Equatable {
    var day: Day
    var time: Int64
  }

  /// Daylight saving: its offset, when it begins and when it ends.
  struct Daylight: Equatable {
    var offset: Int64
    var begins: Change
    var ends: Change
  }

  /// Seconds ahead of UTC.
  var standardOffset: Int64
  var daylight: Daylight?

  var isConstant: Bool { daylight == nil || daylight?.offset == standardOffset }

  /// Every change of those years with the offset that begins there, in order.
  func changes(from first: Int64, through last: Int64) -> [(at: Int64, offset: Int64)] {
    guard let daylight else { return [] }
    var result: [(at: Int64, offset: Int64)] = []
    result.reserveCapacity(Int(last - first + 1) * 2)
    for year in first...last {
      let begin = (Self.wall(daylight.begins, in: year) - standardOffset, daylight.offset)
      let end = (Self.wall(daylight.ends, in: year) - daylight.offset, standardOffset)
      // Where daylight saving lasts all year, the end of one and the begin of the next fall together.
      result.append(contentsOf: begin.0 <= end.0 ? [begin, end] : [end, begin])
    }
    return result
  }

  /// The wall time of a change, in seconds since the epoch.
  private static func wall(_ change: Change, in year: Int64) -> Int64 {
    let newYear = CivilTime(year: Int(year), month: 1, day: 1).daysSinceEpoch
    let day: Int64
    switch change.day {
    case .ordinal(let ordinal): day = newYear + ordinal
    case .julian(let number):
      let february = CivilTime(year: Int(year), month: 3, day: 1).daysSinceEpoch - newYear
      day = newYear + number - (number >= 60 && february == 60 ? 0 : 1)
    case .weekday(let month, let week, let weekday):
      let first = CivilTime(year: Int(year), month: month, day: 1).daysSinceEpoch
      let following =
        month == 12
        ? CivilTime(year: Int(year) + 1, month: 1, day: 1).daysSinceEpoch
        : CivilTime(year: Int(year), month: month + 1, day: 1).daysSinceEpoch
      // 1970-01-01 was a Thursday.
      let firstMatch = first + (weekday - (first + 4)).flooredRemainder(7)
      let match = firstMatch + (week - 1) * 7
      day = match < following ? match : match - 7
    }
    return day * 86_400 + change.time
  }
}

extension DaylightRule {
  /// Reads a POSIX TZ string, with the wider times of day that RFC 8536 allows; nil when it is none.
  init?(parsing text: some Collection<UInt8>) {
    var reader = RuleReader(rest: Array(text)[...])
    guard reader.skipName(), let west = reader.time(hours: 24) else { return nil }
    standardOffset = -west
    guard !reader.isAtEnd else { return }
    guard reader.skipName() else { return nil }
    var offset = standardOffset + 3600
    if let next = reader.rest.first, next != UInt8(ascii: ",") {
      guard let west = reader.time(hours: 24) else { return nil }
      offset = -west
    }
    guard let begins = reader.change(), let ends = reader.change(), reader.isAtEnd else { return nil }
    daylight = Daylight(offset: offset, begins: begins, ends: ends)
  }
}

/// Takes a TZ string apart from the left.
private struct RuleReader {
  var rest: ArraySlice<UInt8>

  var isAtEnd: Bool { rest.isEmpty }

  mutating func take(_ byte: Character) -> Bool {
    guard let ascii = byte.asciiValue, rest.first == ascii else { return false }
    rest.removeFirst()
    return true
  }

  /// Letters, or anything between `<` and `>`.
  mutating func skipName() -> Bool {
    if take("<") {
      guard let end = rest.firstIndex(of: UInt8(ascii: ">")) else { return false }
      rest = rest[(end + 1)...]
      return true
    }
    let name = rest.prefix { Character(Unicode.Scalar($0)).isLetter && $0 < 128 }
    rest = rest.dropFirst(name.count)
    return name.count >= 3
  }

  mutating func number(_ range: ClosedRange<Int64>) -> Int64? {
    let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard !digits.isEmpty, digits.count <= 4 else { return nil }
    rest = rest.dropFirst(digits.count)
    let number = digits.reduce(Int64(0)) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    return range.contains(number) ? number : nil
  }

  /// `[+-]h[h][:mm[:ss]]` in seconds.
  mutating func time(hours: Int64) -> Int64? {
    let isNegative = take("-")
    if !isNegative { _ = take("+") }
    guard var seconds = number(0...hours).map({ $0 * 3600 }) else { return nil }
    if take(":") {
      guard let minutes = number(0...59) else { return nil }
      seconds += minutes * 60
      if take(":") {
        guard let rest = number(0...59) else { return nil }
        seconds += rest
      }
    }
    return isNegative ? -seconds : seconds
  }

  /// `,date[/time]`; the time is 02:00 unless given.
  mutating func change() -> DaylightRule.Change? {
    guard take(","), let day = day() else { return nil }
    guard take("/") else { return .init(day: day, time: 7200) }
    return time(hours: 167).map { .init(day: day, time: $0) }
  }

  private mutating func day() -> DaylightRule.Day? {
    if take("J") { return number(1...365).map { .julian($0) } }
    guard take("M") else { return number(0...365).map { .ordinal($0) } }
    guard let month = number(1...12), take("."), let week = number(1...5), take("."),
      let weekday = number(0...6)
    else { return nil }
    return .weekday(month: Int(month), week: week, weekday: weekday)
  }
}
