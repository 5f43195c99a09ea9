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
    /// After a downtime a quarter of the workers is given out at first and twice as many each second, so that
    /// what waited does not fall upon the machine at once.
    public var startsGently = false
    /// Schedules are fired, so data that is not there may come: who reads it waits. Otherwise what no live
    /// run makes cannot come.
    public var waitsForData = false
    /// Deadlines and ages are looked after, and somebody is told of alerts.
    public var looksAfterAlerts = false

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

  var configuration: Configuration
  public internal(set) var ledger: PartitionLedger
  var now = Instant(milliseconds: 0)
  var decisions = Decisions()

  /// The releases that runs are made from.
  var releases: [KnownRelease] = []
  /// The place of the latest among them.
  var latestRelease = 0
  /// The pipelines of all releases, numbered through.
  var pipelines: [KnownPipeline] = []
  /// What the pipelines of one name share, whatever their release.
  var lines: [PipelineLine] = []
  var lineOfName: [PipelineName: Int] = [:]

  /// Live runs by slot; slots of ended runs are used again.
  var runs: [LiveRun?] = []
  /// The tasks of each live run, by slot; empty until the run starts, so that a long backfill holds only what
  /// runs.
  var cells: [[TaskCell]] = []
  var freeSlots: [Int] = []
  var slotOfRun: [RunID: Int] = [:]
  /// Lines whose queue may move.
  var linesToAdmit: Set<Int> = []
  var backfills: [BackfillID: LiveBackfill] = [:]
  /// Whether tasks succeeded that last ended in this process for a partition, for pipelines that ask for it.
  var taskSuccesses: [LinePartition: [String: Bool]] = [:]
  var paused: Set<PauseTarget> = []
  /// What a pause holds back: runs that would be admitted, instances that are ready.
  var parkedRuns: [RunID] = []
  var parkedInstances: [InstanceID] = []

  /// Attempts that wait without a worker, by their instances, and instances that are ready to wait.
  var waits: [InstanceID: LiveWait] = [:]
  var readyToWait: [InstanceID] = []
  /// Tasks that trigger a run, whose values are being computed.
  var triggersAsked: Set<InstanceID> = []
  /// Who waits for the end of a run that was triggered, and for a new version of a dataset.
  var waitersForChild: [RunID: [InstanceID]] = [:]
  var waitersForFreshness: [DatasetName: Set<InstanceID>] = [:]

  /// What somebody should know of.
  var alerts = AlertBook()
  /// What the record says of deadlines, whether they are known to the latest release or not.
  var countedDeadlines: [PipelineName: DeadlineRecord] = [:]
  /// As the latest release has them.
  var watches = LiveWatches()

  var tasksToAdvance: [TaskReference] = []
  var followersToAdvance: [InstanceReference] = []
  /// Tasks that wait for what a run will make or not.
  var waitersForRun: [RunID: [TaskReference]] = [:]
  /// Tasks that wait for what the pipelines of a name may make, by line and by dataset.
  var waitersForLine: [Int: Set<TaskReference>] = [:]
  var waitersForData: [DatasetName: Set<TaskReference>] = [:]
  var timers = Heap<Timer>()
  /// What the record says of schedules, whether they are known to the latest release or not.
  var countedSchedules: [PipelineName: ScheduleRecord] = [:]
  /// The last tick in the ledger of each pipeline, for schedules that go and come back.
  var lastTicks: [PipelineName: Instant] = [:]
  /// The latest release's schedules have not been taken up yet.
  var hasNewSchedules = true
  /// What the record says of pipelines that are due by data, known to the latest release or not.
  var countedTriggers: [PipelineName: TriggerRecord] = [:]
  /// Lines that a dataset makes due, and those that may be due by what a line does.
  var linesDueBy: [DatasetName: [Int]] = [:]
  var linesFedBy: [Int: [Int]] = [:]
  /// Lines whose trigger has something to look at.
  var triggersToLookAt: Set<Int> = []
  var tickTimers = Heap<TickTimer>()
  var timerSequence: UInt64 = 0
  var slots: SlotTable
  /// Instances that became ready since the last decisions were taken.
  var fresh: [InstanceID] = []
  var evaluations = 0

  public init(release: Release, configuration: Configuration, ledger: PartitionLedger = PartitionLedger()) {
    self.configuration = configuration
    self.ledger = ledger
    slots = SlotTable(workers: configuration.workers)
    add(release)
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
    case .report(.probed(let attempt, let answer)): probed(attempt, answer)
    case .report(.notified(let notification, let attempt, let failure)):
      notified(notification, attempt: attempt, failure: failure)
    case .cancel(let run): cancel(run)
    case .cancelAllOf(let target): for run in unfinishedRuns(of: target) { cancel(run) }
    case .cancelAll: for run in unfinishedRuns { cancel(run) }
    case .pause(let target): pause(target)
    case .resume(let target): resume(target)
    case .mark(let dataset, let partition, let isPresent, let reason):
      mark(dataset, partition, isPresent: isPresent, reason)
    case .accept(let dataset, let partition, let inputs, let code, let reason):
      accept(dataset, partition, of: inputs, code: code, reason)
    case .markInstance(let instance, let state, let reason): mark(instance, state, reason)
    case .approve(let instance, let decision): approve(instance, decision)
    case .trigger(let instance, let answer): take(answer, for: instance)
    case .remember(let release): remember(release)
    case .release(let release):
      add(release)
      forgetUnusedReleases()
    case .tick(let answer): take(answer)
    case .arrival(let answer): take(answer)
    case .deadline(let answer): take(answer)
    case .acknowledge(let alerts, let who, let note): acknowledge(alerts, by: who, note: note)
    case .silence(let wish): silence(wish)
    case .unsilence(let silence, let who): unsilence(silence, by: who)
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
      } while !linesToAdmit.isEmpty
      beginWaits()
      startReadyInstances()
    } while !tasksToAdvance.isEmpty || !followersToAdvance.isEmpty || !linesToAdmit.isEmpty
      || resolveStall()
    announceQueued()
    dropStaleTimers()
    sendNotifications()
    return takeDecisions()
  }

  /// What was decided when events came, where what follows from it is still to be.
  public mutating func takeDecisions() -> Decisions {
    defer { decisions = Decisions() }
    return decisions
  }

  /// When something is due although nothing happens; nil: never.
  public var nextDeadline: Instant? {
    [timers.first?.due, nextNotificationDue].compactMap(\.self).min()
  }

  /// Whether every run is final.
  public var isIdle: Bool { slotOfRun.isEmpty }

  /// Whether nothing can happen any more but from outside: every run is final, or what is left is paused.
  public var isAtRest: Bool {
    isIdle || (!paused.isEmpty && slots.used == 0 && evaluations == 0 && timers.isEmpty)
  }

  /// The runs that are not final, ascending.
  public var unfinishedRuns: [RunID] { slotOfRun.keys.sorted() }

  /// Changes how many attempts may be live at once; those that are live stay.
  public mutating func limit(workers: Int) {
    configuration.workers = workers
    slots.limit(workers: workers)
  }

  /// Whether a run is not final.
  public func isLive(_ run: RunID) -> Bool { slotOfRun[run] != nil }

  /// The number that the next run, or backfill, gets.
  public var nextRun: RunID { configuration.nextRun }
  public var nextBackfill: BackfillID { configuration.nextBackfill }

  /// Attempts that are live and hold a slot.
  public var liveAttempts: Int { slots.used }

  /// How many may be.
  public var workers: Int { configuration.workers }
}

/// A backfill whose runs are not all final.
struct LiveBackfill: Sendable {
  var maxActive: Int?
  var unfinished: Int
  var active = 0
  var failed = 0
  var cancelled = 0
}

/// A partition of the pipelines of one name; the key is empty for a pipeline without partitions.
struct LinePartition: Hashable, Sendable {
  var line: Int
  var key: String
}

/// Something that is due at a time.
struct Timer: Comparable, Sendable {
  enum Kind: Sendable {
    case retry(InstanceID)
    /// The attempt has had its time.
    case timeout(AttemptID)
    /// More workers are given out.
    case widen
    /// A task has waited for its data long enough.
    case patience(InstanceID)
    /// A trigger is looked at again, by its line.
    case trigger(Int)
    /// An attempt that waits is looked after again.
    case look(AttemptID)
    /// It has waited long enough.
    case waitOver(AttemptID)
    /// What a task wants to trigger is asked for again.
    case triggerAgain(InstanceID)
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
