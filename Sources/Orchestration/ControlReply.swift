import Basics
import Glibc
import MeshModel

/// What the owner of the state answers.
public enum ControlReply: Hashable, Sendable {
  /// - Parameters:
  ///   - isDaemon: it is `heddle serve`, not a command that owns the state for as long as it runs.
  ///   - workers: how many attempts it lets work at once.
  case hello(version: String, pid: Int32, startedAt: Instant, isDaemon: Bool, workers: Int)
  /// The runs exist. Those of a backfill stand in the record and are not listed.
  case accepted(runs: [RunID], backfill: BackfillID?)
  /// New runs are made from this release, which was not there before, or was the latest already.
  case released(ReleaseID, isNew: Bool)
  /// It is so now; a sentence that says what.
  case done(String)
  case refused(kind: SessionError.Kind, message: String, help: String?)

  /// A refusal in the words of an error.
  public init(_ error: SessionError) {
    self = .refused(kind: error.kind, message: error.message, help: error.help)
  }
}

/// Who answers what commands ask.
public protocol ControlDesk: Sendable {
  /// Takes a request; called on the socket's thread, so it must not wait.
  ///
  /// - Parameters:
  ///   - asker: who is written down as the one who asked.
  ///   - answer: to be called exactly once, on any thread, after what was asked is committed.
  func take(_ request: ControlRequest, from asker: Asker, answer: @escaping @Sendable (ControlReply) -> Void)
}
