import Basics
import MeshModel

/// A run with everything that belongs to it.
public struct RunDetail: Sendable {
  public var run: RunSummary
  /// All instances of its tasks, in the order of the tasks; those that never began too.
  public var instances: [InstanceSummary]
  /// Ascending.
  public var materializations: [MaterializationSummary]
}

/// A task instance as the record has it.
public struct InstanceSummary: Sendable {
  public var id: InstanceID
  /// The task's name in the run's release.
  public var task: String
  /// The key that declares what it does: `run`, `sql`, `wait` and so on.
  public var kind: String
  public var state: InstanceState
  /// When it came into its state; nil: it never left `waiting`.
  public var since: Instant?
  /// When it first needed nothing but a slot.
  public var readyAt: Instant?
  public var startedAt: Instant?
  public var retryAt: Instant?
  public var finishedAt: Instant?
  public var reason: Reason?
  /// Its value under `each`.
  public var value: Scalar?
  /// In the order of their numbers.
  public var attempts: [AttemptSummary]
}

/// An attempt as the record has it.
public struct AttemptSummary: Sendable {
  public var id: AttemptID
  public var key: AttemptKey
  public var state: AttemptState
  public var startedAt: Instant
  public var runningAt: Instant?
  public var stoppingAt: Instant?
  public var finishedAt: Instant?
  public var process: ProcessIdentity?
  /// Until when it waits, or would have; nil: it works.
  public var waitsUntil: Instant?
  /// The run whose end it waits for, or that it made.
  public var child: RunID?
  public var exitCode: Int?
  public var signal: Int?
  public var reason: Reason?
  public var rows: Int64?
  public var bytes: Int64?
  public var processorMilliseconds: Int64?
  public var peakMemory: Int64?
  /// What it told in `$HEDDLE_OUTPUT`: one JSON object.
  public var output: String?
}

/// A version of a partition of a dataset.
public struct MaterializationSummary: Sendable {
  public var id: Int64
  public var dataset: DatasetName
  /// Empty for a dataset without partitions.
  public var partition: String
  /// Nil: an operator declared the partition good.
  public var attempt: AttemptID?
  public var rows: Int64?
  public var at: Instant
  /// Sorted by dataset and partition.
  public var inputs: [InputVersion]
}

extension AttemptSummary {
  static let columns = """
    a.run, a.task, a.each_index, a.number, a.attempt_key, a.state, a.started_at, a.running_at, a.stopping_at,
    a.finished_at, a.pid, a.process_start, a.boot, a.exit_code, a.signal, a.reason_code, a.reason_text,
    a.rows, a.bytes, a.processor_ms, a.peak_memory, o.output, a.waits_until, a.child
    """

  init(_ row: Row) throws {
    id = try row.attempt(0)
    key = AttemptKey(try row.text(4))
    state = try row.word(5)
    startedAt = try row.instant(6)
    runningAt = try row.optionalInstant(7)
    stoppingAt = try row.optionalInstant(8)
    finishedAt = try row.optionalInstant(9)
    process = try row.process(10)
    exitCode = try row.optionalInt(13)
    signal = try row.optionalInt(14)
    reason = try row.reason(15)
    rows = try row.optionalInt64(17)
    bytes = try row.optionalInt64(18)
    processorMilliseconds = try row.optionalInt64(19)
    peakMemory = try row.optionalInt64(20)
    output = try row.optionalText(21)
    waitsUntil = try row.optionalInstant(22)
    child = try row.optionalInt64(23)
    guard state.isFinal == (finishedAt != nil) else { throw row.wrong(5) }
  }
}

extension InstanceSummary {
  static let columns = """
    run, task, each_index, state, since, ready_at, started_at, retry_at, finished_at, reason_code, reason_text
    """

  init(_ row: Row, task: ReleaseRecord.Task, value: Scalar?, attempts: [AttemptSummary]) throws {
    id = try row.instance(0)
    self.task = task.name
    kind = task.kind
    state = try row.word(3)
    since = try row.instant(4)
    readyAt = try row.optionalInstant(5)
    startedAt = try row.optionalInstant(6)
    retryAt = try row.optionalInstant(7)
    finishedAt = try row.optionalInstant(8)
    reason = try row.reason(9)
    self.value = value
    self.attempts = attempts
    guard state.isFinal == (finishedAt != nil) else { throw row.wrong(3) }
  }

  /// An instance that has no row.
  init(unbegun id: InstanceID, state: InstanceState, task: ReleaseRecord.Task, value: Scalar?) {
    self.id = id
    self.task = task.name
    kind = task.kind
    self.state = state
    self.value = value
    attempts = []
  }
}
