import Basics
import Glibc
import MeshModel
import Planning
import Records
import SQLite
import Threads

/// Carries out tasks on this machine: processes, SQL and loads, each attempt on a worker thread of its own; a
/// process that ends in a moment needs none.
///
/// All calls return at once; what comes of them is reported from other threads.
public final class LocalExecutor: Executor {
  private struct AttemptJob: Sendable {
    var order: AttemptOrder
    var control: AttemptControl
    var part = Part.whole

    /// What of the attempt a thread has to do.
    enum Part: Sendable {
      case whole
      /// Its process was begun without a thread.
      case wait(ProcessWait)
      /// An earlier owner began it.
      case adopted
    }
  }

  /// Does attempts and tells of their ends, on the thread that calls it.
  private struct Hand: Sendable {
    let worker: TaskWorker
    let live: Guarded<[AttemptID: AttemptControl]>
    let report: @Sendable (WorkerReport) -> Void

    func carryOut(_ job: AttemptJob) {
      switch job.part {
      case .whole, .adopted: if job.control.isAbandoned { return }
      case .wait: break
      }
      end(job, outcome(of: job))
    }

    private func outcome(of job: AttemptJob) -> AttemptOutcome {
      switch job.part {
      case .whole: worker.outcome(of: job.order, control: job.control)
      case .wait(let wait): worker.outcome(of: job.order, control: job.control, begun: wait)
      case .adopted: worker.adopted(job.order, control: job.control)
      }
    }

    func end(_ job: AttemptJob, _ outcome: AttemptOutcome) {
      live.withLock { _ = $0.removeValue(forKey: job.order.id) }
      // The next owner learns what became of an attempt that we left.
      if !job.control.isAbandoned { report(.ended(job.order.id, outcome)) }
    }
  }

  /// How often it is looked whether SQL has ended, in microseconds.
  private static let glance: UInt32 = 10_000

  private let workers: Int
  private let clock: any Clock
  private let stateIdentity: String
  private let runner: any ProcessRunner
  private let hand: Hand
  private let adopting = Guarded([WorkerThread]())
  private let live: Guarded<[AttemptID: AttemptControl]>
  private let attempts: WorkerPool<AttemptJob>
  private let evaluations: WorkerPool<EvaluationOrder>
  private let probes: WorkerPool<ProbeOrder>
  /// So many questions are asked at once, of which some may take their ten seconds.
  private static let probers = 4
  private let notifications: WorkerPool<NotificationOrder>
  /// So many tell somebody at once, each for a minute at most.
  private static let tellers = 2
  private let telling: AttemptControl
  /// Ends the evaluation that runs, and lets none begin.
  private let evaluating: AttemptControl
  /// The same for each thread that looks.
  private let looking: [AttemptControl]

  /// Starts the worker threads.
  ///
  /// - Parameters:
  ///   - workers: how many attempts have a thread at once. The scheduler never has more of them live; if it
  ///     had, those that need a thread would wait their turn.
  ///   - runner: what starts processes; nil: a keeper of this state does, so that they outlive us.
  ///   - environment: our own environment, looked up by name.
  ///   - report: told what comes of the orders, on any thread.
  public init(
    state: StateDirectory, stateIdentity: String, workers: Int, clock: any Clock,
    runner: (any ProcessRunner)? = nil,
    environment: (String) -> String? = { getenv($0).map { String(cString: $0) } },
    report: @escaping @Sendable (WorkerReport) -> Void
  ) throws(ThreadError) {
    self.workers = workers
    self.clock = clock
    self.stateIdentity = stateIdentity
    let live = Guarded([AttemptID: AttemptControl]())
    let evaluating = AttemptControl()
    self.evaluating = evaluating
    if (try? LogFiles.makeFolder(state.temporary)) != nil {
      SQLiteLibrary.spillTemporaryFiles(to: state.temporary)
      // They may hold addresses with tokens in them, and what alerts say.
      LogFiles.remove(beginning: [WebProbe.filePrefix, Notifier.filePrefix], in: state.temporary)
    }
    let runner = runner ?? KeeperRunner(clock: clock, folder: state.keepers, spool: state.spool)
    self.runner = runner
    let worker = TaskWorker(
      state: state, stateIdentity: stateIdentity, clock: clock,
      runner: runner, environment: environment, report: report)
    let hand = Hand(worker: worker, live: live, report: report)
    self.hand = hand
    attempts = try WorkerPool(name: "worker", workers: workers) { _ in
      { job in
        assert(job.order.key.attempt(inState: stateIdentity) == job.order.id)
        hand.carryOut(job)
      }
    }
    evaluations = try WorkerPool(name: "evaluator", workers: 1) { _ in
      { order in
        if evaluating.isOver { return }
        let answer = worker.answer(to: order, control: evaluating)
        if !evaluating.isOver { report(.evaluated(order.context.instance, order.subject, answer)) }
      }
    }
    let looking = (0..<Self.probers).map { _ in AttemptControl() }
    self.looking = looking
    probes = try WorkerPool(name: "prober", workers: looking.count) { number in
      { order in
        let control = looking[number]
        if control.isOver { return }
        let answer = worker.answer(to: order, control: control)
        if !control.isOver { report(.probed(order.attempt, answer)) }
      }
    }
    let telling = AttemptControl()
    self.telling = telling
    let notifier = Notifier(folder: state.temporary, environment: environment)
    notifications = try WorkerPool(name: "notifier", workers: Self.tellers) { _ in
      { order in
        if telling.isOver { return }
        let failure = notifier.failure(of: order, control: telling)
        if !telling.isOver { report(.notified(order.id, attempt: order.attempt, failure: failure)) }
      }
    }
    self.live = live
  }

