import Basics
import MeshModel

/// The calendar periods of one grain in one zone: they tile time, and each has a key.
///
/// A period begins at the first moment at which the wall clock shows its first time or a later one, and
/// ends where the next begins: a day of 23 or 25 hours, a day that begins at 01:00 because its midnight
/// is left out. A period that a zone leaves out altogether does not exist. The calendar reaches from the
/// year 1 through 9999; moments beyond belong to the first and the last period.
public struct PartitionCalendar: Hashable, Sendable {
  public let grain: Grain
  public let zone: Zone

  public init(grain: Grain, zone: Zone) {
    self.grain = grain
    self.zone = zone
  }

  /// The calendar of a pipeline; nil: it has no partitions.
  public init?(for pipeline: Pipeline) throws(ZoneError) {
    guard let grain = pipeline.grain else { return nil }
    self.init(grain: grain, zone: try Zone(named: pipeline.timezone))
  }

  /// The period in which a moment lies.
  public func partition(containing moment: Instant) -> PartitionInterval {
    let bounds = Self.bounds
    let earliest = zone.spans.firstMoment(reaching: bounds.lowerBound)
    let latest = zone.spans.firstMoment(reaching: bounds.upperBound) - 1
    let second = min(max(moment.seconds, earliest), latest)
    if grain == .hourly { return hour(containing: second).interval }
    var ordinal = ordinal(of: second + zone.spans.span(containing: second).offset)
    var start = self.start(of: ordinal)
    var end = self.start(of: ordinal + 1)
    // Where the clock was put back over midnight, the next period has begun already.
    while end <= second {
      ordinal += 1
      start = end
      end = self.start(of: ordinal + 1)
    }
    return interval(ordinal, start, end)
  }

  /// The period that follows; nil at the end of the calendar.
  public func next(after partition: PartitionInterval) -> PartitionInterval? {
    let next = self.partition(containing: partition.end)
    return next.start == partition.end ? next : nil
  }

  /// The period before; nil at the beginning of the calendar.
  public func previous(before partition: PartitionInterval) -> PartitionInterval? {
    let previous = self.partition(containing: Instant(seconds: partition.start.seconds - 1))
    return previous.end == partition.start ? previous : nil
  }

  /// The last period that has ended at a moment; nil at the beginning of the calendar.
  public func latestComplete(at moment: Instant) -> PartitionInterval? {
    let current = partition(containing: moment)
    return current.end <= moment ? current : previous(before: current)
  }

  /// Every period that shares a moment with [start, end), in order.
  public func covering(start: Instant, end: Instant) -> [PartitionInterval] {
    guard start < end else { return [] }
    return list(from: partition(containing: start)) { $0.start < end }
  }

  /// Every period that lies wholly in [start, end), in order.
  public func within(start: Instant, end: Instant) -> [PartitionInterval] {
    var first: PartitionInterval? = partition(containing: start)
    if let found = first, found.start < start { first = next(after: found) }
    return list(from: first) { $0.end <= end }
  }

  /// Whether a period lies in a pipeline's bounds: wall times of the zone, `end` excluded; nil: no bound.
  ///
  /// What counts is where the period begins.
  public func isWithin(_ partition: PartitionInterval, start: CivilTime?, end: CivilTime?) -> Bool {
    if let start, partition.start < zone.firstInstant(reaching: start) { return false }
    if let end, partition.start >= zone.firstInstant(reaching: end) { return false }
    return true
  }

  /// The first period within a pipeline's bounds; nil where there is no `start`, or none before `end`.
  public func first(start: CivilTime?, end: CivilTime?) -> PartitionInterval? {
    guard let start else { return nil }
    let moment = zone.firstInstant(reaching: start)
    var first: PartitionInterval? = partition(containing: moment)
    if let found = first, found.start < moment { first = next(after: found) }
    return first.flatMap { isWithin($0, start: start, end: end) ? $0 : nil }
  }

  func list(from first: PartitionInterval?, while belongs: (PartitionInterval) -> Bool) -> [PartitionInterval]
  {
    var result: [PartitionInterval] = []
    var current = first
    while let partition = current, belongs(partition) {
      result.append(partition)
      current = next(after: partition)
    }
    return result
  }

  /// The wall times, in seconds, between which years have four digits. The first is a Monday.
  private static let bounds =
    CivilTime(year: 1, month: 1, day: 1)
    .secondsSinceEpoch..<CivilTime(year: 10000, month: 1, day: 1).secondsSinceEpoch
}

extension PartitionCalendar {
  /// The number of the period that begins at or before a wall time; periods are counted one by one.
  private func ordinal(of wall: Int64) -> Int64 {
    let day = wall.flooredQuotient(86_400)
    switch grain {
    case .hourly, .daily: return day
    // 1970-01-05 was a Monday.
    case .weekly: return (day - 4).flooredQuotient(7)
    case .monthly:
      let date = CivilTime(daysSinceEpoch: day)
      return Int64(date.year) * 12 + Int64(date.month - 1)
    case .yearly: return Int64(CivilTime(daysSinceEpoch: day).year)
    }
  }

  /// The first day of a period.
  private func firstDay(of ordinal: Int64) -> CivilTime {
    switch grain {
    case .hourly, .daily: CivilTime(daysSinceEpoch: ordinal)
    case .weekly: CivilTime(daysSinceEpoch: ordinal * 7 + 4)
    case .monthly:
      CivilTime(year: Int(ordinal.flooredQuotient(12)), month: Int(ordinal.flooredRemainder(12)) + 1, day: 1)
    case .yearly: CivilTime(year: Int(ordinal), month: 1, day: 1)
    }
  }

  /// The first moment of a period, in seconds.
  private func start(of ordinal: Int64) -> Int64 {
    zone.spans.firstMoment(reaching: firstDay(of: ordinal).secondsSinceEpoch)
  }

  private func interval(_ ordinal: Int64, _ start: Int64, _ end: Int64) -> PartitionInterval {
    PartitionInterval(
      key: key(ofPeriodFrom: firstDay(of: ordinal)), start: Instant(seconds: start),
      end: Instant(seconds: end))
  }

  /// The period of days that begins on a date, unless the zone leaves it out.
  func period(from date: CivilTime) -> PartitionInterval? {
    let ordinal = ordinal(of: date.secondsSinceEpoch)
    let start = start(of: ordinal)
    let end = self.start(of: ordinal + 1)
    return start < end ? interval(ordinal, start, end) : nil
  }
}
