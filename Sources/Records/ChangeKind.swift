import Basics
import MeshModel

/// What the event log calls each kind of change.
public enum ChangeKind: String, Sendable, CaseIterable {
  case releaseTaken = "release_taken"
  case backfillCreated = "backfill_created"
  case backfillFinished = "backfill_finished"
  case runCreated = "run_created"
  case runStarted = "run_started"
  case runFinished = "run_finished"
  case fannedOut = "fanned_out"
  case conditionEvaluated = "condition_evaluated"
  case instanceQueued = "instance_queued"
  case attemptStarted = "attempt_started"
  case attemptDeferred = "attempt_deferred"
  case attemptAnswered = "attempt_answered"
  case attemptRunning = "attempt_running"
  case attemptStopping = "attempt_stopping"
  case attemptEnded = "attempt_ended"
  case instanceFinished = "instance_finished"
  case materialized
  case coveredAsSkipped = "covered_as_skipped"
  case markedMissing = "marked_missing"
  case markedPresent = "marked_present"
  case accepted
  case runCancelled = "run_cancelled"
  case paused, resumed, scheduled, unscheduled, ticked
  case triggered, untriggered, arrived
  case alertRaised = "alert_raised"
  case alertAcknowledged = "alert_acknowledged"
  case alertResolved = "alert_resolved"
  case silenced, unsilenced
  case notificationBegun = "notification_begun"
  case notificationEnded = "notification_ended"
  case deadlineCounted = "deadline_counted"
  case deadlineUncounted = "deadline_uncounted"
  case alertsRemoved = "alerts_removed"
  case runsRemoved = "runs_removed"
  case tokenSet = "token_set"
  case audited
}

extension Change {
  public var kind: ChangeKind {
    switch self {
    case .releaseTaken: .releaseTaken
    case .backfillCreated: .backfillCreated
    case .backfillFinished: .backfillFinished
    case .runCreated: .runCreated
    case .runStarted: .runStarted
    case .runFinished: .runFinished
    case .fannedOut: .fannedOut
    case .conditionEvaluated: .conditionEvaluated
    case .instanceQueued: .instanceQueued
    case .attemptStarted: .attemptStarted
    case .attemptDeferred: .attemptDeferred
    case .attemptAnswered: .attemptAnswered
    case .attemptRunning: .attemptRunning
    case .attemptStopping: .attemptStopping
    case .attemptEnded: .attemptEnded
    case .instanceFinished: .instanceFinished
    case .materialized: .materialized
    case .coveredAsSkipped: .coveredAsSkipped
    case .markedMissing: .markedMissing
    case .markedPresent: .markedPresent
    case .accepted: .accepted
    case .runCancelled: .runCancelled
    case .paused: .paused
    case .resumed: .resumed
    case .scheduled: .scheduled
    case .unscheduled: .unscheduled
    case .ticked: .ticked
    case .triggered: .triggered
    case .untriggered: .untriggered
    case .arrived: .arrived
    case .alertRaised: .alertRaised
    case .alertAcknowledged: .alertAcknowledged
    case .alertResolved: .alertResolved
    case .silenced: .silenced
    case .unsilenced: .unsilenced
    case .notificationBegun: .notificationBegun
    case .notificationEnded: .notificationEnded
    case .deadlineCounted: .deadlineCounted
    case .deadlineUncounted: .deadlineUncounted
    case .alertsRemoved: .alertsRemoved
    case .runsRemoved: .runsRemoved
    case .tokenSet: .tokenSet
    case .audited: .audited
    }
  }

  /// When it was decided.
  public var at: Instant {
    switch self {
    case .releaseTaken(let release): release.takenAt
    case .backfillCreated(let backfill): backfill.createdAt
    case .runCreated(let run): run.createdAt
    case .materialized(let materialization): materialization.at
    case .ticked(let tick): tick.decidedAt
    case .audited(let line): line.at
    case .arrived(let arrival): arrival.decidedAt
    case .alertRaised(let alert): alert.raisedAt
    case .silenced(let silence): silence.createdAt
    case .notificationBegun(let notification): notification.startedAt
    case .backfillFinished(_, _, let at), .runStarted(_, let at), .runFinished(_, _, _, let at),
      .fannedOut(_, _, _, let at), .conditionEvaluated(_, _, let at), .instanceQueued(_, _, let at),
      .attemptStarted(_, _, _, let at), .attemptDeferred(_, _, _, let at), .attemptAnswered(_, _, let at),
      .attemptRunning(_, _, let at), .attemptStopping(_, _, let at),
      .attemptEnded(_, _, _, _, let at), .instanceFinished(_, _, _, let at),
      .coveredAsSkipped(_, _, _, _, let at), .markedMissing(_, _, _, let at),
      .markedPresent(_, _, _, _, let at),
      .runCancelled(_, _, let at), .paused(_, let at), .resumed(_, let at),
      .runsRemoved(_, let at), .tokenSet(_, let at), .accepted(_, let at), .scheduled(_, let at),
      .unscheduled(_, let at), .triggered(_, let at), .untriggered(_, let at),
      .alertAcknowledged(_, _, _, let at), .alertResolved(_, _, let at), .unsilenced(_, _, let at),
      .notificationEnded(_, _, _, let at), .deadlineCounted(_, let at), .deadlineUncounted(_, let at),
      .alertsRemoved(_, let at):
      at
    }
  }
}
