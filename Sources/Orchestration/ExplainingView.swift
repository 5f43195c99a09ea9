import Basics
import MeshModel
import Planning
import Records

/// Why runs and tasks are where they are: a scheduler built up from the record as an owner would, without
/// owning the state.
public struct ExplainingView: Sendable {
  private var scheduler: Scheduler

  /// - Parameter firesSchedules: whoever owns the state is a daemon, for which data may still come.
  public init(
    project: CheckedProject, state: StateDirectory, reader: StateReader, clock: any Clock,
    firesSchedules: Bool
  ) throws(SessionError) {
    scheduler = try RestoredScheduler(
      project, state: state, reader: reader, workers: nil, firesSchedules: firesSchedules, at: clock.now,
      clock: clock
    ).scheduler
    let live = scheduler.liveAttempts
    scheduler.limit(workers: live)
    // What follows from the record is decided as the owner has decided it, and not carried out.
    if firesSchedules { _ = scheduler.dueTicks(at: clock.now) }
    _ = scheduler.decide(at: clock.now)
  }

  /// What keeps a run; nil: it is final, or there is none.
  public func explanation(of run: RunID) -> Explanation? { scheduler.explanation(of: run) }

  /// What keeps a task of a run; nil: the run is final, or the task no part of it.
  public mutating func explanation(of run: RunID, task: Int) -> Explanation? {
    scheduler.explanation(of: run, task: task)
  }

  /// What a pipeline waits for that is due by data: of a partition, or of the one after the last that was
  /// decided; nil: no data makes it due.
  ///
  /// - Parameter key: nil: the next one.
  public func explanation(
    ofDataFor pipeline: PipelineName, partition key: String?, after decided: PartitionInterval?
  ) -> (partition: PartitionInterval?, Explanation)? {
    var partition = scheduler.nextDue(of: pipeline, after: decided)
    if let key {
      guard let wanted = scheduler.partition(of: pipeline, key: key) else { return nil }
      partition = wanted
    }
    return scheduler.explanation(ofDataFor: pipeline, partition).map { (partition, $0) }
  }

  /// What waits for a person, in the order of the runs.
  public var waitingApprovals: [WaitingApproval] { scheduler.waitingApprovals }

  /// Who holds slots and who waits for them.
  public mutating func occupancy(workers: Int?) -> Occupancy { scheduler.occupancy(workers: workers) }

  /// The tasks of a run that are not final, by their places; none: it is final, or has not begun.
  public func openTasks(of run: RunID) -> [Int] { scheduler.openTasks(of: run) ?? [] }
}
