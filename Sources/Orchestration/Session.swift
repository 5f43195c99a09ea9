import Basics
import Execution
import Lineage
import MeshModel
import Planning
import Records
import Threads

/// The owner of a project's state for as long as one command runs: lock, recovery, the loop, and everything
/// but timers.
///
/// Used by one thread; only `interrupt` may be called from others.
public final class Session {
  /// How a session's work ended.
  public struct Result: Sendable {
    /// The runs that were asked for, with their final states, ascending.
    public var runs: [(id: RunID, state: RunState)] = []
    public var backfill: BackfillID?
    public var wasInterrupted = false

    public var isSuccess: Bool { runs.allSatisfy { $0.state == .success } }
  }

  /// What to do.
  public enum Work: Sendable {
    case runs([RunRequest])
    case backfill(BackfillOrder)
  }

  public let project: CheckedProject
  /// What a dead owner had left; nil: nothing.
  public private(set) var recovered: RecoverySummary?
  private let directory: StateDirectory
  private let clock: any Clock
  private let time: SteadyTime
  private let owner: StateOwner
  private let reader: StateReader
  private let release: Release
  private let mailbox = Mailbox<EventLoop.Message>()
  private var last: RecoveredState.LastNumbers

  /// Becomes the owner of the state, brings it to rest if its last owner died, and takes a release of the
  /// project.
  public init(project: CheckedProject, state: StateDirectory, clock: any Clock) throws(SessionError) {
    self.project = project
    self.clock = clock
    directory = state
    time = SteadyTime(clock)
    do {
      owner = try StateOwner(opening: state, clock: clock)
      reader = try StateReader(opening: state, clock: clock)
      let unfinished = try reader.recoveredState()
      last = unfinished.last
      if !unfinished.isClean {
        let found = try Recovery(project: project, directory: state).end(
          unfinished, nextMaterialization: last.materialization + 1, at: time.now)
        try owner.writer.commit(found.changes)
        last.materialization += Int64(found.summary.materializations)
        recovered = found.summary
      }
      let id: ReleaseID
      if let latest = try reader.lastRelease(), latest.digest == project.digest {
        id = latest.id
      } else {
        id = last.release + 1
        var graph = project.graph
        graph.columnSources = LineageBuilder.columnSources(of: graph)
        let record = ReleaseRecord(id: id, digest: project.digest, takenAt: time.now, graph: graph)
        try owner.writer.commit([.releaseTaken(record)])
      }
      release = Release(id: id, mesh: project.mesh, graph: project.graph)
    } catch let error as RecordsError {
      throw SessionError(error)
    } catch let error as SessionError {
      throw error
    } catch {
      throw SessionError(.environment, "\(error)")
    }
  }

  /// What there is to plan with.
  public func planning() throws(SessionError) -> PlanningView {
    try PlanningView(project: project, reader: reader, clock: clock)
  }

  /// Does the work and returns when every run is final. Ends processes that are left if it throws.
  public func execute(
    _ work: Work, workers: Int, observer: (any RunObserver)? = nil
  ) throws(SessionError) -> Result {
    let ledger: PartitionLedger
    do { ledger = try PartitionLedger(reading: reader) } catch { throw SessionError(error) }
    let scheduler = Scheduler(
      release: release,
      configuration: .init(
        workers: workers, state: owner.stateID, nextRun: last.run + 1, nextBackfill: last.backfill + 1,
        nextMaterialization: last.materialization + 1), ledger: ledger)
    let mailbox = mailbox
    let executor: LocalExecutor
    do {
      executor = try LocalExecutor(
        release: release, state: directory, stateIdentity: owner.stateID, workers: workers, clock: clock,
        report: { mailbox.post(.event(.report($0))) })
    } catch { throw SessionError(error) }
    defer { executor.shutDown() }
    let tally = ResultTally(passingOnTo: observer)
    let loop = EventLoop(
      scheduler: scheduler, writer: owner.writer, executor: executor, mailbox: mailbox, time: time,
      observer: tally)
    do { try loop.runUntilIdle(after: work.events) } catch { throw SessionError(error) }
    var result = tally.result
    result.wasInterrupted = loop.wasInterrupted
    last.run = max(last.run, result.runs.last?.id ?? 0)
    last.backfill = max(last.backfill, result.backfill ?? 0)
    last.materialization = max(last.materialization, tally.lastMaterialization)
    return result
  }

  /// Asks the work to end: cancels every run, a second time at once. May be called from any thread.
  public func interrupt() { mailbox.post(.interrupt) }

  /// `interrupt` as other threads may hold it.
  public var interrupter: @Sendable () -> Void {
    let mailbox = mailbox
    return { mailbox.post(.interrupt) }
  }

  /// Declares a partition of a dataset missing or good.
  public func mark(
    _ dataset: DatasetName, partition key: String?, as mark: DatasetMark
  ) throws(SessionError) {
    let change = try mark.change(
      dataset, key, in: project, version: last.materialization + 1, reader: reader, at: time.now)
    do { try owner.writer.commit([change]) } catch { throw SessionError(error) }
    if mark == .present { last.materialization += 1 }
  }
}

extension Session.Work {
  var events: [SchedulerEvent] {
    switch self {
    case .runs(let requests): requests.map { .run($0) }
    case .backfill(let order): [.backfill(order)]
    }
  }
}

/// Notes how runs end while it passes everything on.
private final class ResultTally: RunObserver {
  private(set) var result = Session.Result()
  private(set) var lastMaterialization: Int64 = 0
  private let next: (any RunObserver)?

  init(passingOnTo next: (any RunObserver)?) { self.next = next }

  func observe(_ changes: [Change], at now: Instant) {
    for change in changes {
      switch change {
      case .backfillCreated(let record): result.backfill = record.id
      case .runFinished(let run, let state, _, _):
        let place = result.runs.lastIndex { $0.id < run }.map { $0 + 1 } ?? 0
        result.runs.insert((run, state), at: place)
      case .materialized(let record): lastMaterialization = max(lastMaterialization, record.id)
      default: continue
      }
    }
    next?.observe(changes, at: now)
  }

  func pulse(at now: Instant) { next?.pulse(at: now) }
}
