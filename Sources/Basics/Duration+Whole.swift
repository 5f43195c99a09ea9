extension Duration {
  /// The span in milliseconds, rounded toward zero and held at the ends of `Int64`.
  public var wholeMilliseconds: Int64 {
    let parts = components
    let (high, overflow) = parts.seconds.multipliedReportingOverflow(by: 1000)
    if overflow { return parts.seconds < 0 ? .min : .max }
    let (sum, carried) = high.addingReportingOverflow(parts.attoseconds / 1_000_000_000_000_000)
    return carried ? (parts.seconds < 0 ? .min : .max) : sum
  }

  /// The span in nanoseconds, as clocks that never step count them: rounded toward zero, never negative, and
  /// held at the end of `UInt64`.
  public var wholeNanoseconds: UInt64 {
    let parts = components
    let (high, overflow) = UInt64(clamping: parts.seconds).multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, carried) = high.addingReportingOverflow(UInt64(clamping: parts.attoseconds / 1_000_000_000))
    return overflow || carried ? .max : sum
  }

  /// The moment that much after `start`, both in nanoseconds of a clock that never steps, held at the end of
  /// the range, which is never.
  public func deadline(from start: UInt64) -> UInt64 {
    let (sum, overflow) = start.addingReportingOverflow(wholeNanoseconds)
    return overflow ? .max : sum
  }
}
