import Basics
import MeshModel

/// When a pipeline is due by the clock, within its bounds, and what for.
public struct PipelineSchedule: Sendable {
  public let timetable: Timetable
  public let declared: Schedule
  /// The zone that it is counted in.
  public let zone: Zone
  /// Nil: the pipeline has no partitions.
  private let calendar: PartitionCalendar?
  /// All ticks lie after it.
  public let opens: Instant
  /// No tick lies after it.
  private let closes: Instant

  /// Nil: the pipeline has no schedule, or one that this machine cannot tell.
  public init?(_ pipeline: Pipeline) {
    guard let declared = pipeline.schedule, let zone = try? Zone(named: pipeline.timezone),
      let timetable = try? Timetable(schedule: declared, zone: zone)
    else { return nil }
    self.timetable = timetable
    self.declared = declared
    self.zone = zone
    calendar = pipeline.grain.map { PartitionCalendar(grain: $0, zone: zone) }
    func justBefore(_ time: CivilTime) -> Instant { zone.firstInstant(reaching: time) - .milliseconds(1) }
    var opens = pipeline.start.map(justBefore) ?? Instant(milliseconds: .min)
    var closes = pipeline.end.map(justBefore) ?? Instant(milliseconds: .max)
    if let calendar {
      // A partition is due once it is over: from the end of the first to that of the last, and as long after
      // it as no other one is over.
      if pipeline.start != nil {
        guard let first = calendar.first(start: pipeline.start, end: pipeline.end) else { return nil }
        opens = first.end - .milliseconds(1)
      }
      if let end = pipeline.end, let next = calendar.first(start: end, end: nil) {
        closes = next.end - .milliseconds(1)
      }
    }
    self.opens = opens
    self.closes = closes
  }

  /// The first tick strictly after a moment; nil: none comes any more.
  public func next(after moment: Instant) -> Instant? {
    guard let tick = timetable.next(after: max(moment, opens)), tick <= closes else { return nil }
    return tick
  }

  /// The last tick up to a moment and strictly after another; nil: there is none.
  public func last(notAfter moment: Instant, after bound: Instant) -> Instant? {
    timetable.last(notAfter: min(moment, closes), after: max(bound, opens))
  }

  /// From the tick before to a tick, for a pipeline without partitions; nil: it is the first, or it has
  /// partitions.
  public func interval(endingAt tick: Instant) -> DataInterval? {
    guard calendar == nil else { return nil }
    return last(notAfter: tick - .milliseconds(1), after: tick - Self.longestInterval).map {
      DataInterval(start: $0, end: tick)
    }
  }

  /// Nothing comes more seldom than the 29th of February around a year that has none.
  private static let longestInterval = Duration.seconds(9 * 366 * 86_400)

  /// The partition that a tick makes: the latest one that is over then; nil: the pipeline has none.
  public func partition(at tick: Instant) -> PartitionInterval? { calendar?.latestComplete(at: tick) }
}
