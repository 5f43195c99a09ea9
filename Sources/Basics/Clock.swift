import Glibc

/// Where the time comes from. Only this room asks the machine; everything else is handed a clock or a moment.
public protocol Clock: Sendable {
  /// The wall clock, in UTC; it may step in either direction.
  var now: Instant { get }
  /// Nanoseconds of a clock that never steps, from an arbitrary start.
  var monotonicNanoseconds: UInt64 { get }
}

/// The machine's own clocks.
public struct SystemClock: Clock {
  public init() {}

  public var now: Instant {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }

  public var monotonicNanoseconds: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
