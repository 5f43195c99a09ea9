/// What the simulator lets go wrong, or somebody do at a bad moment.
public enum FaultKind: String, Sendable, CaseIterable {
  /// A process could not be started.
  case startFailure = "start_failure"
  /// A process ended with a status that is no success.
  case badExit = "bad_exit"
  /// A process asked to be tried again (75).
  case retryExit = "retry_exit"
  /// A process never ends by itself.
  case hang
  /// A process ends only when it is killed.
  case ignoredTerm = "ignored_term"
  /// A report comes long after what it tells.
  case lateReport = "late_report"
  /// A report comes twice.
  case doubleReport = "double_report"
  /// `when` or `each` could not be evaluated.
  case failedEvaluation = "failed_evaluation"
  /// Another connection holds the record's lock.
  case busyRecord = "busy_record"
  case fullDisk = "full_disk"
  case brokenWrite = "broken_write"
  case brokenSync = "broken_sync"
  /// The owner died; the machine went on.
  case ownerKilled = "owner_killed"
  /// The owner died between two writes of a commit.
  case ownerKilledWriting = "owner_killed_writing"
  /// The machine died, and with it every process.
  case powerFailure = "power_failure"
  /// The keeper died with the owner: nobody has the exit statuses.
  case keeperKilled = "keeper_killed"
  case clockForward = "clock_forward"
  case clockBackward = "clock_backward"
  case declarationsEdited = "declarations_edited"
  case declarationsDeleted = "declarations_deleted"
  case overlappingBackfill = "overlapping_backfill"
  case cancel
  case secondCancel = "second_cancel"
  case pause
  case markedMissing = "marked_missing"
  /// Somebody declared how a task ends that had not begun.
  case markedInstance = "marked_instance"
  /// Somebody had made anew what was stale.
  case staleBackfill = "stale_backfill"
  /// Somebody wanted a plan done that they had looked at.
  case shownPlan = "shown_plan"
  /// It was not what they had seen any more.
  case stalePlan = "stale_plan"
  /// Somebody declared something stale good.
  case acceptance
  /// What a task waits for never comes.
  case endlessWait = "endless_wait"
  /// Somebody approved or rejected, or tried to.
  case approval
  /// Somebody could not be told of alerts.
  case failedNotification = "failed_notification"
  /// Somebody silenced alerts, or ended that.
  case silence
  /// What kept the state small was cut short.
  case upkeepCut = "upkeep_cut"
  /// An executor ended an attempt that nobody had told to end.
  case foreignEnd = "foreign_end"
}
