import Basics

/// Why a run exists.
public enum RunCause: String, Sendable, CaseIterable {
  case manual, backfill, schedule, data, retry, lookback
  /// A task of another run made it.
  case trigger
}

/// A run when it is created.
public struct RunRecord: Hashable, Sendable {
  public var id: RunID
  public var pipeline: PipelineName
  /// Nil: the run stands on its own.
  public var partition: PartitionInterval?
  /// From the tick before to its own, of a run that the clock made of a pipeline without partitions.
  public var ticks: DataInterval?
  public var params: [String: Scalar]
  public var cause: RunCause
  public var backfill: BackfillID?
  /// The run it repeats.
  public var retryOf: RunID?
  public var release: ReleaseID
  public var createdAt: Instant
  /// Which of its tasks it executes, by their places in the pipeline; nil: all. The others are not part of
  /// it.
  public var tasks: [Int]?
  /// Those whose success stands from an earlier run, by their places: they count and are not executed.
  public var kept: [Int]
  /// The user who asked for it; nil: nobody did, as for what runs by the clock.
  public var askedBy: String?
  /// The attempt that made it.
  public var trigger: AttemptID?

  public init(
    id: RunID, pipeline: PipelineName, partition: PartitionInterval?, ticks: DataInterval? = nil,
    params: [String: Scalar] = [:], cause: RunCause, backfill: BackfillID? = nil, retryOf: RunID? = nil,
    release: ReleaseID,
    createdAt: Instant,
    tasks: [Int]? = nil, kept: [Int] = [], askedBy: String? = nil, trigger: AttemptID? = nil
  ) {
    self.id = id
    self.pipeline = pipeline
    self.partition = partition
    self.ticks = ticks
    self.params = params
    self.cause = cause
    self.backfill = backfill
    self.retryOf = retryOf
    self.release = release
    self.createdAt = createdAt
    self.tasks = tasks
    self.kept = kept
    self.askedBy = askedBy
    self.trigger = trigger
  }
}

/// A backfill when it is created.
public struct BackfillRecord: Hashable, Sendable {
  public var id: BackfillID
  /// What was asked: the command's own words.
  public var request: String
  public var runs: Int
  public var maxActive: Int?
  public var createdAt: Instant

  public init(id: BackfillID, request: String, runs: Int, maxActive: Int?, createdAt: Instant) {
    self.id = id
    self.request = request
    self.runs = runs
    self.maxActive = maxActive
    self.createdAt = createdAt
  }
}

/// Why something is as it is: a stable code and the facts that belong to it.
///
/// Shown the same by commands, API and page; the sentence is made from the facts and never parsed.
public struct Reason: Hashable, Sendable {
  /// A stable name, such as `trigger_rule`.
  public var code: String
  /// One sentence for people, in lower case, without a full stop.
  public var text: String

  public init(_ code: String, _ text: String) {
    self.code = code
    self.text = text
  }
}

/// What a version of a dataset's partition was made of: the version of an input partition that was read.
public struct InputVersion: Hashable, Sendable {
  public var dataset: DatasetName
  /// Empty for a dataset without partitions.
  public var partition: String
  /// The materialization that was read; 0: there was none, or several attempts read different ones.
  public var version: Int64
  /// Tells what was read from other results; nil: only the version does.
  public var content: Int64?

  public init(dataset: DatasetName, partition: String, version: Int64, content: Int64? = nil) {
    self.dataset = dataset
    self.partition = partition
    self.version = version
    self.content = content
  }

  /// In the place of a partition's key: all partitions of the dataset, whichever were there.
  public static let allPartitions = "*"
}

extension InputVersion {
  /// What a partition adds to the digest of its dataset as a whole; what was never made adds nothing.
  public static func share(of key: String, version: Int64, content: Int64?) -> Int64 {
    version > 0 ? ContentHash.of(key, "\(content ?? version)") : 0
  }

  /// Whether what was read is what is there now: a version with the same result is as good as the one that
  /// was read.
  public func isSame(asVersion version: Int64, content: Int64?) -> Bool {
    if let own = self.content, let content { own == content } else { self.version == version }
  }
}

/// That an attempt made or renewed a partition of a dataset.
public struct MaterializationRecord: Hashable, Sendable {
  /// Ascending over the whole state; the version of the partition.
  public var id: Int64
  public var dataset: DatasetName
  /// Nil for a dataset whose pipeline has no partitions.
  public var partition: PartitionInterval?
  public var attempt: AttemptID
  /// Rows written, if known.
  public var rows: Int64?
  public var inputs: [InputVersion]
  /// What the task meant that made it; nil: that was not recorded.
  public var code: String?
  /// Equal for equal results; nil: nobody told.
  public var content: Int64?
  public var at: Instant

  public init(
    id: Int64, dataset: DatasetName, partition: PartitionInterval?, attempt: AttemptID, rows: Int64?,
    inputs: [InputVersion], code: String? = nil, content: Int64? = nil, at: Instant
  ) {
    self.id = id
    self.dataset = dataset
    self.partition = partition
    self.attempt = attempt
    self.rows = rows
    self.inputs = inputs
    self.code = code
    self.content = content
    self.at = at
  }
}

/// That an operator declared a partition good which is stale: it counts as made by this code of these inputs.
public struct AcceptanceRecord: Hashable, Sendable {
  /// Of the same numbers as versions.
  public var id: Int64
  public var dataset: DatasetName
  /// Empty for a dataset without partitions.
  public var partition: String
  public var code: String?
  public var inputs: [InputVersion]
  /// Why it stands as it does.
  public var reason: Reason

  public init(
    id: Int64, dataset: DatasetName, partition: String, code: String?, inputs: [InputVersion], reason: Reason
  ) {
    self.id = id
    self.dataset = dataset
    self.partition = partition
    self.code = code
    self.inputs = inputs
    self.reason = reason
  }
}

/// How an attempt ended, as its worker saw it.
public struct AttemptOutcome: Hashable, Sendable {
  /// Final.
  public var state: AttemptState
  public var exitCode: Int?
  /// The signal that ended the process.
  public var signal: Int?
  /// The failure may pass by itself, so a retry makes sense even where `on_exit` lists other codes (exit 75).
  public var asksRetry: Bool
  /// Trying again cannot help (the program does not exist, the SQL is wrong).
  public var isPermanent: Bool
  /// One sentence that says why it ended so; nil for success.
  public var reason: Reason?
  public var rows: Int64?
  public var bytes: Int64?
  /// What the task told in `$HEDDLE_OUTPUT`, as one JSON object; nil when it told nothing.
  public var output: String?
  /// Equal for equal results; nil: nothing tells.
  public var content: Int64?
  /// The versions that it read, where its own transaction tells; nil: those that it was told.
  public var inputs: [InputVersion]?
  /// Processor time of its process in milliseconds.
  public var processorMilliseconds: Int64?
  /// Peak memory of its process in bytes.
  public var peakMemory: Int64?

  public init(state: AttemptState, reason: Reason? = nil) {
    self.state = state
    self.reason = reason
    asksRetry = false
    isPermanent = false
  }
}
