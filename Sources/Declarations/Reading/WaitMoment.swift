import Basics
import MeshModel
import Timetables

/// A moment that a wait lasts until, as it is written down or as SQL answers it.
public enum WaitMoment: Hashable, Sendable {
  /// `06:30`: on the day that the wait belongs to.
  case timeOfDay(CivilTime)
  /// `2013-01-31 06:30`, on the pipeline's clock.
  case local(CivilTime)
  /// `2013-01-31T06:30:00Z`.
  case universal(CivilTime)

  /// Nil for a text of another form.
  public init?(_ text: String) {
    if text.hasSuffix("Z"), text.utf8.count > 11, let time = CivilTime(declared: String(text.dropLast())) {
      self = .universal(time)
    } else if let time = CivilTime(declared: text) {
      self = .local(time)
    } else if [5, 8].contains(text.utf8.count), let time = CivilTime(declared: "1970-01-01T" + text) {
      self = .timeOfDay(time)
    } else {
      return nil
    }
  }

  /// The moment.
  ///
  /// - Parameters:
  ///   - zone: the pipeline's.
  ///   - day: a moment of the day that a time of day is meant on.
  public func instant(in zone: Zone, on day: Instant) -> Instant {
    switch self {
    case .universal(let time): return Instant(seconds: time.secondsSinceEpoch)
    case .local(let time): return zone.firstInstant(reaching: time)
    case .timeOfDay(var time):
      let date = zone.local(at: day)
      (time.year, time.month, time.day) = (date.year, date.month, date.day)
      return zone.firstInstant(reaching: time)
    }
  }
}
