/// The state of a run. Each says who moves it out.
public enum RunState: String, Sendable, CaseIterable {
  /// Waits for `max_active_runs`; the scheduler moves it out.
  case queued
  /// Its task instances move it out: it is final exactly when all of them are.
  case running
  case success, failed, cancelled

  public var isFinal: Bool { self == .success || self == .failed || self == .cancelled }

  /// Whether a run may go from this state to that one.
  public func mayBecome(_ next: RunState) -> Bool {
    switch self {
    case .queued: next == .running || next == .cancelled
    case .running: next.isFinal
    case .success, .failed, .cancelled: false
    }
  }
}

/// The state of a task instance. Each says who moves it out.
public enum InstanceState: String, Sendable, CaseIterable {
  /// Its upstreams, its data, its `when` or its `each` move it out.
  case waiting
  /// Its attempt waits for something outside, a person or another run, and holds no slot; the answer, or the
  /// end of its time, moves it out.
  case deferred
  /// A free slot moves it out.
  case queued
  /// Its attempt moves it out.
  case running
  /// The timer of its retry moves it out; it holds no slot.
  case retrying
  case success, failed, skipped, cancelled
  case upstreamFailed = "upstream_failed"

  public var isFinal: Bool {
    switch self {
    case .waiting, .deferred, .queued, .running, .retrying: false
    case .success, .failed, .skipped, .cancelled, .upstreamFailed: true
    }
  }

  /// Whether an instance may go from this state to that one.
  public func mayBecome(_ next: InstanceState) -> Bool {
    switch self {
    case .waiting: next == .deferred || next == .queued || next.isFinal
    case .deferred: next == .queued || next == .retrying || next.isFinal
    case .queued: next == .running || next == .deferred || next == .cancelled
    case .running: next == .retrying || next.isFinal && next != .upstreamFailed
    case .retrying: next == .queued || next == .cancelled
    case .success, .failed, .skipped, .cancelled, .upstreamFailed: false
    }
  }
}

/// The state of an attempt. Each live one says who moves it out.
public enum AttemptState: String, Sendable, CaseIterable {
  /// Its start was decided and committed; the worker's report moves it out.
  case starting
  /// The worker's report, or a stop, moves it out.
  case running
  /// Told to end; its end, or the end of its grace, moves it out.
  case stopping
  case success, failed, cancelled, skipped, lost
  case timedOut = "timed_out"

  public var isFinal: Bool {
    switch self {
    case .starting, .running, .stopping: false
    case .success, .failed, .cancelled, .skipped, .lost, .timedOut: true
    }
  }

  /// Whether an attempt may go from this state to that one.
  public func mayBecome(_ next: AttemptState) -> Bool {
    switch self {
    case .starting: next == .running || next == .stopping || next.isFinal
    case .running: next == .stopping || next.isFinal
    case .stopping: next.isFinal
    case .success, .failed, .cancelled, .skipped, .lost, .timedOut: false
    }
  }
}

/// The state of a backfill.
public enum BackfillState: String, Sendable, CaseIterable {
  /// Its runs move it out.
  case running
  case success, failed, cancelled

  public var isFinal: Bool { self != .running }

  public func mayBecome(_ next: BackfillState) -> Bool { self == .running && next.isFinal }
}
