import Basics

/// The dates that a calendar file leaves out of a schedule or adds to it.
public struct ScheduleCalendar: Hashable, Sendable {
  /// Its file, relative to the project.
  public var path: String
  /// Bit n: every such weekday is left out, 0 for Sunday.
  public var weekdays: UInt8
  /// The dates that are left out, in days since 1970-01-01.
  public var excluded: Set<Int64>
  /// The dates that are due whatever the cron and the rest of the calendar say; ascending.
  public var added: [Int64]

  public init(path: String, weekdays: UInt8 = 0, excluded: Set<Int64> = [], added: [Int64] = []) {
    self.path = path
    self.weekdays = weekdays
    self.excluded = excluded
    self.added = added
  }

  /// The words for weekdays, Sunday first.
  public static let weekdayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

  /// What it says, whatever the order and the comments of its file: equal for calendars that keep the same
  /// dates.
  public var digest: String {
    var sum = SHA256()
    sum.update("\(weekdays)\n")
    for day in excluded.sorted() { sum.update("\(day)\n") }
    for day in added { sum.update("+\(day)\n") }
    return sum.hexadecimal
  }
}
