import Basics
import MeshModel

extension RetryPolicy {
  /// How long to wait after attempt `number` of a task instance before the next one.
  ///
  /// Pure arithmetic: the jitter comes from the instance and the attempt alone, so a delay can be foretold.
  /// Delays never shrink from one attempt to the next, never pass `maxDelay`, and never overflow (a year is
  /// the most).
  func delay(afterAttempt number: Int, of instance: InstanceID) -> Duration {
    let cap = min(maxDelay?.wholeMilliseconds ?? Self.longest, Self.longest)
    let first = max(0, delay.wholeMilliseconds)
    guard first > 0 else { return .zero }
    var greatest: Int64 = 0
    for attempt in 1...max(1, number) {
      let base = min(cap, Self.base(first: first, attempt: attempt, backoff: backoff))
      var chance = SeededGenerator(seed: Self.seed(instance, attempt))
      let extra = Double(base) * min(max(jitter, 0), 1) * chance.fraction()
      greatest = max(greatest, min(cap, base + Int64(extra)))
      if greatest == cap { break }
    }
    return .milliseconds(greatest)
  }

  private static var longest: Int64 { 366 * 24 * 3600 * 1000 }

  private static func base(first: Int64, attempt: Int, backoff: Backoff) -> Int64 {
    switch backoff {
    case .constant: return first
    case .linear:
      let (product, overflow) = first.multipliedReportingOverflow(by: Int64(attempt))
      return overflow ? longest : product
    case .exponential:
      guard attempt <= 40 else { return longest }
      let (product, overflow) = first.multipliedReportingOverflow(by: 1 << Int64(attempt - 1))
      return overflow ? longest : min(product, longest)
    }
  }

  private static func seed(_ instance: InstanceID, _ attempt: Int) -> UInt64 {
    var seed: UInt64 = 0x4845_4444_4C45
    for part in [
      UInt64(bitPattern: instance.run), UInt64(instance.task), UInt64(instance.index), UInt64(attempt),
    ] {
      var generator = SeededGenerator(seed: seed ^ part)
      seed = generator.next()
    }
    return seed
  }
}
