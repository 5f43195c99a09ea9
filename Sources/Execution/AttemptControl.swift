import Threads

/// How an attempt that runs is told to end.
///
/// Whoever carries the attempt out looks at `request`, and leaves a way to be woken while it cannot look.
public final class AttemptControl: Sendable {
  /// That an attempt is to end, and why.
  public struct Request: Sendable {
    /// The cause that came first.
    public var cause: EndCause
    /// When what is still there is killed, in nanoseconds of the monotonic clock; the earliest asked for.
    public var killAt: UInt64
  }

  private struct State {
    var request: Request?
    var isAbandoned = false
    var isInStore = false
    var wake: (@Sendable () -> Void)?
    /// Whether who began it may leave a way to be woken: nobody waits or waited for it, and it goes on.
    var isUnattended = true
  }

  private let state = Guarded(State())

  public init() {}

  /// Nil as long as nobody asked it to end.
  public var request: Request? { state.withLock { $0.request } }

  /// Its owner ends, and whoever waits for it stops waiting: a process goes on without us, SQL is rolled
  /// back, and the next owner adopts the attempt.
  public var isAbandoned: Bool { state.withLock { $0.isAbandoned } }

  /// It does its work in a store, on a thread of ours: what is not committed when we end is undone.
  var isInStore: Bool { state.withLock { $0.isInStore } }

  /// Whether the work goes on that `isInStore` speaks of.
  func noteInStore(_ isInStore: Bool) { state.withLock { $0.isInStore = isInStore } }

  /// It is to end, or to be left alone.
  var isOver: Bool { state.withLock { $0.isAbandoned || $0.request != nil } }

  /// Asks whoever carries it out to leave it alone.
  public func abandon() {
    state.withLock { state in
      state.isAbandoned = true
      state.wake?()
    }
  }

  /// Asks it to end; asking again can only bring the kill forward.
  public func stop(cause: EndCause, killAt: UInt64) {
    state.withLock { state in
      let earlier = state.request
      state.request = Request(
        cause: earlier?.cause ?? cause, killAt: min(earlier?.killAt ?? .max, killAt))
      state.wake?()
    }
  }

  /// From now on a stop, or one that came before, calls `wake` on any thread; until `listening` does so, or
  /// `noteEnd`. Nothing is kept once one of them was called.
  func listen(wake: @escaping @Sendable () -> Void) {
    state.withLock { state in
      guard state.isUnattended else { return }
      state.wake = wake
      if state.request != nil || state.isAbandoned { wake() }
    }
  }

  /// It has ended, and nobody is woken any more.
  func noteEnd() {
    state.withLock { state in
      state.isUnattended = false
      state.wake = nil
    }
  }

  /// Runs `body`; a stop meanwhile, or one that came before, calls `wake` on any thread. After the return it
  /// is never called again.
  func listening<Result, Failure: Error>(
    wake: @escaping @Sendable () -> Void, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    state.withLock { state in
      state.isUnattended = false
      state.wake = wake
      if state.request != nil || state.isAbandoned { wake() }
    }
    defer { state.withLock { $0.wake = nil } }
    return try body()
  }
}
