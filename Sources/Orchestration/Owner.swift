import Basics
import Execution
import Glibc
import Lineage
import MeshModel
import Planning
import Records
import Threads

/// The one process that owns a project's state: lock, recovery, control socket and the loop; `heddle serve`
/// for good, `heddle run` and its like for as long as they run.
///
/// Used by one thread; only what is `@Sendable` may be called from others.
public final class Owner {
  /// Who the owner says it is.
  public struct Identity: Sendable {
    public var version: String
    public var isDaemon: Bool

    public init(version: String, isDaemon: Bool) {
      self.version = version
      self.isDaemon = isDaemon
    }
  }

  /// How the work that was asked for ended.
  public struct Result: Sendable {
    /// The runs that were asked for, with their final states, ascending.
    public var runs: [(id: RunID, state: RunState)] = []
    public var backfill: BackfillID?
    public var wasInterrupted = false
    /// Runs that others asked for, which an interrupt left to the next owner.
    public var left = 0

    public var isSuccess: Bool { runs.allSatisfy { $0.state == .success } }
  }

  /// What to do.
  public enum Work: Sendable {
    /// Runs, and the releases that they use besides the latest.
    case runs([RunRequest], using: [Release] = [])
    case backfill(BackfillOrder)
    /// What the owner before this one left unfinished.
    case unfinished
  }

  /// The declarations of the release that new runs are made from.
  public private(set) var project: CheckedProject
  /// What the owner before this one left unfinished; nil: nothing.
  public let recovered: RecoverySummary?
  let identity: Identity
  let directory: StateDirectory
  let clock: any Clock
  let startedAt: Instant
  let time: SteadyTime
  let reader: StateReader
  private let state: StateOwner
  /// What new runs are made from.
  public private(set) var taken: TakenRelease
  let recovery: Recovery
  /// Earlier releases that were read beside the loop.
  let kept: KeptReleases
  private let unfinished: UnfinishedWork
  private let last: RecoveredState.LastNumbers
  private let mailbox = Mailbox<EventLoop.Message>()
  private let deploys = Mailbox<Deployer.Message>()
  private var running: Running?
  /// Begun and not done yet.
  private var maintenance: Maintenance?
  /// From the end of one to the beginning of the next, in nanoseconds.
  private static let maintenanceRhythm: UInt64 = 3_600_000_000_000

  /// What there is once the loop turns.
  private struct Running {
    let loop: EventLoop
    let executor: LocalExecutor
    let control: ControlServer
    let deployer: Deployer
  }

  /// Becomes the owner of the state, reads what is unfinished, and takes a release of the project.
  ///
  /// - Parameter deploys: taking the release is what somebody asked for, and is written down.
  public init(
    project: CheckedProject, state directory: StateDirectory, clock: any Clock,
    identity: Identity = Identity(version: "", isDaemon: false), deploys: Bool = false
  ) throws(SessionError) {
    self.clock = clock
    self.directory = directory
    self.identity = identity
    startedAt = clock.now
    time = SteadyTime(clock)
    do {
      state = try StateOwner(opening: directory, clock: clock)
      reader = try StateReader(opening: directory, clock: clock)
      let found = try reader.recoveredState(at: time.now)
      let before = try reader.lastRelease()
      taken = try ReleaseTaking(project: project, state: directory, clock: clock).prepared(after: before)
      try taken.commit(to: state.writer, askedBy: deploys ? [Self.ownAsker] : [], after: before?.id)
      self.project = Self.project(of: taken, identity)
      recovery = Recovery(project: project, state: directory, reader: reader, clock: clock)
      kept = KeptReleases(
        root: project.root, state: directory, clock: clock, latest: taken.release)
      unfinished = try recovery.work(found, latest: taken.release)
      last = found.last
      recovered =
        found.isClean
        ? nil
        : RecoverySummary(
          runs: found.runs.count,
          attempts: found.runs.reduce(0) { $0 + $1.instances.count { $0.live != nil } })
    } catch {
      throw SessionError(wrapping: error)
    }
  }

  /// A daemon runs the last good version of what has mistakes; who runs something by hand wants it as it
  /// stands in the files, or not at all.
  private static func project(of taken: TakenRelease, _ identity: Identity) -> CheckedProject {
    identity.isDaemon ? taken.project : taken.project.refusingKept()
  }

  /// Closes the socket, and leaves what still runs to the next owner.
  public func close() {
    running?.control.close()
    running?.deployer.end()
    running?.executor.leave()
    running = nil
  }

  deinit { close() }

  /// The runs that the owner before this one left unfinished, as they were then.
  public var unfinishedRuns: [UnfinishedRun] { unfinished.runs.map(\.run) }

