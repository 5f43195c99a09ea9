import Basics

/// That an attempt waits: it holds no worker and no slot, and ends by an answer or when its time is over.
public struct Deferral: Hashable, Sendable {
  /// It has waited long enough then.
  public var until: Instant
  /// What it waits for.
  public var reason: Reason
  /// The run whose end it waits for, or that it made.
  public var child: RunID?
  /// It made that run; else it found it.
  public var madeChild: Bool

  public init(until: Instant, reason: Reason, child: RunID? = nil, madeChild: Bool = false) {
    self.until = until
    self.reason = reason
    self.child = child
    self.madeChild = madeChild
  }
}
