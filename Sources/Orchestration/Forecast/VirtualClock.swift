import Basics

/// A clock that shows what it was told.
final class VirtualClock: Clock, @unchecked Sendable {
  /// Set by the thread that foresees, which is the only one to ask.
  var now: Instant

  init(_ now: Instant) { self.now = now }

  var monotonicNanoseconds: UInt64 {
    let (nanoseconds, overflow) = UInt64(clamping: now.milliseconds).multipliedReportingOverflow(
      by: 1_000_000)
    return overflow ? .max : nanoseconds
  }
}
