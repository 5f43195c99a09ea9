import MeshModel

/// What somebody wants to run: one pipeline for one partition.
public struct RunRequest: Sendable {
  /// How the same tasks ended for the partition before, for `depends_on_past`.
  public enum Past: Sendable {
    /// No earlier partition was ever run, or it would lie before the pipeline's start.
    case none
    /// Earlier partitions were run, the one right before was not.
    case missing
    /// It was run, and these tasks succeeded.
    case succeeded(Set<Int>)
  }

  /// The place of the pipeline in the graph of its release.
  public var pipeline: Int
  public var partition: PartitionInterval?
  /// From the tick before to its own, of a run that the clock made of a pipeline without partitions.
  public var ticks: DataInterval?
  /// With defaults filled in.
  public var params: [String: Scalar]
  public var cause: RunCause
  public var retryOf: RunID?
  /// The tasks to execute; nil: all but the kept ones.
  public var tasks: [Int]?
  /// Tasks that stand as they are: they count as successes and are not executed.
  public var kept: [Int]
  /// What kept tasks told when they were executed: one JSON object, under `each` an array with one for each
  /// instance. Those that told nothing are left out.
  public var keptOutputs: [Int: String]
  public var past: Past
  /// The release to make it from, of whose graph `pipeline` is a place; nil: the latest.
  public var release: ReleaseID?
  /// The user who asks for it; nil: nobody does.
  public var askedBy: String?

  public init(
    pipeline: Int, partition: PartitionInterval?, params: [String: Scalar] = [:], cause: RunCause,
    retryOf: RunID? = nil, tasks: [Int]? = nil, kept: [Int] = [],
    keptOutputs: [Int: String] = [:], past: Past = .none
  ) {
    self.pipeline = pipeline
    self.partition = partition
    self.params = params
    self.cause = cause
    self.retryOf = retryOf
    self.tasks = tasks
    self.kept = kept
    self.keptOutputs = keptOutputs
    self.past = past
  }
}

/// Runs to be made together, in an order in which whoever writes comes before whoever reads.
public struct BackfillOrder: Sendable {
  /// The words that asked for it.
  public var request: String
  public var runs: [RunRequest]
  /// At most this many of its runs are active at once; nil: only the pipelines' own limits.
  public var maxActive: Int?

  public init(request: String, runs: [RunRequest], maxActive: Int? = nil) {
    self.request = request
    self.runs = runs
    self.maxActive = maxActive
  }
}

/// Everything that can happen to the scheduler besides the passing of time.
public enum SchedulerEvent: Sendable {
  case run(RunRequest)
  case backfill(BackfillOrder)
  case report(WorkerReport)
  /// Cancels a run; a second one ends its teardown tasks as well.
  case cancel(RunID)
  /// Cancels every run of a backfill or pipeline that is not final.
  case cancelAllOf(PauseTarget)
  /// Cancels every run that is not final.
  case cancelAll
  /// Nothing new of it starts until it is resumed.
  case pause(PauseTarget)
  case resume(PauseTarget)
  /// An operator declares a partition good, or missing.
  case mark(DatasetName, PartitionInterval?, isPresent: Bool, Reason)
  /// An operator declares a partition good that is stale: it counts as made by this code, of what is there
  /// now of these inputs.
  case accept(DatasetName, partition: String, inputs: [InputVersion], code: String?, Reason)
  /// An operator declares how a task instance ends that has not begun.
  case markInstance(InstanceID, InstanceState, Reason)
  /// A person approves or rejects.
  case approve(InstanceID, ApprovalDecision)
  /// What the owner knows of the run that a task wants to be made.
  case trigger(InstanceID, TriggerAnswer)
  /// What the owner knows of a tick that is due.
  case tick(TickAnswer)
  /// What the owner knows of data that came.
  case arrival(ArrivalAnswer)
  /// What the owner knows of a deadline that was due.
  case deadline(DeadlineAnswer)
  /// Somebody knows of these alerts.
  case acknowledge([AlertID], by: String, note: String?)
  case silence(SilenceWish)
  case unsilence(SilenceID, by: String)
  /// Runs may be made from this release, which is not the latest.
  case remember(Release)
  /// Later runs are made from this release; those that are live keep theirs.
  case release(Release)
}

/// What the scheduler wants done, once what it decided is durable.
public enum Effect: Sendable {
  case start(AttemptOrder)
  case adopt(AttemptOrder)
  case evaluate(EvaluationOrder)
  case probe(ProbeOrder)
  case stop(AttemptID, StopCause, grace: Duration)
  case notify(NotificationOrder)
}

/// What came of some events: facts to commit, then effects to carry out.
public struct Decisions: Sendable {
  public var changes: [Change] = []
  public var effects: [Effect] = []

  public init() {}

  /// Adds what was decided after these.
  public mutating func add(_ later: Decisions) {
    changes += later.changes
    effects += later.effects
  }
}
