import Basics
import Diagnostics
import MeshModel

/// When a pipeline is due by the clock: its schedule, in its zone.
public enum Timetable: Hashable, Sendable {
  case cron(CronExpression, zone: Zone, gap: Schedule.Gap, fold: Schedule.Fold)
  /// Ticks at whole multiples of a span since 1970-01-01 00:00 UTC, whatever the zone: `30m` at :00 and
  /// :30 of each hour of UTC, `24h` at its midnights.
  case every(Duration)

  /// Reads the trigger of a schedule.
  public init(schedule: Schedule, zone: Zone) throws(CronError) {
    switch schedule.trigger {
    case .cron(let text):
      let expression = try CronExpression(parsing: text.value)
      self = .cron(expression, zone: zone, gap: schedule.gap, fold: schedule.fold)
    case .every(let span): self = .every(span)
    }
  }

  /// What it is due by, in words; equal for timetables with the same ticks.
  public var rhythm: String {
    switch self {
    case .cron(let expression, let zone, let gap, let fold):
      "cron \(expression.text); \(zone.name); gap \(gap.rawValue); fold \(fold.rawValue)"
    case .every(let span): "every \(span.wholeMilliseconds) ms"
    }
  }

  /// The last tick at or before a moment and strictly after another; nil: there is none.
  public func last(notAfter moment: Instant, after bound: Instant) -> Instant? {
    // Crons tell only what comes next, so it is looked for from ever further back.
    var reach: Duration = .seconds(60)
    while true {
      let from = max(bound, moment - reach)
      if var tick = next(after: from), tick <= moment {
        while let later = next(after: tick), later <= moment { tick = later }
        return tick
      }
      guard from > bound else { return nil }
      reach *= 8
    }
  }

  /// The first tick strictly after a moment; nil where none comes any more.
  public func next(after moment: Instant) -> Instant? {
    switch self {
    case .cron(let expression, let zone, let gap, let fold):
      return expression.next(after: moment, in: zone, gap: gap, fold: fold)
    case .every(let span):
      let step = span.wholeMilliseconds
      guard step > 0 else { return nil }
      let past = moment.milliseconds.flooredRemainder(step)
      let (next, overflow) = moment.milliseconds.addingReportingOverflow(step - past)
      return overflow ? nil : Instant(milliseconds: next)
    }
  }
}
