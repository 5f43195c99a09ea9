import Basics

/// A fact that the scheduler decided and the record keeps: one row of the event log.
///
/// The tables are the fold of all changes, so a change carries everything that its rows show. Facts are only
/// ever appended.
public enum Change: Hashable, Sendable {
  case releaseTaken(ReleaseRecord)
  case backfillCreated(BackfillRecord)
  case backfillFinished(BackfillID, BackfillState, at: Instant)
  /// The run exists and is `queued`.
  case runCreated(RunRecord)
  /// `queued` to `running`.
  case runStarted(RunID, at: Instant)
  /// `queued` or `running` to a final state.
  case runFinished(RunID, RunState, Reason?, at: Instant)
  /// `each` was evaluated, once: the task's values. Empty: the task is skipped.
  case fannedOut(RunID, task: Int, values: [Scalar], at: Instant)
  /// `when` was evaluated, once.
  case conditionEvaluated(InstanceID, holds: Bool, at: Instant)
  /// `waiting` or `retrying` to `queued`: ready, and a slot is missing.
  case instanceQueued(InstanceID, Reason, at: Instant)
  /// `waiting`, `retrying` or `queued` to `running`; the attempt is `starting`. Where no slot was missing,
  /// the instance passed through `queued` in the same moment.
  ///
  /// The inputs are the versions that it was found ready with.
  case attemptStarted(AttemptID, AttemptKey, inputs: [InputVersion], at: Instant)
  /// `waiting`, `retrying` or `queued` to `deferred`: the attempt waits without a worker, and is `running`.
  case attemptDeferred(AttemptID, AttemptKey, Deferral, at: Instant)
  /// What was found where the attempt waits for something, when that is another answer than the one before.
  case attemptAnswered(AttemptID, Reason, at: Instant)
  /// The process of an attempt exists; what proves later which process it was.
  case attemptRunning(AttemptID, ProcessIdentity, at: Instant)
  /// Told to end.
  case attemptStopping(AttemptID, Reason, at: Instant)
  /// The attempt is final, and so is its instance, or it is `retrying` until `retryAt`.
  case attemptEnded(AttemptID, AttemptOutcome, instance: InstanceState, retryAt: Instant?, at: Instant)
  /// Final without an attempt ending: `skipped`, `upstream_failed`, `failed` (in `when` or `each`),
  /// `cancelled`, or `success` kept from the run that this one repeats.
  case instanceFinished(InstanceID, InstanceState, Reason, at: Instant)
  case materialized(MaterializationRecord)
  /// The task that writes the dataset was rightly skipped: readers find the partition covered, and empty or
  /// as it was.
  ///
  /// The number is its place among all that was published; nil: it was there before.
  case coveredAsSkipped(DatasetName, PartitionInterval?, InstanceID, number: Int64?, at: Instant)
  /// An operator declared a partition missing: it counts as never made.
  case markedMissing(DatasetName, partition: String, Reason, at: Instant)
  /// An operator declared a partition good.
  case markedPresent(DatasetName, PartitionInterval?, version: Int64, Reason, at: Instant)
  /// An operator declared a stale partition good as it is.
  case accepted(AcceptanceRecord, at: Instant)
  /// Somebody wants a run to end: what has not started never will, what runs is told to end.
  case runCancelled(RunID, Cancellation, at: Instant)
  /// Nothing of it starts any more, until it is resumed; what runs goes on.
  case paused(PauseTarget, at: Instant)
  case resumed(PauseTarget, at: Instant)
  /// A schedule counts from a moment on: a daemon knows it for the first time, or it was edited.
  case scheduled(ScheduleRecord, at: Instant)
  /// The pipeline has no schedule any more: later ticks are none.
  case unscheduled(PipelineName, at: Instant)
  case ticked(TickRecord)
  /// A token was made, or revoked.
  case tokenSet(TokenRecord, at: Instant)
  /// Somebody asked for what is committed beside this.
  case audited(AuditRecord)
  /// Data makes a pipeline due from a publication on: a daemon knows it for the first time, or it was edited,
  /// or a long stretch of what came was looked at.
  case triggered(TriggerRecord, at: Instant)
  /// Data makes the pipeline due no more.
  case untriggered(PipelineName, at: Instant)
  case arrived(ArrivalRecord)
  case alertRaised(AlertRecord)
  /// Somebody knows of it.
  case alertAcknowledged(AlertID, by: String, note: String?, at: Instant)
  /// Its cause is gone.
  case alertResolved(AlertID, Reason, at: Instant)
  case silenced(SilenceRecord)
  /// A silence ends before its time.
  case unsilenced(SilenceID, by: String, at: Instant)
  /// Somebody is being told of alerts.
  case notificationBegun(NotificationRecord)
  /// The try is over; nil: it told them. Otherwise it is tried again at `retryAt`, or was the last.
  case notificationEnded(NotificationID, failure: Reason?, retryAt: Instant?, at: Instant)
  /// Whether a pipeline keeps its deadline was looked at up to a moment.
  case deadlineCounted(DeadlineRecord, at: Instant)
  case deadlineUncounted(PipelineName, at: Instant)
  /// Retention took alerts away that are over.
  case alertsRemoved([AlertID], at: Instant)
  /// Retention took runs away that are final, older than the rule, and that nothing refers to.
  case runsRemoved([RunID], at: Instant)
}

extension Change {
  /// The run that it is about; nil: it is about none.
  public var run: RunID? {
    switch self {
    case .runCreated(let record): record.id
    case .runStarted(let run, _), .runFinished(let run, _, _, _), .fannedOut(let run, _, _, _),
      .runCancelled(let run, _, _):
      run
    case .conditionEvaluated(let instance, _, _), .instanceQueued(let instance, _, _),
      .instanceFinished(let instance, _, _, _):
      instance.run
    case .attemptStarted(let attempt, _, _, _), .attemptDeferred(let attempt, _, _, _),
      .attemptAnswered(let attempt, _, _), .attemptRunning(let attempt, _, _),
      .attemptStopping(let attempt, _, _), .attemptEnded(let attempt, _, _, _, _):
      attempt.instance.run
    case .releaseTaken, .backfillCreated, .backfillFinished, .materialized, .coveredAsSkipped,
      .markedMissing, .markedPresent, .accepted, .paused, .resumed, .runsRemoved, .scheduled, .unscheduled,
      .ticked, .triggered, .untriggered, .arrived, .tokenSet, .audited, .alertRaised, .alertAcknowledged,
      .alertResolved, .silenced, .unsilenced, .notificationBegun, .notificationEnded, .deadlineCounted,
      .deadlineUncounted, .alertsRemoved:
      nil
    }
  }
}

/// What tells a process from every other one on the machine, before and after.
public struct ProcessIdentity: Hashable, Sendable {
  public var pid: Int32
  /// When it started, in clock ticks since boot (field 22 of `/proc/<pid>/stat`).
  public var startTime: UInt64
  /// The kernel's name for this boot (`/proc/sys/kernel/random/boot_id`).
  public var boot: String

  public init(pid: Int32, startTime: UInt64, boot: String) {
    self.pid = pid
    self.startTime = startTime
    self.boot = boot
  }
}
