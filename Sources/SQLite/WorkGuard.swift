import CSystem

/// Holds in what SQLite does for other people's SQL on one thread, from its making to `end`: memory, the
/// depth of the stack, and time even where no step of a statement runs, as while one is compiled.
///
/// SQLite asks for memory all the time, so that is where it is stopped: what is refused ends as "out of
/// memory", and `refusal` tells the reason. Guards nest; the inner one alone holds meanwhile.
public final class WorkGuard {
  /// Why memory was refused.
  public enum Refusal: Sendable {
    /// More than its bytes.
    case memory
    /// What is compiled is nested too deep.
    case depth
    /// The signal said stop.
    case over
  }

  private let signal: StopSignal?
  private let outer: heddle_guard
  private var isEnded = false

  /// - Parameter bytes: what the thread's work may take beyond what it gives back.
  public init(bytes: Int, signal: StopSignal?) {
    self.signal = signal
    let context = signal.map { Unmanaged.passUnretained($0).toOpaque() }
    outer = heddle_guard_exchange(heddle_guard_make(Int64(bytes), signal == nil ? nil : isOver, context))
  }

  /// The guard that stood before stands again. On the thread that made it.
  public func end() {
    guard !isEnded else { return }
    isEnded = true
    _ = heddle_guard_exchange(outer)
  }

  deinit { end() }

  /// Why the guard of this thread refused memory last; nil if it never did.
  public static var refusal: Refusal? {
    switch heddle_guard_refusal() {
    case Int32(HEDDLE_REFUSED_MEMORY): .memory
    case Int32(HEDDLE_REFUSED_STACK): .depth
    case Int32(HEDDLE_REFUSED_OVER): .over
    default: nil
    }
  }
}

private func isOver(_ context: UnsafeMutableRawPointer?) -> Int32 {
  guard let context else { return 0 }
  return Unmanaged<StopSignal>.fromOpaque(context).takeUnretainedValue().reason == nil ? 0 : 1
}
