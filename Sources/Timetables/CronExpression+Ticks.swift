import Basics
import MeshModel

extension CronExpression {
  /// The first moment after another at which the expression comes true.
  ///
  /// Where neither the minute nor the hour begins with `*`, the times are fixed ones, as in Debian's
  /// cron: one that the clock leaves out comes at the end of the gap (or not at all), one that it shows
  /// twice comes once (or twice). The others follow real time: what is left out does not come, what is
  /// repeated comes again. Ticks that are moved to one moment are one, so moments strictly increase.
  ///
  /// - Returns: nil where none comes before the year 10000 of the zone.
  public func next(
    after moment: Instant, in zone: Zone, gap: Schedule.Gap = .after, fold: Schedule.Fold = .first
  ) -> Instant? {
    // A tick is a whole second, so the first that can come is the second after the one that has begun.
    var now = max(SpanTable.clamped(moment.seconds), Self.firstSecond) + 1
    var span = zone.spans.span(containing: now)
    var known: (from: Int64, match: Int64)?
    func match(from wall: Int64) -> Int64? {
      if let known, known.from <= wall, wall <= known.match { return known.match }
      guard let match = self.match(from: wall) else { return nil }
      known = (wall, match)
      return match
    }
    while true {
      var wall = now + span.offset
      var end = span.end + span.offset
      if !followsRealTime {
        if now == span.start, span.previousOffset < span.offset, gap == .after {
          guard let lost = match(from: now + span.previousOffset) else { return nil }
          if lost < wall { return Instant(seconds: now) }
        }
        // Of a repeated stretch, one pass is left out here: the second below, the first above.
        if fold == .first { wall = max(wall, span.start + span.previousOffset) }
        if fold == .second { end = min(end, span.end + span.nextOffset) }
      }
      guard let match = match(from: wall) else { return nil }
      if match < end { return Instant(seconds: match - span.offset) }
      now = span.end
      span = zone.spans.span(containing: now)
    }
  }

  /// Nothing is due before the year 1: the scan begins there.
  private static let firstSecond = CivilTime(year: 1, month: 1, day: 1).secondsSinceEpoch
}
