import Basics
import MeshModel

/// Backoff never shrinks, never passes its cap, never overflows; no attempt starts before its time.
final class Law15: Law {
  let number = 15
  private static let year = Duration.seconds(366 * 86_400)

  func see(_ change: Change, _ chronicle: Chronicle, _ court: Court) {
    switch change {
    case .attemptEnded(let attempt, _, .retrying, let retryAt, let at):
      guard let retryAt, let run = chronicle.runs[attempt.instance.run] else {
        return expect(false, court, "\(attempt) is tried again at no time")
      }
      let delay = retryAt - at
      let policy = run.facts.tasks[attempt.instance.task].declared.retry
      let cap = Duration.milliseconds(min(policy.maxDelay ?? Self.year, Self.year).wholeMilliseconds)
      let base = min(cap, Self.base(policy, attempt.number))
      expect(delay >= base, court, "\(attempt) waits \(delay), at least \(base) is declared")
      expect(delay <= cap, court, "\(attempt) waits \(delay), longer than \(cap)")
      if let last = chronicle.instance(attempt.instance)?.lastDelay {
        expect(delay >= last, court, "\(attempt) waits \(delay), after \(last) the time before")
      }
    case .attemptStarted(let attempt, _, _, let at), .attemptDeferred(let attempt, _, _, let at):
      checkDue(attempt.instance, at, chronicle, court)
    case .instanceQueued(let instance, _, let at): checkDue(instance, at, chronicle, court)
    default: return
    }
  }

  private func checkDue(_ instance: InstanceID, _ at: Instant, _ chronicle: Chronicle, _ court: Court) {
    guard let due = chronicle.instance(instance)?.retryAt else { return }
    expect(at >= due, court, "\(instance) is tried again \(due - at) before its time")
  }

  private static func base(_ policy: RetryPolicy, _ attempt: Int) -> Duration {
    let first = policy.delay.wholeMilliseconds
    let most = year.wholeMilliseconds
    guard first > 0 else { return .zero }
    var span = first
    for step in 1..<max(1, attempt) where span < most {
      switch policy.backoff {
      case .constant: break
      case .linear: span = first * Int64(step + 1)
      case .exponential: span *= 2
      }
    }
    return .milliseconds(min(span, most))
  }
}
