import Basics
import MeshModel

/// What the scheduler would do from now on if everything took as long as it does as a rule, and nothing
/// failed.
public struct Forecast: Sendable {
  /// That something waits though it is ready, and why.
  public struct Wait: Sendable, Hashable {
    public var reason: Reason
    public var from: Instant
    /// Nil: it still waits when the forecast ends.
    public var until: Instant?
  }

  /// An attempt of a task.
  public struct Attempt: Sendable, Hashable {
    public var id: AttemptID
    /// As people name it, with its number under `each`.
    public var task: String
    public var startsAt: Instant
    /// Nil: it still goes on when the forecast ends.
    public var endsAt: Instant?
    public var state: AttemptState?
    /// Why it fails; nil: it does not.
    public var failure: Reason?
    /// What it waited for before it started.
    public var wait: Wait?
  }

  /// A run that is live now, or that will be made.
  public struct Run: Sendable {
    /// The number that it has, or gets if nothing else is asked for.
    public var id: RunID
    public var pipeline: PipelineName
    public var partition: PartitionInterval?
    public var cause: RunCause
    public var backfill: BackfillID?
    /// Nobody has made it yet.
    public var isForeseen: Bool
    public var createdAt: Instant
    /// Nil: it runs already, or does not start.
    public var startsAt: Instant?
    /// It runs already.
    public var isRunning: Bool
    /// Nil: it is not over when the forecast ends.
    public var endsAt: Instant?
    /// How it stands when the forecast ends.
    public var state: RunState
    /// Nil: it has none.
    public var deadline: Instant?
    /// It is over too late, or not by then.
    public var missesDeadline = false
    /// What it waited for before it started.
    public var wait: Wait?
    /// Why its end is uncertain; none: it is as before.
    public var doubts: [String] = []
    /// In the order of their starts; those that waited and did not start are left out.
    public var attempts: [Attempt] = []
    /// Ready instances that wait for a slot when the forecast ends, by their tasks' names.
    public var unstarted: [(task: String, wait: Wait)] = []
  }

  public var from: Instant
  /// How far it reaches: less than was asked for where too much would happen.
  public var until: Instant
  public var isCut: Bool
  public var workers: Int
  /// In the order of their starts; those that do not start come last.
  public var runs: [Run]
  /// Ticks and data that make no run.
  public var skipped: [SkippedRun]

  /// Something that was due, and of which no run was made.
  public struct SkippedRun: Sendable, Hashable {
    public var pipeline: PipelineName
    /// The tick, or the moment at which the data was looked at.
    public var at: Instant
    public var decidedAt: Instant
    public var reason: Reason
  }
}
