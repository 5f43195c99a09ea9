import Testing
import Threads

@testable import Execution

/// A stop wakes the one that waits, whoever came first.
struct AttemptControlTests {
  private let control = AttemptControl()
  private let woken = Guarded([String]())

  private func wake(_ name: String) -> @Sendable () -> Void {
    { [woken] in woken.withLock { $0.append(name) } }
  }

  private func stop() { control.stop(cause: .cancelled, killAt: 0) }

  private var all: [String] { woken.withLock { $0 } }

  @Test func `who began the process is woken until somebody waits`() {
    control.listen(wake: wake("beginner"))
    stop()
    control.listening(wake: wake("waiter")) { stop() }
    #expect(all == ["beginner", "waiter", "waiter"])
  }

  @Test func `who waits already is not displaced by who began the process`() {
    control.listening(wake: wake("waiter")) {
      control.listen(wake: wake("beginner"))
      stop()
    }
    #expect(all == ["waiter"])
  }

  @Test func `who comes after the one that waited is not kept`() {
    control.listening(wake: wake("waiter")) {}
    control.listen(wake: wake("beginner"))
    stop()
    #expect(all.isEmpty)
  }

  @Test func `nobody is woken after the end`() {
    control.listen(wake: wake("early"))
    control.noteEnd()
    control.listen(wake: wake("late"))
    stop()
    #expect(all.isEmpty)
  }

  @Test func `a stop that came before wakes who comes to wait`() {
    stop()
    control.listen(wake: wake("beginner"))
    #expect(all == ["beginner"])
  }
}
