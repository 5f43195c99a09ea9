import Basics
import MeshModel

/// A run that is not final. The state of its tasks stands beside it, in `Scheduler.cells`.
struct LiveRun: Sendable {
  /// What does not change about a run.
  final class Facts: Sendable {
    let record: RunRecord
    let context: RunContext
    /// The place of its pipeline among all that the scheduler knows.
    let pipeline: Int
    /// Tasks whose success is kept from an earlier run.
    let kept: Set<Int>
    /// What those told then.
    let keptOutputs: [Int: String]
    let past: RunRequest.Past

    init(
      record: RunRecord, context: RunContext, pipeline: Int, keptOutputs: [Int: String],
      past: RunRequest.Past
    ) {
      self.record = record
      self.context = context
      self.pipeline = pipeline
      kept = Set(record.kept)
      self.keptOutputs = keptOutputs
      self.past = past
    }
  }

  let facts: Facts
  var state = RunState.queued
  var unfinishedTasks = 0
  /// Task instances that make the run a failure.
  var failures = 0
  var cancellation: Cancellation?

  var id: RunID { facts.record.id }
  /// The place of its pipeline among all that the scheduler knows.
  var pipeline: Int { facts.pipeline }
  /// The key of its partition; empty where it has none.
  var partitionKey: String { facts.record.partition?.key ?? "" }
}

/// The state of one task within a run.
struct TaskCell: Sendable {
  enum Phase: Sendable {
    /// Not part of the run.
    case absent
    /// For upstreams, then for data.
    case waiting, waitingForData
    case evaluatingWhen, evaluatingEach
    /// Its instances exist.
    case expanded
    case final
  }

  var phase = Phase.waiting
  /// A timer ends its waiting for data.
  var hasPatienceTimer = false
  var pendingUpstreams: Int32 = 0
  var tally = UpstreamTally()
  /// How its own instances ended.
  var outcome = UpstreamTally()
  /// Of its instances, those that failed and may: they count as successes, and have made nothing.
  var allowedFailures: Int32 = 0
  var instances: [InstanceCell] = []
  var unfinished: Int32 = 0
  /// Instances that were let through the limit of `each` and are not final.
  var active: Int32 = 0
  /// Instances that the limit holds back, first come first from `nextHeld` on.
  var held: [Int32] = []
  var nextHeld = 0
  /// The versions that it was found ready with.
  var inputs: [InputVersion] = []
  /// What its upstreams told; nil until it was asked for.
  var upstreamOutputs: [String: String]?
  var rows: Int64?
}

/// The state of one task instance.
struct InstanceCell: Sendable {
  var state = InstanceState.waiting
  var value: Scalar?
  /// The number of its latest attempt.
  var attempts: Int32 = 0
  var lost: Int32 = 0
  /// The state of its live attempt.
  var attempt: AttemptState?
  var stop: StopCause?
  /// It was let through the limit of `each`.
  var isActive = false
  /// It stands in a ready queue.
  var isReady = false
  /// It would, but what it belongs to is paused.
  var isParked = false
  /// What it told, one JSON object.
  var output: String?
  /// What tells its result from others, and what its latest attempt read.
  var content: Int64?
  var inputs: [InputVersion] = []
}
