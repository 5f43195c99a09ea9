import MeshModel

/// What trigger rules mean, as their names and the manual say, written without a look at the scheduler.
///
/// A rule that asks for successes, or for no failures, is not met because of a failure: then the task fails
/// with its upstreams. A rule that waits for failures, or that shuns skips, is not met because there is
/// nothing to do: then the task is skipped. Without upstreams every rule is met.
enum TriggerOracle {
  /// How upstreams ended, counted. An allowed failure counts as a success, a cancelled task as a failed one.
  struct Ends: Hashable {
    var successes = 0
    /// Failed, cancelled, or failed with their own upstreams.
    var failures = 0
    var skips = 0

    var count: Int { successes + failures + skips }
  }

  enum Verdict: Hashable { case start, skip, fail }

  /// The verdict once all upstreams are final.
  static func verdict(_ rule: TriggerRule, _ ends: Ends) -> Verdict {
    guard ends.count > 0 else { return .start }
    switch rule {
    case .allDone: return .start
    case .allSuccess:
      return ends.failures > 0 ? .fail : ends.skips > 0 ? .skip : .start
    case .oneSuccess:
      return ends.successes > 0 ? .start : ends.failures > 0 ? .fail : .skip
    case .noneFailed:
      return ends.failures > 0 ? .fail : .start
    case .noneFailedMinOneSuccess:
      return ends.failures > 0 ? .fail : ends.successes > 0 ? .start : .skip
    case .allFailed: return ends.failures == ends.count ? .start : .skip
    case .oneFailed: return ends.failures > 0 ? .start : .skip
    case .noneSkipped: return ends.skips == 0 ? .start : .skip
    }
  }

  /// The verdict that is certain although some upstreams are not final; nil: it may still become another one.
  ///
  /// Law 1 lets a task start no earlier, and law 7 no later. Whoever waits for all to be done waits for all.
  static func certain(_ rule: TriggerRule, _ ends: Ends, open: Int) -> Verdict? {
    if rule == .allDone, open > 0 { return nil }
    var found: Verdict?
    for successes in 0...open {
      for failures in 0...(open - successes) {
        let whole = Ends(
          successes: ends.successes + successes, failures: ends.failures + failures,
          skips: ends.skips + open - successes - failures)
        let verdict = verdict(rule, whole)
        if let found, found != verdict { return nil }
        found = verdict
      }
    }
    return found
  }
}
