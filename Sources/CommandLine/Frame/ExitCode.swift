/// What the process says of itself when it ends.
public enum ExitCode: Int32, Sendable, CaseIterable {
  case success = 0
  /// A run, a check or the machine failed.
  case failed = 1
  /// The command was not understood.
  case usage = 2
  /// Nothing has the name that was given.
  case notFound = 3
  case invalidDeclarations = 4
  /// A policy forbids it.
  case denied = 5
  case noDaemon = 6
  case timedOut = 7
  /// The plan holds changes.
  case changesPending = 8
  /// The plan is stale, or somebody else has the state.
  case conflict = 9
  case interrupted = 130

  /// A stable name for programs.
  public var name: String {
    switch self {
    case .success: "success"
    case .failed: "failed"
    case .usage: "usage"
    case .notFound: "not_found"
    case .invalidDeclarations: "invalid_declarations"
    case .denied: "denied"
    case .noDaemon: "no_daemon"
    case .timedOut: "timed_out"
    case .changesPending: "changes_pending"
    case .conflict: "conflict"
    case .interrupted: "interrupted"
    }
  }
}
