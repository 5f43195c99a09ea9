import Basics

extension Timetable {
  /// What daylight saving does to a tick, as a sentence; nil: nothing.
  public func remark(at tick: Instant) -> String? {
    guard case .cron(let expression, let zone, _, _) = self else { return nil }
    let shown = zone.local(at: tick)
    switch zone.instants(of: shown) {
    case .fold(let first, _):
      return "\(shown.clockText) comes twice; this is the \(tick == first ? "first" : "second")"
    case .gap, .unique:
      guard !expression.followsRealTime,
        expression.match(from: shown.secondsSinceEpoch) != shown.secondsSinceEpoch
      else { return nil }
      return "its time does not exist on that day; it comes at the end of the gap"
    }
  }
}

extension CivilTime {
  /// `02:30`.
  fileprivate var clockText: String { hour.padded(2) + ":" + minute.padded(2) }
}
