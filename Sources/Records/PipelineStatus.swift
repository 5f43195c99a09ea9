import Basics
import MeshModel

/// How a pipeline is doing.
public struct PipelineStatus: Sendable {
  public var pipeline: PipelineName
  /// Its latest runs, the latest first.
  public var recent: [RunSummary] = []
  public var lastSuccess: RunSummary?
  public var queued = 0
  public var running = 0
  /// Failed runs since the last success, or ever.
  public var failures = 0
  /// When the first of these ended; nil: it is not failing.
  public var failingSince: Instant?

  public var latest: RunSummary? { recent.first }
}

/// A backfill as the record has it.
public struct BackfillSummary: Sendable {
  public var id: BackfillID
  /// What was asked: the command's own words.
  public var request: String
  /// How many runs it planned.
  public var planned: Int
  public var maxActive: Int?
  public var state: BackfillState
  public var createdAt: Instant
  public var finishedAt: Instant?
  /// How many of its runs are in each state.
  public var runs: [RunState: Int]
}

/// A row of the event log.
public struct EventRecord: Sendable {
  /// From 1 without gaps.
  public var sequence: Int64
  public var change: Change
}
