import Basics

/// A clock that shows what it was told.
final class VirtualClock: Clock, @unchecked Sendable {
  /// Set by the thread that foresees, which is the only one to ask.
  var now: Instant

  init(_ now: Instant) { self.now = now }

  var monotonicNanoseconds: UInt64 { Duration.milliseconds(now.milliseconds).wholeNanoseconds }
}
