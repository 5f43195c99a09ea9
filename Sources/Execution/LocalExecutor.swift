import Basics
import Glibc
import MeshModel
import Planning
import Records
import Threads

/// Carries out tasks on this machine: processes, SQL and loads, each attempt on a worker thread of its own.
///
/// All calls return at once; what comes of them is reported from the worker threads.
public final class LocalExecutor: Executor {
  private struct AttemptJob: Sendable {
    var order: AttemptOrder
    var control: AttemptControl
    var isAdopted = false
  }

  private let clock: any Clock
  private let live: Guarded<[AttemptID: AttemptControl]>
  private let attempts: WorkerPool<AttemptJob>
  private let evaluations: WorkerPool<EvaluationOrder>

  /// Starts the worker threads.
  ///
  /// - Parameters:
  ///   - workers: how many attempts run at once. The scheduler never has more of them live; if it had, they
  ///     would wait their turn.
  ///   - runner: what starts processes; nil: this process does.
  ///   - environment: our own environment, looked up by name.
  ///   - report: told what comes of the orders, on any thread.
  public init(
    state: StateDirectory, stateIdentity: String, workers: Int, clock: any Clock,
    runner: (any ProcessRunner)? = nil,
    environment: (String) -> String? = { getenv($0).map { String(cString: $0) } },
    report: @escaping @Sendable (WorkerReport) -> Void
  ) throws(ThreadError) {
    self.clock = clock
    let live = Guarded([AttemptID: AttemptControl]())
    let worker = TaskWorker(
      state: state, stateIdentity: stateIdentity, clock: clock,
      runner: runner ?? LocalProcessRunner(clock: clock, spool: state.spool),
      environment: environment, report: report)
    attempts = try WorkerPool(name: "worker", workers: workers) { _ in
      { job in
        assert(job.order.key.attempt(inState: stateIdentity) == job.order.id)
        let outcome =
          job.isAdopted
          ? worker.outcome(ofAdopted: job.order) : worker.outcome(of: job.order, control: job.control)
        live.withLock { _ = $0.removeValue(forKey: job.order.id) }
        report(.ended(job.order.id, outcome))
      }
    }
    evaluations = try WorkerPool(name: "evaluator", workers: 1) { _ in
      { order in
        report(.evaluated(order.context.instance, order.subject, worker.answer(to: order)))
      }
    }
    self.live = live
  }

  public func start(_ order: AttemptOrder) {
    let control = AttemptControl()
    let isNew = live.withLock { live in
      if live[order.id] != nil { return false }
      live[order.id] = control
      return true
    }
    if isNew { attempts.submit(AttemptJob(order: order, control: control)) }
  }

  public func adopt(_ order: AttemptOrder) {
    let control = AttemptControl()
    let isNew = live.withLock { live in
      if live[order.id] != nil { return false }
      live[order.id] = control
      return true
    }
    if isNew { attempts.submit(AttemptJob(order: order, control: control, isAdopted: true)) }
  }

  /// Evaluates in the order of the calls, apart from the attempts.
  public func evaluate(_ order: EvaluationOrder) { evaluations.submit(order) }

  /// Asks an attempt to end. One that has ended already is not reported again.
  public func stop(_ attempt: AttemptID, cause: StopCause, grace: Duration) {
    let control = live.withLock { $0[attempt] }
    control?.stop(cause: cause, killAt: killAt(after: grace))
  }

  /// Kills what still runs, waits until all of it is reported, and ends the threads. Orders that come later
  /// are dropped.
  public func shutDown() {
    for control in live.withLock({ Array($0.values) }) { control.stop(cause: .cancelled, killAt: 0) }
    attempts.finish()
    evaluations.finish()
  }

  /// Leaves what runs to the next owner; nothing is reported any more.
  public func leave() { shutDown() }

  private func killAt(after grace: Duration) -> UInt64 {
    let milliseconds = UInt64(clamping: grace.wholeMilliseconds)
    let (nanoseconds, isTooLong) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
    let (moment, isTooLate) = clock.monotonicNanoseconds.addingReportingOverflow(nanoseconds)
    return isTooLong || isTooLate ? .max : moment
  }
}
