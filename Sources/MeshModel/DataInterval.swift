import Basics

/// The stretch of time that a run is about; its end is no part of it.
public struct DataInterval: Hashable, Sendable {
  public var start: Instant
  public var end: Instant

  public init(start: Instant, end: Instant) {
    self.start = start
    self.end = end
  }
}

extension PartitionInterval {
  /// Where it lies in time.
  public var interval: DataInterval { DataInterval(start: start, end: end) }
}
