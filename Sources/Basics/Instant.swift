/// A moment in time: milliseconds since 1970-01-01 00:00:00 UTC.
///
/// The record stores these milliseconds; JSON shows them as RFC 3339 in UTC.
public struct Instant: Hashable, Comparable, Sendable {
  /// Milliseconds since the Unix epoch, negative before it.
  public var milliseconds: Int64

  public init(milliseconds: Int64) { self.milliseconds = milliseconds }

  /// The moment that many whole seconds after the Unix epoch.
  public init(seconds: Int64) {
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    milliseconds = overflow ? (seconds < 0 ? .min : .max) : product
  }

  /// Whole seconds since the epoch, rounded down.
  public var seconds: Int64 { milliseconds.flooredQuotient(1000) }

  public static func < (left: Instant, right: Instant) -> Bool { left.milliseconds < right.milliseconds }

  /// The moment that much later, held at the ends of the range.
  public static func + (moment: Instant, span: Duration) -> Instant {
    let (sum, overflow) = moment.milliseconds.addingReportingOverflow(span.wholeMilliseconds)
    guard overflow else { return Instant(milliseconds: sum) }
    return Instant(milliseconds: span < .zero ? .min : .max)
  }

  /// The moment that much earlier, held at the ends of the range.
  public static func - (moment: Instant, span: Duration) -> Instant { moment + (.zero - span) }

  /// The time from `right` to `left`.
  public static func - (left: Instant, right: Instant) -> Duration {
    let (difference, overflow) = left.milliseconds.subtractingReportingOverflow(right.milliseconds)
    return .milliseconds(overflow ? (left > right ? Int64.max : .min) : difference)
  }
}
