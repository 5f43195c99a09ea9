import MeshModel

/// How the upstreams of a task ended, as far as they have.
public struct UpstreamTally: Sendable {
  /// Allowed failures count here: whoever allows a failure can live with it.
  var success: Int32 = 0
  var failed: Int32 = 0
  var upstreamFailed: Int32 = 0
  var skipped: Int32 = 0

  /// Nothing has ended.
  public init() {}

  /// Counts one final upstream instance. A cancelled one counts as failed.
  public mutating func count(_ state: InstanceState, failureAllowed: Bool) {
    switch state {
    case .success: success += 1
    case .skipped: skipped += 1
    case .upstreamFailed: upstreamFailed += 1
    case .failed where failureAllowed: success += 1
    case .failed, .cancelled: failed += 1
    case .waiting, .deferred, .queued, .running, .retrying: break
    }
  }

  mutating func add(_ other: UpstreamTally) {
    success += other.success
    failed += other.failed
    upstreamFailed += other.upstreamFailed
    skipped += other.skipped
  }

  var bad: Int32 { failed + upstreamFailed }
  var all: Int32 { success + bad + skipped }
}

/// What a trigger rule says about a task whose upstreams ended so.
public enum TriggerVerdict: Hashable, Sendable {
  /// Too early to tell.
  case wait
  /// It may begin.
  case start
  /// It is skipped.
  case skip(Reason)
  /// It is not begun, since what is before it failed.
  case upstreamFailed(Reason)
}

extension TriggerRule {
  /// The verdict over the final states of the upstreams.
  ///
  /// It depends on how the upstreams end, never on the order in which they do: a verdict comes before all are
  /// final only where nothing that can still happen would change it. So failure outweighs skipping, and
  /// `one_success` and `one_failed` start with the first that is so.
  public func verdict(_ tally: UpstreamTally, allFinal: Bool) -> TriggerVerdict {
    if allFinal && tally.all == 0 { return .start }
    let failure = TriggerVerdict.upstreamFailed(reason(tally))
    let skipping = TriggerVerdict.skip(reason(tally))
    switch self {
    case .allSuccess:
      if tally.bad > 0 { return failure }
      return !allFinal ? .wait : tally.skipped > 0 ? skipping : .start
    case .allDone:
      return allFinal ? .start : .wait
    case .allFailed:
      if tally.success + tally.skipped > 0 { return skipping }
      return allFinal ? .start : .wait
    case .oneSuccess:
      if tally.success > 0 { return .start }
      return !allFinal ? .wait : tally.bad > 0 ? failure : skipping
    case .oneFailed:
      if tally.bad > 0 { return .start }
      return allFinal ? skipping : .wait
    case .noneFailed:
      if tally.bad > 0 { return failure }
      return allFinal ? .start : .wait
    case .noneFailedMinOneSuccess:
      if tally.bad > 0 { return failure }
      return !allFinal ? .wait : tally.success > 0 ? .start : skipping
    case .noneSkipped:
      if tally.skipped > 0 { return skipping }
      return allFinal ? .start : .wait
    }
  }

  private func reason(_ tally: UpstreamTally) -> Reason {
    var parts: [String] = []
    for (count, word) in [
      (tally.success, "succeeded"), (tally.failed, "failed"), (tally.upstreamFailed, "had failed upstreams"),
      (tally.skipped, "skipped"),
    ] where count > 0 {
      parts.append("\(count) \(word)")
    }
    return Reason(
      "trigger_rule", "trigger rule '\(rawValue)' with upstreams: \(parts.joined(separator: ", "))")
  }
}