  /// What turns wishes into runs of the latest release.
  var requests: RunRequests {
    RunRequests(graph: project.graph, broken: project.broken, reader: reader, clock: clock)
  }

  /// What there is to plan with.
  public func planning() throws(SessionError) -> PlanningView {
    try PlanningView(project: project, reader: reader, clock: clock)
  }

  /// Does the work and returns when every run is final, or nothing but a pause holds what is left; also runs
  /// that others ask for meanwhile, which the observer and the result pass over.
  public func execute(
    _ work: Work, workers: Int, observer: (any RunObserver)? = nil
  ) throws(SessionError) -> Result {
    let loop = try started(workers: workers).loop
    let tally = ResultTally(followed(work, loop.scheduler), passingOnTo: observer)
    loop.observer = tally
    if case .unfinished = work { loop.own = nil } else { loop.own = { tally.followed } }
    defer { loop.observer = nil }
    do {
      try loop.runUntilIdle(after: work.events(askedBy: Self.ownAsker))
    } catch { throw SessionError(error) }
    var result = tally.result
    result.wasInterrupted = loop.wasInterrupted
    if result.wasInterrupted { result.left = loop.scheduler.unfinishedRuns.count }
    return result
  }

  /// The runs that the work will make.
  private func followed(_ work: Work, _ scheduler: Scheduler) -> FollowedRuns {
    switch work {
    case .runs(let requests, _):
      let first = scheduler.nextRun
      return FollowedRuns(runs: first..<first + RunID(requests.count))
    case .backfill: return FollowedRuns(runs: [], backfill: scheduler.nextBackfill)
    case .unfinished: return FollowedRuns(runs: unfinished.runs.map(\.run.record.id))
    }
  }

  /// How long SQL that runs has to end by itself once the daemon is told to go: it must be gone after ten
  /// seconds, and what is rolled back has to be done anew.
  private static let patience = Duration.seconds(5)

