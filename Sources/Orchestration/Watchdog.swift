import Basics
import Glibc
import Threads

/// Ends the process when its loop is stuck, saying where: a wedged owner helps nobody, and the next one goes
/// on with everything.
package final class Watchdog: Sendable {
  private struct State {
    /// What the loop does; nil: it waits for messages.
    var phase: String?
    var since: UInt64 = 0
  }

  private let state = Guarded(State())
  private let clock: any Clock
  private let limit: UInt64

  /// - Parameters:
  ///   - limit: how long one phase of a turn may take.
  ///   - bark: called once when it took longer, with the sentence that says so.
  package init(
    clock: any Clock, limit: Duration = .seconds(120), bark: @escaping @Sendable (String) -> Void
  ) throws(ThreadError) {
    self.clock = clock
    self.limit = limit.wholeNanoseconds
    _ = try WorkerThread(name: "watchdog") { [weak self] in
      while true {
        usleep(500_000)
        guard let self else { return }
        if let sentence = self.complaint() { return bark(sentence) }
      }
    }
  }

  /// The loop begins something.
  package func note(_ phase: String) {
    let now = clock.monotonicNanoseconds
    state.withLock { ($0.phase, $0.since) = (phase, now) }
  }

  /// The loop waits for messages.
  package func rest() { state.withLock { $0.phase = nil } }

  /// What is wrong, if something is.
  package func complaint() -> String? {
    let now = clock.monotonicNanoseconds
    return state.withLock { state in
      guard let phase = state.phase, now > state.since, now - state.since > limit else { return nil }
      return "the loop has stood at '\(phase)' for \((now - state.since) / 1_000_000_000) s"
    }
  }
}
