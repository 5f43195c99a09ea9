import Basics
import MeshModel

/// What a calendar makes of the days of a schedule: which are left out, what they are moved to, which are
/// added.
///
/// A tick's date is the one that the cron names, on the wall clock of its zone, also where daylight saving
/// moves the tick over midnight.
public struct CalendarDays: Hashable, Sendable {
  public let calendar: ScheduleCalendar
  public let onExcluded: Schedule.OnExcluded
  /// The last day that it lists.
  private let last: Int64

  public init(_ calendar: ScheduleCalendar, onExcluded: Schedule.OnExcluded) {
    self.calendar = calendar
    self.onExcluded = onExcluded
    last = max(calendar.excluded.max() ?? 0, calendar.added.last ?? 0)
  }

  /// After so many days the weekdays of all dates come again.
  private static let cycle: Int64 = 146_097

  /// Whether a day is left out. One that is added never is.
  public func excludes(_ day: Int64) -> Bool {
    guard isClosedWeekday(day) || calendar.excluded.contains(day) else { return false }
    return !isAdded(day)
  }

  /// Whether a day is due whatever else is said.
  public func isAdded(_ day: Int64) -> Bool { firstAdded(from: day) == day }

  /// The first day that is due, at or after one; nil: none comes.
  ///
  /// - Parameter due: the first day on which the schedule alone is due, at or after one.
  func first(from day: Int64, of due: (Int64) -> Int64?) -> Int64? {
    let kept: Int64?
    switch onExcluded {
    case .skip: kept = firstKept(from: day, of: due)
    case .next:
      // A tick before the day can be moved past it, if nothing is open in between.
      guard let open = firstOpen(from: day) else { return firstAdded(from: day) }
      var begin = day
      while excludes(begin - 1), day - begin < Self.cycle { begin -= 1 }
      kept = due(begin).flatMap { $0 <= open ? open : firstOpen(from: $0) }
    case .previous:
      kept = firstOpen(from: day).flatMap { due($0) }.flatMap { lastOpen(to: $0) }
    }
    guard let added = firstAdded(from: day) else { return kept }
    return min(added, kept ?? added)
  }

  private func firstKept(from day: Int64, of due: (Int64) -> Int64?) -> Int64? {
    let end = max(day, last) + Self.cycle
    var from = day
    while let next = due(from), next <= end {
      guard excludes(next) else { return next }
      guard let open = firstOpen(from: next) else { return nil }
      from = open
    }
    return nil
  }

  /// A day that is left out and whose ticks are moved to another one; nil: there is none.
  func origin(of day: Int64, among due: (Int64) -> Int64?) -> Int64? {
    var begin = day + 1
    if onExcluded == .next {
      begin = day
      while excludes(begin - 1), day - begin < Self.cycle { begin -= 1 }
    }
    guard onExcluded != .skip, let own = due(begin), excludes(own) else { return nil }
    return (onExcluded == .next ? firstOpen(from: own) : lastOpen(to: own)) == day ? own : nil
  }

  /// The first day at or after one that is not left out.
  func firstOpen(from day: Int64) -> Int64? {
    guard calendar.weekdays != 0x7F else { return firstAdded(from: day) }
    var day = day
    while excludes(day) { day += 1 }
    return day
  }

  /// The last day at or before one that is not left out.
  private func lastOpen(to day: Int64) -> Int64? {
    guard calendar.weekdays != 0x7F else {
      let place = placeInAdded(of: day + 1)
      return place > 0 ? calendar.added[place - 1] : nil
    }
    var day = day
    while excludes(day) { day -= 1 }
    return day
  }

  private func isClosedWeekday(_ day: Int64) -> Bool {
    calendar.weekdays & (1 << UInt8((day + 4).flooredRemainder(7))) != 0
  }

  private func firstAdded(from day: Int64) -> Int64? {
    let place = placeInAdded(of: day)
    return place < calendar.added.count ? calendar.added[place] : nil
  }

  /// Where the first added day at or after one stands.
  private func placeInAdded(of day: Int64) -> Int {
    var low = 0
    var high = calendar.added.count
    while low < high {
      let middle = (low + high) / 2
      if calendar.added[middle] < day { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension CalendarDays {
  /// A long time in which a schedule is not due because of its calendar.
  public struct Drought: Hashable, Sendable {
    /// The first date that it leaves out.
    public var from: CivilTime
    /// The first date after it that is due; nil: none is any more.
    public var to: CivilTime?
  }

  /// The first stretch of more than two years in which a cron would be due and the calendar leaves it no day.
  public func drought(of cron: CronExpression) -> Drought? {
    let longest: Int64 = 731
    var passed = Int64.min
    // Whatever the dates do is seen from each of them, and what the weekdays do from the day after the last.
    for day in calendar.excluded.sorted() + [last + 1] where day > passed {
      let next = first(from: day, of: cron.firstDay(from:))
      passed = next ?? .max
      guard next ?? .max > day + longest, let own = cron.firstDay(from: day), own <= day + longest else {
        continue
      }
      return Drought(from: CivilTime(daysSinceEpoch: own), to: next.map { CivilTime(daysSinceEpoch: $0) })
    }
    return nil
  }
}
