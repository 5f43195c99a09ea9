import Basics

/// A time zone: which wall time a place shows at which moment, past and future.
///
/// Read from the system's zone files, so that it follows the machine's updates; `UTC` needs no file. Leap
/// seconds are ignored. Every moment and every wall time has an answer, however far away.
public struct Zone: Sendable, Hashable {
  /// The IANA name.
  public let name: String
  let spans: SpanTable

  init(name: String, spans: SpanTable) {
    self.name = name
    self.spans = spans
  }

  /// Universal time.
  public static let utc = Zone(name: "UTC", spans: SpanTable(offset: 0))

  public static func == (left: Zone, right: Zone) -> Bool {
    left.name == right.name && (left.spans === right.spans || left.spans == right.spans)
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(name) }

  /// Seconds that the wall clock is ahead of UTC.
  public func offset(at moment: Instant) -> Int { Int(spans.span(containing: moment.seconds).offset) }

  /// What the wall clock shows, in whole seconds.
  public func local(at moment: Instant) -> CivilTime {
    let seconds = moment.seconds
    return CivilTime(secondsSinceEpoch: seconds + spans.span(containing: seconds).offset)
  }

  /// The moments at which the wall clock shows a time.
  public enum Moments: Hashable, Sendable {
    /// As nearly always.
    case unique(Instant)
    /// Never: at `transition` the clock is put forward from `before` to `after`.
    case gap(before: CivilTime, after: CivilTime, transition: Instant)
    /// Twice, because the clock is put back in between.
    case fold(first: Instant, second: Instant)
  }

  /// The moments at which the wall clock shows this time.
  public func instants(of time: CivilTime) -> Moments {
    let wall = SpanTable.clamped(time.secondsSinceEpoch)
    var span = spans.span(containing: wall - SpanTable.widestOffset)
    var first: Int64?
    while true {
      let moment = wall - span.offset
      if span.contains(moment) {
        if let first { return .fold(first: Instant(seconds: first), second: Instant(seconds: moment)) }
        first = moment
      }
      let end = span.end
      if end > wall + SpanTable.widestOffset { break }
      if first == nil, end + span.offset <= wall, wall < end + span.nextOffset {
        return .gap(
          before: CivilTime(secondsSinceEpoch: end + span.offset),
          after: CivilTime(secondsSinceEpoch: end + span.nextOffset), transition: Instant(seconds: end))
      }
      span = spans.span(containing: end)
    }
    return .unique(Instant(seconds: first ?? spans.firstMoment(reaching: wall)))
  }

  /// The first moment at which the wall clock shows this time or a later one.
  ///
  /// It is the time itself, the first of two where the clock is put back, and the end of the gap where
  /// the time is left out. It never decreases as the time increases, so that calendar periods that begin
  /// so tile time.
  public func firstInstant(reaching time: CivilTime) -> Instant {
    Instant(seconds: spans.firstMoment(reaching: SpanTable.clamped(time.secondsSinceEpoch)))
  }

  /// An offset as ISO 8601 writes it: `-04:00`, `+05:30`, with seconds only where it has some.
  public static func offsetText(_ offset: Int) -> String {
    let size = offset.magnitude
    let minutes = Int(size / 3600).padded(2) + ":" + Int(size / 60 % 60).padded(2)
    return (offset < 0 ? "-" : "+") + minutes + (size % 60 == 0 ? "" : ":" + Int(size % 60).padded(2))
  }
}