  /// Serves until it is told to go. What runs then is left to the next owner.
  ///
  /// - Parameters:
  ///   - watches: takes a release whenever the project's files change.
  ///   - heartbeat: called while the loop turns, this often.
  public func serve(
    workers: Int, watches: Bool = false, heartbeat: (call: () -> Void, every: Duration)? = nil,
    observer: (any RunObserver)? = nil
  ) throws(SessionError) {
    if access(directory.served, F_OK) != 0 {
      let descriptor = open(directory.served, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
      if descriptor >= 0 { Glibc.close(descriptor) }
    }
    let running = try started(workers: workers)
    running.loop.observer = observer
    running.loop.upkeep = { [unowned self] in keepUp() }
    running.loop.heartbeat = heartbeat
    if watches { deploys.post(.watch) }
    running.loop.answerTick = { [unowned self] (tick) throws(SessionError) in try requests.answer(to: tick) }
    running.loop.answerArrival = { [unowned self] (question, last) throws(SessionError) in
      try requests.answer(to: question, last: last)
    }
    running.loop.answerDeadline = { [unowned self] (deadline) throws(SessionError) in
      try reader.answer(to: deadline, in: project.graph)
    }
    examineAfterDeath()
    do { try running.loop.runUntilStopped() } catch { throw SessionError(error) }
    running.control.close()
    running.deployer.end()
    running.executor.leave(patience: Self.patience)
    self.running = nil
  }

  /// Has the state file examined beside the loop where its last owner died: what is unfinished goes on
  /// meanwhile.
  private func examineAfterDeath() {
    guard state.followsDeath else { return }
    let (directory, clock, mailbox) = (directory, clock, mailbox)
    // Who cannot start a thread has more urgent troubles, and 'heddle doctor' examines the same.
    _ = try? WorkerThread(name: "examiner") {
      let damages: [String]
      do { damages = try StateReader(opening: directory, clock: clock).breaks(of: .integrity) } catch {
        damages = ["it cannot be read: \(error)"]
      }
      mailbox.post(.examined(damages))
    }
  }

  /// Removes what the mesh's retention lets go, all at once.
  public func maintain() throws(SessionError) -> Maintenance.Tally {
    let work = newMaintenance()
    do { while try work.step() {} } catch { throw SessionError(error) }
    return work.tally
  }

  private func newMaintenance() -> Maintenance {
    Maintenance(
      writer: state.writer, reader: reader, state: directory, rule: project.mesh.retention, clock: clock)
  }

  /// Does the next piece of what retention asks for, once an hour from its beginning to its end. What fails
  /// is begun again the next time.
  private func keepUp() -> UInt64 {
    let work = maintenance ?? newMaintenance()
    maintenance = work
    do {
      if try work.step() { return time.monotonicNow }
    } catch {
      running?.loop.observer?.upkeepFailed(error)
    }
    maintenance = nil
    return time.monotonicNow &+ Self.maintenanceRhythm
  }

  /// Asks the work to end: cancels its runs, a second time at once; what others asked for is left to the next
  /// owner.
  public var interrupter: @Sendable () -> Void {
    let mailbox = mailbox
    return { mailbox.post(.interrupt) }
  }

  /// Asks the owner to go and to leave running what runs.
  public var stopper: @Sendable () -> Void {
    let mailbox = mailbox
    return { mailbox.post(.stop) }
  }

  /// Who answers what the page asks, as it answers what commands do.
  public var desk: any ControlDesk { Desk(mailbox: mailbox, deploys: deploys, kept: kept) }

  /// Asks the owner to take a release of the files as they are now.
  public var deployment: @Sendable () -> Void {
    let deploys = deploys
    return { deploys.post(.deploy(asker: nil, answer: nil)) }
  }

  private func deployer() throws(ThreadError) -> Deployer {
    let mailbox = mailbox
    let taking = Deployer.Taking(root: project.root, state: directory, clock: clock)
    return try Deployer(taking, after: (taken.id, taken.digest), mailbox: deploys) {
      outcome, askers, answer in
      mailbox.post(.deploy(outcome, askers: askers, answer: answer))
    }
  }

  /// Makes later runs from a release; those that are live keep theirs.
  private func takeUp(
    _ outcome: DeployOutcome, _ askers: [Asker], _ scheduler: inout Scheduler
  ) throws(SessionError) -> ControlReply {
    let next: TakenRelease
    do throws(SessionError) {
      next = try outcome.get()
      try next.commit(to: state.writer, askedBy: askers, after: taken.id)
    } catch {
      running?.loop.observer?.deployFailed(error)
      throw error
    }
    let isNew = next.id != taken.id
    taken = next
    kept.note(latest: next.release)
    project = Self.project(of: next, identity)
    // What retention says may have changed as well.
    maintenance = nil
    if isNew { scheduler.handle(.release(next.release), at: time.now) }
    running?.loop.observer?.deployed(next)
    return .released(next.id, isNew: isNew)
  }

  /// How long a cancel may take of a command that owns the state for a moment: longer than any grace.
  private static let longestEnding: UInt64 = 30_000_000_000

  /// Does what a command asks, once, without serving: for commands that own the state for a moment. Nothing
  /// starts; what a cancel tells to end is waited for, since nobody else may come for a long time.
  public func answer(_ request: ControlRequest) throws(SessionError) -> ControlReply {
    let loop = try started(workers: 0).loop
    let answer = Guarded<ControlReply?>(nil)
    let found = try Preparation(for: request, from: Self.ownAsker, kept: kept)
    do {
      try loop.turn([.request(request, with: found, answer: { reply in answer.withLock { $0 = reply } })])
      try loop.runUntilEnded(by: time.monotonicNow &+ Self.longestEnding)
    } catch { throw SessionError(error) }
    guard let reply = answer.withLock({ $0 }) else {
      throw SessionError(.environment, "the state cannot be written now")
    }
    return reply
  }

  /// The loop, begun with what was unfinished.
  private func started(workers: Int) throws(SessionError) -> Running {
    if let running {
      running.loop.limit(workers: workers)
      return running
    }
    do {
      let ledger = try PartitionLedger(reading: reader)
      var configuration = Scheduler.Configuration(
        workers: workers, state: state.stateID, nextRun: last.run + 1, nextBackfill: last.backfill + 1,
        nextMaterialization: last.materialization + 1)
      configuration.startsGently = identity.isDaemon
      // Who starts nothing decides nothing about data either: it may come for whoever owns the state next.
      configuration.waitsForData = identity.isDaemon || workers == 0
      configuration.looksAfterAlerts = identity.isDaemon
      var scheduler = Scheduler(
        restoring: unfinished, latest: taken.release, configuration: configuration, ledger: ledger,
        at: time.now)
      if workers == 0 { scheduler.limit(workers: 0) }
      let mailbox = mailbox
      let executor = try LocalExecutor(
        state: directory, stateIdentity: state.stateID, workers: workers, clock: clock,
        report: { mailbox.post(.report($0)) })
      let watchdog = try Watchdog(clock: clock) { complaint in
        // Whoever starts it again goes on with everything; standing still helps nobody.
        _ = write(2, "heddle: \(complaint)\n", complaint.utf8.count + 9)
        abort()
      }
      let loop = EventLoop(
        scheduler: scheduler, writer: state.writer, executor: executor, mailbox: mailbox, time: time,
        watchdog: watchdog
      ) { [unowned self] (request, asker, found, scheduler) throws(SessionError) in
        try self.take(request, from: asker, with: found, &scheduler)
      }
      loop.witness = { [unowned self] (request, asker, scheduler) throws(SessionError) in
        try witness(request, asker, scheduler)
      }
      loop.answerTrigger = { [unowned self] (wish) throws(SessionError) in try requests.runs(for: wish) }
      loop.takeUp = { [unowned self] (outcome, askers, scheduler) throws(SessionError) in
        try takeUp(outcome, askers, &scheduler)
      }
      let control = try ControlServer(state: directory, desk: desk, clock: clock)
      let deployer = try deployer()
      let running = Running(loop: loop, executor: executor, control: control, deployer: deployer)
      self.running = running
      return running
    } catch {
      throw SessionError(wrapping: error)
    }
  }

  /// Hands what commands ask to the loop.
  private struct Desk: ControlDesk {
    let mailbox: Mailbox<EventLoop.Message>
    let deploys: Mailbox<Deployer.Message>
    let kept: KeptReleases
    private static let mostLookUps = 16
    private static let lookUps = Guarded(0)

    func take(
      _ request: ControlRequest, from asker: Asker, answer: @escaping @Sendable (ControlReply) -> Void
    ) {
      switch request {
      case .deploy: deploys.post(.deploy(asker: asker, answer: answer))
      case .retry(let wish) where wish.files == .kept:
        deploys.post(.prepare { [self] in prepare(request, asker, answer) })
      case .approve where Approver.isLookedUp(asker):
        lookUp(request, asker, answer)
      default: mailbox.post(.request(request, from: asker, answer: answer))
      }
    }

    /// A directory of groups that is slow holds up nobody else, so each has a thread; whoever hangs up before
    /// it answers leaves his there, so these are counted.
    private func lookUp(
      _ request: ControlRequest, _ asker: Asker, _ answer: @escaping @Sendable (ControlReply) -> Void
    ) {
      let mayBegin = Self.lookUps.withLock { count in
        guard count < Self.mostLookUps else { return false }
        count += 1
        return true
      }
      let refusal = SessionError(
        .environment, "too many wait for the system to tell their groups",
        help: "see whether the system's directory of users answers: id")
      guard mayBegin else { return answer(ControlReply(refusal)) }
      do throws(ThreadError) {
        _ = try WorkerThread(name: "approver") {
          prepare(request, asker, answer)
          Self.lookUps.withLock { $0 -= 1 }
        }
      } catch {
        Self.lookUps.withLock { $0 -= 1 }
        answer(ControlReply(refusal))
      }
    }

    private func prepare(
      _ request: ControlRequest, _ asker: Asker, _ answer: @escaping @Sendable (ControlReply) -> Void
    ) {
      do throws(SessionError) {
        let found = try Preparation(for: request, from: asker, kept: kept)
        mailbox.post(.request(request, from: asker, with: found, answer: answer))
      } catch {
        answer(ControlReply(error))
      }
    }
  }
}

extension Owner.Work {
  func events(askedBy asker: Asker) -> [SchedulerEvent] {
    switch self {
    case .runs(let requests, let releases):
      releases.map { .remember($0) } + requests.map { .run($0.asked(by: asker)) }
    case .backfill(let order): [.backfill(order.asked(by: asker))]
    case .unfinished: []
    }
  }
}

/// Notes how runs end while it passes everything on.
private final class ResultTally: RunObserver {
  private(set) var result = Owner.Result()
  private(set) var followed: FollowedRuns
  private let next: (any RunObserver)?

  init(_ followed: FollowedRuns, passingOnTo next: (any RunObserver)?) {
    self.followed = followed
    self.next = next
  }

  func observe(_ changes: [Change], at now: Instant) {
    let changes = changes.filter { followed.take($0) }
    guard !changes.isEmpty else { return pulse(at: now) }
    for change in changes {
      switch change {
      case .backfillCreated(let record): result.backfill = record.id
      case .runFinished(let run, let state, _, _):
        let place = result.runs.lastIndex { $0.id < run }.map { $0 + 1 } ?? 0
        result.runs.insert((run, state), at: place)
      default: continue
      }
    }
    next?.observe(changes, at: now)
  }

  func pulse(at now: Instant) { next?.pulse(at: now) }
  func outage(_ error: RecordsError?) { next?.outage(error) }
  func examined(_ damages: [String]) { next?.examined(damages) }
}
