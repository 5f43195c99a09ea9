import Basics
import MeshModel

/// A run as the record has it.
public struct RunSummary: Sendable, Hashable {
  public var id: RunID
  public var pipeline: PipelineName
  /// Nil: it stands on its own.
  public var partition: PartitionInterval?
  /// From the tick before to its own, of a run that the clock made of a pipeline without partitions.
  public var ticks: DataInterval?
  public var params: [String: Scalar]
  /// The places of the tasks that it executes; nil: all.
  public var tasks: [Int]?
  /// The places of the tasks whose success stands from an earlier run.
  public var kept: [Int]
  /// Nil: nobody cancelled it.
  public var cancellation: Cancellation?
  public var cause: RunCause
  public var backfill: BackfillID?
  public var retryOf: RunID?
  /// Nil: nobody asked for it.
  public var askedBy: String?
  /// The attempt that made it.
  public var trigger: AttemptID?
  public var release: ReleaseID
  public var state: RunState
  public var reason: Reason?
  public var createdAt: Instant
  public var startedAt: Instant?
  public var finishedAt: Instant?
}

/// Which runs to list. What is nil or empty does not limit.
public struct RunFilter: Sendable {
  public var pipelines: [PipelineName]?
  public var states: Set<RunState>
  public var partition: String?
  public var backfill: BackfillID?
  /// Only runs with smaller numbers: where the page before ended.
  public var before: RunID?
  public var limit: Int

  public init(
    pipelines: [PipelineName]? = nil, states: Set<RunState> = [], partition: String? = nil,
    backfill: BackfillID? = nil, before: RunID? = nil, limit: Int = 20
  ) {
    self.pipelines = pipelines
    self.states = states
    self.partition = partition
    self.backfill = backfill
    self.before = before
    self.limit = limit
  }
}

/// Runs, the latest first, and where to go on.
public struct RunPage: Sendable {
  public var runs: [RunSummary]
  /// `before` of the next page; nil: this is the last one.
  public var next: RunID?
}

extension RunSummary {
  static let columns = """
    id, pipeline, partition, interval_start, interval_end, params, tasks, cause, backfill, retry_of, release,
    state, reason_code, reason_text, created_at, started_at, finished_at, kept,
    cancellation, asked_by, trigger_run, trigger_task, trigger_index, trigger_number
    """

  init(_ row: Row) throws {
    id = try row.int64(0)
    pipeline = try row.pipeline(1)
    partition = try row.partition(2)
    if partition == nil, let start = try row.optionalInstant(3), let end = try row.optionalInstant(4) {
      ticks = DataInterval(start: start, end: end)
    }
    guard case .object(let members) = try row.json(5) else { throw row.wrong(5) }
    params = [:]
    for member in members {
      guard let value = Scalar(json: member.value) else { throw row.wrong(5) }
      params[member.key] = value
    }
    tasks = try row.places(6)
    kept = try row.places(17) ?? []
    cancellation = try row.optionalText(18) == nil ? nil : try row.word(18)
    askedBy = try row.optionalText(19)
    trigger = try row.optionalInt64(20) == nil ? nil : try row.attempt(20)
    cause = try row.word(7)
    backfill = try row.optionalInt64(8)
    retryOf = try row.optionalInt64(9)
    release = try row.int64(10)
    state = try row.word(11)
    reason = try row.reason(12)
    createdAt = try row.instant(14)
    startedAt = try row.optionalInstant(15)
    finishedAt = try row.optionalInstant(16)
    guard state.isFinal == (finishedAt != nil) else { throw row.wrong(11) }
  }
}
