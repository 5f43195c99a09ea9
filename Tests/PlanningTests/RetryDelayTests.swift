import Basics
import MeshModel
import Testing

@testable import Planning

@Suite struct RetryDelayTests {
  let instance = InstanceID(run: 7, task: 2)

  func policy(_ backoff: RetryPolicy.Backoff, delay: Duration = .seconds(10), cap: Duration? = nil)
    -> RetryPolicy
  {
    var policy = RetryPolicy()
    policy.backoff = backoff
    policy.delay = delay
    policy.maxDelay = cap
    return policy
  }

  @Test(arguments: [
    (RetryPolicy.Backoff.constant, [10, 10, 10, 10]), (.linear, [10, 20, 30, 40]),
    (.exponential, [10, 20, 40, 80]),
  ]) func `the delay grows as its backoff says`(backoff: RetryPolicy.Backoff, seconds: [Int]) {
    for (number, expected) in seconds.enumerated() {
      #expect(policy(backoff).delay(afterAttempt: number + 1, of: instance) == .seconds(expected))
    }
  }

  @Test(arguments: RetryPolicy.Backoff.allCases) func `a delay never shrinks, passes its cap or overflows`(
    backoff: RetryPolicy.Backoff
  ) {
    for cap in [Duration.seconds(25), .seconds(3600), .milliseconds(Int64.max)] {
      var policy = policy(backoff, cap: cap)
      policy.jitter = 0.5
      var before = Duration.zero
      for number in [1, 2, 3, 4, 5, 10, 40, 41, 64, 1000] {
        let delay = policy.delay(afterAttempt: number, of: instance)
        #expect(delay >= before)
        #expect(delay <= cap)
        before = delay
      }
    }
  }

  @Test func `an endless first delay is held at a year`() {
    let policy = policy(.exponential, delay: .milliseconds(Int64.max))
    #expect(policy.delay(afterAttempt: 3, of: instance) <= .seconds(367 * 86_400))
  }

  @Test func `jitter comes from run, task and attempt alone`() {
    var policy = policy(.constant)
    policy.jitter = 0.2
    let delay = policy.delay(afterAttempt: 1, of: instance)
    #expect(delay == policy.delay(afterAttempt: 1, of: instance))
    #expect(delay >= .seconds(10) && delay <= .seconds(12))
    let others = (0..<20).map { policy.delay(afterAttempt: 1, of: InstanceID(run: 7, task: $0)) }
    #expect(Set(others).count > 10)
  }
}
