import Basics
import Diagnostics
import MeshModel

/// When a pipeline is due by the clock: its schedule, in its zone.
public enum Timetable: Hashable, Sendable {
  case cron(CronExpression, zone: Zone, gap: Schedule.Gap, fold: Schedule.Fold)
  /// Ticks at whole multiples of a span since 1970-01-01 00:00 UTC, whatever the zone: `30m` at :00 and
  /// :30 of each hour of UTC, `24h` at its midnights. A calendar only leaves out dates of the zone.
  case every(Duration, zone: Zone, calendar: CalendarDays?)

  /// Reads the trigger of a schedule.
  public init(schedule: Schedule, zone: Zone) throws(CronError) {
    let calendar = schedule.calendar.map { CalendarDays($0, onExcluded: schedule.onExcluded) }
    switch schedule.trigger {
    case .cron(let text):
      let expression = try CronExpression(parsing: text.value)
      self = .cron(
        calendar.map(expression.keeping) ?? expression, zone: zone, gap: schedule.gap, fold: schedule.fold)
    case .every(let span): self = .every(span, zone: zone, calendar: calendar)
    }
  }

  /// What a calendar makes of its days; nil: it has none.
  var calendar: CalendarDays? {
    switch self {
    case .cron(let expression, _, _, _): expression.calendar
    case .every(_, _, let calendar): calendar
    }
  }

  /// What it is due by, in words; equal for timetables with the same ticks.
  public var rhythm: String {
    let dates = calendar.map { "; calendar \($0.onExcluded.rawValue) \($0.calendar.digest)" } ?? ""
    switch self {
    case .cron(let expression, let zone, let gap, let fold):
      return "cron \(expression.text); \(zone.name); gap \(gap.rawValue); fold \(fold.rawValue)" + dates
    case .every(let span, let zone, _):
      // Without a calendar it is the same in every zone.
      return "every \(span.wholeMilliseconds) ms" + (dates.isEmpty ? "" : "; \(zone.name)" + dates)
    }
  }

  /// The last tick at or before a moment and strictly after another; nil: there is none.
  public func last(notAfter moment: Instant, after bound: Instant) -> Instant? {
    // Only what comes next can be told, so it is looked for from ever further back, and then between.
    var reach: Duration = .seconds(60)
    while true {
      let from = max(bound, moment - reach)
      if let tick = next(after: from), tick <= moment { return last(from: tick, notAfter: moment) }
      guard from > bound else { return nil }
      reach *= 8
    }
  }

  private func last(from tick: Instant, notAfter moment: Instant) -> Instant {
    var (low, high) = (tick.milliseconds, moment.milliseconds)
    while low < high {
      // No tick lies after `high`, and `low` is one.
      let middle = low + (high - low) / 2
      if let later = next(after: Instant(milliseconds: middle)), later <= moment {
        low = later.milliseconds
      } else {
        high = middle
      }
    }
    return Instant(milliseconds: low)
  }

  /// The first tick strictly after a moment; nil where none comes any more.
  public func next(after moment: Instant) -> Instant? {
    switch self {
    case .cron(let expression, let zone, let gap, let fold):
      return expression.next(after: moment, in: zone, gap: gap, fold: fold)
    case .every(let span, let zone, let calendar):
      var from = moment
      // Weekdays and dates repeat themselves after 400 years: what is closed for so long never comes.
      for _ in 0..<Self.mostClosed {
        guard let tick = Self.next(every: span, after: from) else { return nil }
        let day = zone.local(at: tick).daysSinceEpoch
        guard let calendar, calendar.excludes(day) else { return tick }
        guard let open = calendar.firstOpen(from: day) else { return nil }
        from = zone.firstInstant(reaching: CivilTime(daysSinceEpoch: open)) - .milliseconds(1)
      }
      return nil
    }
  }

  /// So many closed days in a row are passed over.
  private static let mostClosed = 20_000

  private static func next(every span: Duration, after moment: Instant) -> Instant? {
    let step = span.wholeMilliseconds
    guard step > 0 else { return nil }
    let past = moment.milliseconds.flooredRemainder(step)
    let (next, overflow) = moment.milliseconds.addingReportingOverflow(step - past)
    return overflow ? nil : Instant(milliseconds: next)
  }
}
