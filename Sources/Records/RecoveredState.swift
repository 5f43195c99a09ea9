import Basics
import MeshModel

/// What the scheduler goes on from when a new owner starts.
public struct RecoveredState: Sendable {
  /// The latest numbers given out; 0 where none was.
  public struct LastNumbers: Sendable, Hashable {
    public var run: RunID
    public var backfill: BackfillID
    public var release: ReleaseID
    public var materialization: Int64
  }

  /// A backfill whose runs are not all final.
  public struct UnfinishedBackfill: Sendable, Hashable {
    public var id: BackfillID
    public var maxActive: Int?
    /// Of its final runs, how many ended so.
    public var failed: Int
    public var cancelled: Int
  }

  public var last: LastNumbers
  /// Ascending.
  public var backfills: [UnfinishedBackfill]
  /// Ascending.
  public var runs: [UnfinishedRun]
  public var paused: [PauseTarget]

  /// Nothing was under way.
  public var isClean: Bool { backfills.isEmpty && runs.isEmpty }
}

/// A dataset and the partitions of it that readers need not wait for.
public struct PublishedDataset: Sendable {
  /// A partition that was made, declared good, or covered because its task was rightly skipped.
  public struct Partition: Sendable, Hashable {
    /// Empty for a dataset without partitions.
    public var key: String
    /// The materialization that counts; nil: the task was skipped and nothing is there.
    public var version: Int64?
    /// The run that made or skipped it; nil: an operator declared it good.
    public var run: RunID?
    /// Nil for a dataset without partitions.
    public var start: Instant?
    public var end: Instant?
    public var changedAt: Instant
  }

  public var dataset: DatasetName
  /// Sorted by key.
  public var partitions: [Partition]
}

extension PublishedDataset.Partition {
  init(_ row: Row) throws {
    key = try row.text(1)
    version = try row.optionalInt64(2)
    run = try row.optionalInt64(3)
    start = try row.optionalInstant(4)
    end = try row.optionalInstant(5)
    changedAt = try row.instant(6)
  }
}

/// The latest run of a pipeline's partition.
public struct LatestRun: Sendable, Hashable {
  /// Empty for a run that stands on its own.
  public var partition: String
  public var run: RunID
  public var state: RunState
}
