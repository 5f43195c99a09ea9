import Basics
import MeshModel

extension PartitionCalendar {
  /// The period of a key.
  ///
  /// Each period has one key: an hour's offset is written where the hour exists twice, and only there.
  public func partition(key text: String) throws(PartitionKeyError) -> PartitionInterval {
    guard let key = PartitionKey(text) else {
      throw PartitionKeyError(
        key: text, message: "'\(text)' is no key of a partition",
        help: "write a key such as '\(grain.exampleKey)'")
    }
    guard key.grain == grain else {
      throw PartitionKeyError(
        key: text,
        message: "'\(text)' is the key of a \(key.grain.rawValue) partition, and these are \(grain.rawValue)",
        help: "write a key such as '\(grain.exampleKey)'")
    }
    guard let date = Self.firstDay(of: key) else {
      throw PartitionKeyError(
        key: text, message: "there is no '\(text)' in the calendar", help: Self.reason(key))
    }
    if grain == .hourly { return try hour(key, text, date) }
    guard let period = period(from: date) else { throw leftOut(text, date) }
    return period
  }

  /// The periods from one key through another, both included.
  ///
  /// - Parameter limit: the most there may be.
  public func partitions(from first: String, to last: String, limit: Int = 1_000_000)
    throws(PartitionKeyError) -> [PartitionInterval]
  {
    let start = try partition(key: first)
    let end = try partition(key: last)
    guard start.start <= end.start else {
      throw PartitionKeyError(
        key: first, message: "'\(first)' comes after '\(last)'", help: "write the earlier key first")
    }
    var left = limit
    let result = list(from: start) { partition in
      guard partition.start <= end.start else { return false }
      left -= 1
      return left >= 0
    }
    guard left >= 0 else {
      throw PartitionKeyError(
        key: last, message: "from '\(first)' to '\(last)' are more than \(limit) partitions",
        help: "ask for fewer at a time")
    }
    return result
  }

  /// The key of a period of days that begins on a date.
  func key(ofPeriodFrom date: CivilTime) -> String {
    switch grain {
    case .hourly, .daily: return date.dateText
    case .monthly: return date.year.padded(4) + "-" + date.month.padded(2)
    case .yearly: return date.year.padded(4)
    case .weekly:
      let (year, week) = Self.week(of: date)
      return year.padded(4) + "-W" + week.padded(2)
    }
  }

  /// The year and number of the ISO week that begins on a Monday: those of its Thursday.
  private static func week(of monday: CivilTime) -> (year: Int, week: Int) {
    let thursday = monday.daysSinceEpoch + 3
    let year = CivilTime(daysSinceEpoch: thursday).year
    let newYear = CivilTime(year: year, month: 1, day: 1).daysSinceEpoch
    return (year, Int(thursday - newYear) / 7 + 1)
  }

  /// The day a key's period begins with, with the hour of hourly keys; nil when no calendar has it.
  private static func firstDay(of key: PartitionKey) -> CivilTime? {
    guard key.year >= 1, (0...23).contains(key.hour) else { return nil }
    if key.grain == .weekly {
      // 4 January always lies in week 1.
      let fourth = CivilTime(year: key.year, month: 1, day: 4)
      let first = fourth.daysSinceEpoch - Int64(fourth.isoWeekday - 1)
      let monday = CivilTime(daysSinceEpoch: first + Int64(key.part - 1) * 7)
      return week(of: monday) == (key.year, key.part) ? monday : nil
    }
    guard (1...12).contains(key.part), (1...31).contains(key.day) else { return nil }
    let time = CivilTime(year: key.year, month: key.part, day: key.day, hour: key.hour)
    return CivilTime(daysSinceEpoch: time.daysSinceEpoch).day == key.day ? time : nil
  }

  private static func reason(_ key: PartitionKey) -> String {
    if key.year < 1 { return "years go from 0001 to 9999" }
    if key.grain == .weekly { return "'\(key.year.padded(4))' has weeks W01 to W\(lastWeek(of: key.year))" }
    if !(1...12).contains(key.part) { return "months go from 01 to 12" }
    if !(0...23).contains(key.hour) { return "hours go from 00 to 23" }
    let first = CivilTime(year: key.year, month: key.part, day: 1).daysSinceEpoch
    let last = CivilTime(daysSinceEpoch: first + 31)
    let length = 31 - (last.day - 1)
    return "'\(key.year.padded(4))-\(key.part.padded(2))' has days 01 to \(length)"
  }

  private static func lastWeek(of year: Int) -> Int {
    let december = CivilTime(year: year, month: 12, day: 28)
    return week(of: CivilTime(daysSinceEpoch: december.daysSinceEpoch - Int64(december.isoWeekday - 1))).week
  }

  private func leftOut(_ key: String, _ time: CivilTime) -> PartitionKeyError {
    let next = partition(containing: zone.firstInstant(reaching: time))
    return PartitionKeyError(
      key: key, message: "there is no '\(key)' in '\(zone.name)': the clock was put forward past it",
      help: "the next one is '\(next.key)'")
  }

  private func hour(_ key: PartitionKey, _ text: String, _ time: CivilTime) throws(PartitionKeyError)
    -> PartitionInterval
  {
    let found = hours(showing: time.secondsSinceEpoch)
    if let exact = found.first(where: { $0.key == text }) { return exact.interval }
    guard let only = found.first else { throw leftOut(text, time) }
    let keys = found.map { "'\($0.key)'" }.joined(separator: " or ")
    let message =
      found.count == 1
      ? "'\(text)' has an offset, and the hour exists once in '\(zone.name)'"
      : key.offset.isEmpty
        ? "the hour '\(text)' exists twice in '\(zone.name)'"
        : "the hour '\(text)' does not exist with that offset in '\(zone.name)'"
    throw PartitionKeyError(
      key: text, message: message, help: "write \(found.count == 1 ? "'\(only.key)'" : keys)")
  }
}
