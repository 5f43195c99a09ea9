import Basics
import Foundation

/// A clock that stands still until a test moves it.
public final class ManualClock: Clock, @unchecked Sendable {
  private let lock = NSLock()
  private var wall: Instant
  private var monotonic: UInt64

  /// By default the first moment of 2013 in UTC.
  public init(_ start: Instant = Instant(seconds: 1_356_998_400)) {
    wall = start
    monotonic = 1_000_000_000
  }

  public var now: Instant { lock.withLock { wall } }
  public var monotonicNanoseconds: UInt64 { lock.withLock { monotonic } }

  /// Lets time pass on both clocks.
  public func advance(by span: Duration) {
    lock.withLock {
      wall = wall + span
      monotonic += UInt64(clamping: span.wholeMilliseconds) * 1_000_000
    }
  }

  /// Steps the wall clock alone, in either direction, as an operator may.
  public func setWall(to moment: Instant) { lock.withLock { wall = moment } }
}
