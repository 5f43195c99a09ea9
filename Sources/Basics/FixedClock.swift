/// A clock that stands still, for what is asked about a moment.
public struct FixedClock: Clock {
  public let now: Instant

  public init(_ now: Instant) { self.now = now }

  public var monotonicNanoseconds: UInt64 { 0 }
}
