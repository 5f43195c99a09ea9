import Basics
import Lineage
import MeshModel
import Timetables

/// Decides what runs, when, and why: a pure value without clock, disk, process or SQL.
///
/// It is told events and the time, and answers with decisions: facts to commit and effects to carry out after
/// that. The real loop and the simulator drive the same code.
public struct Scheduler: Sendable {
  /// What bounds everything, and what the scheduler goes on from.
  public struct Configuration: Sendable {
    /// Attempts that may be live at once.
    public var workers: Int
    /// How long an attempt that is told to end may take before it is killed.
    public var grace: Duration
    /// Tells state files apart in attempt keys.
    public var state: String
    /// The numbers given out next.
    public var nextRun: RunID
    public var nextBackfill: BackfillID
    public var nextMaterialization: Int64

    public init(
      workers: Int, grace: Duration = .seconds(10), state: String, nextRun: RunID = 1,
      nextBackfill: BackfillID = 1,
      nextMaterialization: Int64 = 1
    ) {
      self.workers = max(1, workers)
      self.grace = grace
      self.state = state
      self.nextRun = nextRun
      self.nextBackfill = nextBackfill
      self.nextMaterialization = nextMaterialization
    }
  }

  /// A task of a live run: the run's slot and the task's number.
  struct TaskReference: Hashable, Sendable {
    var slot: Int
    var task: Int
  }

  /// An instance of a task of a live run.
  struct InstanceReference: Sendable {
    var task: TaskReference
    var index: Int
  }

  let release: Release
  var configuration: Configuration
  public internal(set) var ledger: PartitionLedger
  var now = Instant(milliseconds: 0)
  var decisions = Decisions()

  var plans: [PipelinePlan?]
  var calendars: [PartitionCalendar?]

  /// Live runs by slot; slots of ended runs are used again.
  var runs: [LiveRun?] = []
  /// The tasks of each live run, by slot; empty until the run starts, so that a long backfill holds only what
  /// runs.
  var cells: [[TaskCell]] = []
  var freeSlots: [Int] = []
  var slotOfRun: [RunID: Int] = [:]
  /// Live runs of each pipeline by partition, ascending, and the queued ones in the order of their numbers.
  var liveRuns: [[String: [RunID]]]
  var queuedRuns: [Heap<RunID>]
  var activeRuns: [Int]
  /// Pipelines whose queue may move.
  var pipelinesToAdmit: Set<Int> = []
  var backfills: [BackfillID: LiveBackfill] = [:]
  /// How tasks ended for a partition, in this process, for pipelines that ask for it.
  var succeededTasks: [PipelinePartition: Set<Int>] = [:]

  var tasksToAdvance: [TaskReference] = []
  var followersToAdvance: [InstanceReference] = []
  /// Tasks that wait for what a run will make or not.
  var waitersForRun: [RunID: [TaskReference]] = [:]
  var timers = Heap<Timer>()
  var timerSequence: UInt64 = 0
  var slots: SlotTable
  /// Instances that became ready since the last decisions were taken.
  var fresh: [InstanceID] = []
  var evaluations = 0

  public init(release: Release, configuration: Configuration, ledger: PartitionLedger = PartitionLedger()) {
    self.release = release
    self.configuration = configuration
    self.ledger = ledger
    let pipelines = release.graph.pipelines
    plans = Array(repeating: nil, count: pipelines.count)
    calendars = pipelines.map { try? PartitionCalendar(for: $0) }
    liveRuns = Array(repeating: [:], count: pipelines.count)
    queuedRuns = Array(repeating: Heap(), count: pipelines.count)
    activeRuns = Array(repeating: 0, count: pipelines.count)
    slots = SlotTable(mesh: release.mesh, workers: configuration.workers)
  }

  /// Takes note of an event. What follows from it is decided by `decide`, once for all events that waited.
  public mutating func handle(_ event: SchedulerEvent, at now: Instant) {
    self.now = max(self.now, now)
    switch event {
    case .run(let request): create(request, backfill: nil)
    case .backfill(let order): create(order)
    case .report(.running(let attempt, let process)): attemptRuns(attempt, process)
    case .report(.ended(let attempt, let outcome)): attemptEnded(attempt, outcome)
    case .report(.evaluated(let instance, let subject, let answer)): evaluated(instance, subject, answer)
    case .cancel(let run): cancel(run)
    case .cancelAll: for run in slotOfRun.keys.sorted() { cancel(run) }
    }
  }

  /// Decides everything that follows from the events so far and from the time.
  public mutating func decide(at now: Instant) -> Decisions {
    self.now = max(self.now, now)
    fireTimers()
    repeat {
      repeat {
        admitRuns()
        advanceTasks()
      } while !pipelinesToAdmit.isEmpty
      startReadyInstances()
    } while !tasksToAdvance.isEmpty || !followersToAdvance.isEmpty || !pipelinesToAdmit.isEmpty
      || resolveStall()
    announceQueued()
    defer { decisions = Decisions() }
    return decisions
  }

  /// When something is due although nothing happens; nil: never.
  public var nextDeadline: Instant? { timers.first?.due }

  /// Whether every run is final.
  public var isIdle: Bool { slotOfRun.isEmpty }

  /// The runs that are not final, ascending.
  public var unfinishedRuns: [RunID] { slotOfRun.keys.sorted() }

  /// Attempts that are live.
  public var liveAttempts: Int { slots.used }

  mutating func plan(_ pipeline: Int) -> PipelinePlan {
    if let plan = plans[pipeline] { return plan }
    let plan = PipelinePlan(pipeline, of: release)
    plans[pipeline] = plan
    return plan
  }

  func pipeline(_ index: Int) -> Pipeline { release.graph.pipelines[index] }
}

/// A backfill whose runs are not all final.
struct LiveBackfill: Sendable {
  var maxActive: Int?
  var unfinished: Int
  var active = 0
  var failed = 0
  var cancelled = 0
}

/// A partition of a pipeline; the key is empty for a pipeline without partitions.
struct PipelinePartition: Hashable, Sendable {
  var pipeline: Int
  var key: String
}

/// Something that is due at a time.
struct Timer: Comparable, Sendable {
  enum Kind: Sendable {
    case retry(InstanceID)
    /// The attempt has had its time.
    case timeout(AttemptID)
  }

  var due: Instant
  /// Orders timers of one moment by the order in which they were set.
  var sequence: UInt64
  var kind: Kind

  static func < (left: Timer, right: Timer) -> Bool {
    (left.due, left.sequence) < (right.due, right.sequence)
  }

  static func == (left: Timer, right: Timer) -> Bool {
    (left.due, left.sequence) == (right.due, right.sequence)
  }
}
