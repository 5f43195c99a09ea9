import Basics
import CSQLite
import Synchronization
import Threads

/// How running statements are told to stop: when somebody calls `stop`, or when a deadline passes.
///
/// Any thread may hold one. Connections that watch it look every thousand steps of SQLite's machine, which
/// takes microseconds. Most single function calls are not interrupted: `Limit.length` bounds them.
public final class StopSignal: Sendable {
  /// Why statements stop.
  public enum Reason: Sendable { case stopped, deadline }

  private let clock: any Clock
  private let isStopped = Atomic<Bool>(false)
  private let deadline = Atomic<UInt64>(.max)
  /// Connections that watch; kept open by whoever watches.
  private let watching = Guarded([OpaquePointer]())

  public init(clock: any Clock = SystemClock()) { self.clock = clock }

  /// Stops what runs, and lets nothing start until `rearm`.
  public func stop() {
    isStopped.store(true, ordering: .relaxed)
    // Some steps, such as counting the rows of a table, are long and look at this alone.
    watching.withLock { for handle in $0 { sqlite3_interrupt(handle) } }
  }

  fileprivate func enter(_ handle: OpaquePointer) { watching.withLock { $0.append(handle) } }

  fileprivate func leave(_ handle: OpaquePointer) { watching.withLock { $0.removeAll { $0 == handle } } }

  /// Forgets an earlier stop and counts a new deadline from now; nil: none.
  public func rearm(timeout: Duration? = nil) {
    isStopped.store(false, ordering: .relaxed)
    let moment = timeout?.deadline(from: clock.monotonicNanoseconds)
    deadline.store(moment ?? .max, ordering: .relaxed)
  }

  /// Nil: go on.
  public var reason: Reason? {
    if isStopped.load(ordering: .relaxed) { return .stopped }
    let deadline = deadline.load(ordering: .relaxed)
    guard deadline != .max else { return nil }
    return clock.monotonicNanoseconds >= deadline ? .deadline : nil
  }
}

extension Connection {
  /// From now on statements that run here fail as interrupted once the signal says stop. Nil: nothing stops
  /// them.
  public func watch(_ signal: StopSignal?) {
    guard watched !== signal else { return }
    watched?.leave(handle)
    watched = signal
    signal?.enter(handle)
    guard let signal else { return sqlite3_progress_handler(handle, 0, nil, nil) }
    sqlite3_progress_handler(
      handle, 1000,
      { context in
        guard let context else { return 0 }
        return Unmanaged<StopSignal>.fromOpaque(context).takeUnretainedValue().reason == nil ? 0 : 1
      }, Unmanaged.passUnretained(signal).toOpaque())
  }
}