  public func start(_ order: AttemptOrder) {
    guard let job = job(order) else { return }
    let (attempts, hand) = (attempts, hand)
    // What nobody would be free to wait for waits its turn.
    guard live.withLock({ $0.count <= workers }) else { return _ = attempts.submit(job) }
    let isBegun = hand.worker.begin(
      order, control: job.control, over: { hand.end(job, $0) },
      waiting: { wait in
        var job = job
        job.part = .wait(wait)
        attempts.submit(job)
      })
    if !isBegun { attempts.submit(job) }
  }

  /// Waits for it on a thread of its own: an earlier owner may have had more workers than we have, and each
  /// of its attempts must be heard and can be stopped.
  public func adopt(_ order: AttemptOrder) {
    guard var job = job(order) else { return }
    job.part = .adopted
    do throws(ThreadError) {
      let thread = try WorkerThread(name: "adopted") { [hand, job] in hand.carryOut(job) }
      adopting.withLock { $0.append(thread) }
    } catch {
      attempts.submit(job)
    }
  }

  /// Nil for an attempt that is under way already.
  private func job(_ order: AttemptOrder) -> AttemptJob? {
    let control = AttemptControl()
    return live.withLock { live in
      if live[order.id] != nil { return nil }
      live[order.id] = control
      return AttemptJob(order: order, control: control)
    }
  }

  public func settle(_ settled: [AttemptID]) {
    runner.settle(settled.map { AttemptKey(state: stateIdentity, attempt: $0) })
  }

  /// Evaluates in the order of the calls, apart from the attempts.
  public func evaluate(_ order: EvaluationOrder) { evaluations.submit(order) }

  /// Looks apart from everything else, so that attempts which work do not hold it up.
  public func probe(_ order: ProbeOrder) { probes.submit(order) }

  public func notify(_ order: NotificationOrder) { notifications.submit(order) }

  /// Asks an attempt to end. One that has ended already is not reported again.
  public func stop(_ attempt: AttemptID, cause: StopCause, grace: Duration) {
    let control = live.withLock { $0[attempt] }
    control?.stop(cause: EndCause(cause), killAt: grace.deadline(from: clock.monotonicNanoseconds))
  }

  /// Kills what still runs, waits until all of it is reported, and ends the threads. Orders that come later
  /// are dropped.
  public func shutDown() {
    for control in [evaluating, telling] + looking { control.stop(cause: .cancelled, killAt: 0) }
    for control in live.withLock({ Array($0.values) }) { control.stop(cause: .cancelled, killAt: 0) }
    finish()
  }

  /// Ends the threads and leaves what still runs to the next owner, who adopts it: processes go on, SQL and
  /// loads are rolled back. Nothing of it is reported. Orders that come later are dropped.
  ///
  /// - Parameter patience: how long SQL and loads have to end before they are rolled back. The next owner
  ///   finds in the store what they did.
  public func leave(patience: Duration = .zero) {
    for control in [evaluating, telling] + looking { control.abandon() }
    let deadline = patience.deadline(from: clock.monotonicNanoseconds)
    for control in live.withLock({ Array($0.values) }) where !control.isInStore { control.abandon() }
    while clock.monotonicNanoseconds < deadline,
      live.withLock({ $0.values.contains { $0.isInStore && !$0.isAbandoned } })
    {
      usleep(Self.glance)
    }
    for control in live.withLock({ Array($0.values) }) { control.abandon() }
    finish()
  }

  private func finish() {
    attempts.finish()
    for thread in adopting.withLock({ $0 }) { thread.join() }
    evaluations.finish()
    probes.finish()
    notifications.finish()
    runner.leave()
  }
}
