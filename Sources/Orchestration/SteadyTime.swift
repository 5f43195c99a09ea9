import Basics

/// The time as the scheduler is told it: the wall clock when the process began, moved on by the clock that
/// never steps, so that no timer fires early or late because somebody set the wall clock.
package struct SteadyTime: Sendable {
  private let clock: any Clock
  private let wall: Instant
  private let monotonic: UInt64

  package init(_ clock: any Clock) {
    self.clock = clock
    wall = clock.now
    monotonic = clock.monotonicNanoseconds
  }

  package var now: Instant { wall + .nanoseconds(Int64(clamping: clock.monotonicNanoseconds &- monotonic)) }

  /// What the wall clock shows, steps and all: what schedules go by.
  package var wallNow: Instant { clock.now }

  /// Nanoseconds of the clock that never steps.
  package var monotonicNow: UInt64 { clock.monotonicNanoseconds }

  /// The same moment on the clock that never steps, in nanoseconds; rounded up, so that what is due then is
  /// due.
  package func monotonic(at moment: Instant) -> UInt64 {
    (moment - wall).deadline(from: monotonic)
  }
}
