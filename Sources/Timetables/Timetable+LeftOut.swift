import Basics
import MeshModel

extension Timetable {
  /// The first partition that no tick makes, from a moment on; nil: none is seen in as many as show what the
  /// schedule does.
  ///
  /// A tick makes the latest partition that is over, and the `lookback` before it. What a calendar leaves out
  /// is left out on purpose and not looked at.
  public func firstLeftOut(
    of partitions: PartitionCalendar, from start: Instant, lookback: Int
  ) -> PartitionInterval? {
    guard !comesOften(enoughFor: partitions.grain) else { return nil }
    var partition = partitions.partition(containing: start)
    for _ in 0..<telling(partitions.grain) {
      guard let tick = withoutCalendar.next(after: partition.end - .milliseconds(1)) else { return nil }
      var deadline: PartitionInterval? = partition
      for _ in 0...lookback { deadline = deadline.flatMap { partitions.next(after: $0) } }
      if let deadline, deadline.end <= tick { return partition }
      guard let made = partitions.latestComplete(at: tick), let next = partitions.next(after: made) else {
        return nil
      }
      partition = next
    }
    return nil
  }

  private var withoutCalendar: Timetable {
    switch self {
    case .cron(let expression, let zone, let gap, let fold):
      .cron(expression.withoutCalendar, zone: zone, gap: gap, fold: fold)
    case .every(let span, let zone, _): .every(span, zone: zone, calendar: nil)
    }
  }

  /// In so many partitions the weekdays, dates and months of a schedule come round.
  private func telling(_ grain: Grain) -> Int {
    switch grain {
    case .hourly: 800
    case .daily:
      if case .cron(let expression, _, _, _) = self, expression.months == 0x1FFE { 70 } else { 400 }
    case .weekly: 60
    case .monthly: 24
    case .yearly: 10
    }
  }

  /// Whether one look tells that a tick comes in every period.
  private func comesOften(enoughFor grain: Grain) -> Bool {
    switch self {
    case .cron(let expression, _, let gap, _):
      expression.matchesEveryDay
        && (grain > .hourly ? gap == .after || expression.followsRealTime : expression.comesEveryHour)
    case .every(let span, _, _): span <= .seconds(grain > .hourly ? 82_800 : 3600)
    }
  }
}
