import Basics

@testable import Timetables

/// Zones and moments where time is hard.
enum ZoneSample {
  /// Every `stride`-th zone the machine knows, and some with odd histories.
  static func zones(stride step: Int) throws -> [Zone] {
    let odd = [
      "UTC", "America/New_York", "America/St_Johns", "America/Sao_Paulo", "America/Juneau", "Pacific/Apia",
      "Pacific/Kwajalein", "Australia/Lord_Howe", "Pacific/Chatham", "Africa/Casablanca", "Africa/Monrovia",
      "Europe/Dublin", "Europe/Amsterdam", "Asia/Gaza", "Asia/Manila", "Antarctica/Troll", "America/Havana",
    ]
    let names = Zone.knownNames
    let sampled = stride(from: 0, to: names.count, by: step).map { names[$0] }
    return try Set(odd + sampled).sorted().map { try Zone(named: $0) }
  }

  /// Some of a zone's changes of offset, in seconds: drawn from those between two years.
  static func transitions(
    of zone: Zone, from first: Int = 1800, to last: Int = 2600, count: Int,
    using chance: inout SeededGenerator
  ) -> [SpanTable.Span] {
    var all: [SpanTable.Span] = []
    let end = CivilTime(year: last, month: 1, day: 1).secondsSinceEpoch
    var span = zone.spans.span(containing: CivilTime(year: first, month: 1, day: 1).secondsSinceEpoch)
    while span.end < end {
      span = zone.spans.span(containing: span.end)
      all.append(span)
    }
    return (0..<min(count, all.count)).compactMap { _ in all.randomElement(using: &chance) }
  }
}
