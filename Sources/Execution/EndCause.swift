import MeshModel
import Planning

/// Why an attempt that runs is told to end: somebody wants it so, or the attempt itself makes it needful.
public enum EndCause: Sendable {
  case cancelled
  case timedOut
  /// It wrote more to its log than it may.
  case logTooLong

  init(_ cause: StopCause) {
    switch cause {
    case .cancelled: self = .cancelled
    case .timedOut: self = .timedOut
    }
  }

  /// As a keeper keeps it; 0 is none.
  var code: UInt8 {
    switch self {
    case .cancelled: 1
    case .timedOut: 2
    case .logTooLong: 3
    }
  }

  init?(code: UInt8) {
    switch code {
    case 1: self = .cancelled
    case 2: self = .timedOut
    case 3: self = .logTooLong
    default: return nil
    }
  }

  /// The final state of an attempt that was ended.
  var attemptState: AttemptState {
    switch self {
    case .cancelled: .cancelled
    case .timedOut: .timedOut
    case .logTooLong: .failed
    }
  }

  func reason(killed: Bool) -> Reason {
    let end = killed ? " and was killed after its grace" : ""
    return switch self {
    case .cancelled: Reason("cancelled", "was cancelled" + end)
    case .timedOut: Reason("timed_out", "ran longer than its timeout" + end)
    case .logTooLong: Reason("log_too_long", "wrote more to its log than the log may hold" + end)
    }
  }
}
