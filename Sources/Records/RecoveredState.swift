import Basics
import MeshModel

/// What the scheduler goes on from when a new owner starts.
public struct RecoveredState: Sendable {
  /// The latest numbers given out; 0 where none was.
  public struct LastNumbers: Sendable, Hashable {
    public var run: RunID
    public var backfill: BackfillID
    public var release: ReleaseID
    /// Of a version, or of anything else that was published: they share one sequence.
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
  /// How far the ledger of ticks is, by pipeline.
  public var schedules: [ScheduleRecord]
  /// The last tick in the ledger of each pipeline that had any, whether it has a schedule now or not.
  public var lastTicks: [PipelineName: Instant]
  /// The pipelines that are due by data, and how far what came was looked at, sorted.
  public var triggers: [TriggerRecord]

  /// That of a state in which nothing ever was.
  public static let none = RecoveredState(
    last: .init(run: 0, backfill: 0, release: 0, materialization: 0), backfills: [], runs: [], paused: [],
    schedules: [], lastTicks: [:], triggers: [], alerts: RecoveredAlerts())

  /// What is to be known, and to be told.
  public var alerts: RecoveredAlerts

  /// Nothing was under way.
  public var isClean: Bool { backfills.isEmpty && runs.isEmpty }
}

/// The latest run of a pipeline's partition.
public struct LatestRun: Sendable, Hashable {
  /// Empty for a run that stands on its own.
  public var partition: String
  public var run: RunID
  public var state: RunState
}
