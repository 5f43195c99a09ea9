import Basics

extension Timetable {
  /// What the calendar and daylight saving do to a tick, as a sentence; nil: nothing.
  public func remark(at tick: Instant) -> String? {
    let remarks = [calendarRemark(at: tick), clockRemark(at: tick)].compactMap(\.self)
    return remarks.isEmpty ? nil : remarks.joined(separator: "; ")
  }

  private func calendarRemark(at tick: Instant) -> String? {
    guard case .cron(let expression, let zone, _, _) = self, let calendar = expression.calendar else {
      return nil
    }
    let day = zone.local(at: tick).daysSinceEpoch
    guard expression.firstDay(from: day) != day else { return nil }
    if calendar.isAdded(day) { return "the calendar adds this date" }
    guard let own = calendar.origin(of: day, among: expression.firstDay(from:)) else { return nil }
    return "moved from \(CivilTime(daysSinceEpoch: own).dateText), which the calendar leaves out"
  }

  private func clockRemark(at tick: Instant) -> String? {
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
