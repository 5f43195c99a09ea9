import Basics
import MeshModel

/// The decision to look whether what an attempt waits for is there.
public struct ProbeOrder: Sendable {
  public var attempt: AttemptID
  public var context: InstanceContext
  /// When the attempt began to wait.
  public var since: Instant

  public init(attempt: AttemptID, context: InstanceContext, since: Instant) {
    self.attempt = attempt
    self.context = context
    self.since = since
  }
}

/// What a look found.
public enum ProbeAnswer: Sendable {
  /// It is there.
  case met
  /// It is not, for a reason that stays the same while nothing changes: each new one is recorded.
  ///
  /// - Parameter after: how long to wait before the next look; nil: as the task says.
  case notYet(Reason, after: Duration? = nil)
  /// It cannot be told, and looking again will not help.
  case failed(AttemptOutcome)
}

/// What a person decided about an instance that waits for that.
public struct ApprovalDecision: Sendable {
  public var by: Approver
  public var isApproved: Bool
  public var note: String?

  public init(by approver: Approver, isApproved: Bool, note: String? = nil) {
    by = approver
    self.isApproved = isApproved
    self.note = note
  }
}

/// Why somebody's decision does not count.
public enum ApprovalRefusal: Hashable, Sendable {
  /// The instance waits for no approval, or not any more.
  case notWaiting
  /// The run was asked for by the same person.
  case isAsker
  /// Only these users and groups may decide.
  case notAmong([String])
}

/// The run that a task wants to be made, as far as the scheduler and SQL tell.
public struct TriggerWish: Sendable {
  public var pipeline: PipelineName
  /// The partition of the task's own run.
  public var origin: PartitionInterval?
  /// The key of the partition that is wanted; nil: the one that goes with the task's own.
  public var key: String?
  public var params: [String: Scalar]

  public init(
    pipeline: PipelineName, origin: PartitionInterval?, key: String? = nil, params: [String: Scalar] = [:]
  ) {
    self.pipeline = pipeline
    self.origin = origin
    self.key = key
    self.params = params
  }
}

/// What there is to do for a task that wants a run to be made.
public enum TriggerAnswer: Sendable {
  /// The run it wants, after those of earlier partitions that it rebuilds.
  case runs([RunRequest])
  /// There can be no such run.
  case refused(Reason)
  /// The record cannot be read for the moment.
  case later
}
