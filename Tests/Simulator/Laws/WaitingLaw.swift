import Basics
import Diagnostics
import MeshModel

/// What waits without a worker holds nothing, ends in time, makes at most one run for each attempt, and is
/// never approved by who asked for its run.
final class WaitingLaw: Law {
  /// Every wait has a timeout, so this belongs to the law that all runs become final.
  let number = 9

  func see(_ change: Change, _ chronicle: Chronicle, _ court: Court) {
    switch change {
    case .attemptStarted(let attempt, _, _, _):
      expect(!waits(attempt, chronicle), court, "\(attempt) takes a slot and should wait without one")
    case .attemptDeferred(let attempt, _, let deferral, let at):
      expect(waits(attempt, chronicle), court, "\(attempt) waits and should work")
      expect(deferral.until > at, court, "\(attempt) has no time to wait")
      checkTime(attempt, deferral, at, chronicle, court)
      checkChild(attempt, deferral, chronicle, court)
    case .attemptEnded(let attempt, let outcome, let state, _, let at):
      guard let waiting = chronicle.waiting[attempt] else { return }
      if outcome.reason?.code == "timed_out" {
        expect(at >= waiting.until, court, "\(attempt) times out \(waiting.until - at) early")
        expect(state != .retrying, court, "\(attempt) timed out, and is tried again")
      }
      checkDecision(attempt, outcome, chronicle, court)
      checkEnd(attempt, waiting, outcome, chronicle, court)
    default: return
    }
  }

  private func task(_ attempt: AttemptID, _ chronicle: Chronicle) -> TaskDeclaration? {
    chronicle.runs[attempt.instance.run]?.facts.tasks[attempt.instance.task].declared
  }

  private func waits(_ attempt: AttemptID, _ chronicle: Chronicle) -> Bool {
    task(attempt, chronicle)?.kind.waitsWithoutWorker ?? false
  }

  /// Its own timeout, else the deadline or seven days after now or after its interval.
  private func checkTime(
    _ attempt: AttemptID, _ deferral: Deferral, _ at: Instant, _ chronicle: Chronicle, _ court: Court
  ) {
    guard let run = chronicle.runs[attempt.instance.run], let task = task(attempt, chronicle) else { return }
    let end = max(at, run.record.partition?.end ?? at)
    let expected =
      task.timeout.map { at + $0 } ?? end + (run.facts.pipeline.deadline ?? .seconds(7 * 86_400))
    expect(deferral.until == expected, court, "\(attempt) waits until \(deferral.until), not \(expected)")
  }

  private func checkChild(
    _ attempt: AttemptID, _ deferral: Deferral, _ chronicle: Chronicle, _ court: Court
  ) {
    let made = chronicle.children[attempt] ?? []
    let isTrigger: Bool
    if case .trigger = task(attempt, chronicle)?.kind { isTrigger = true } else { isTrigger = false }
    expect(isTrigger || deferral.child == nil, court, "\(attempt) has a run, and triggers none")
    expect(
      made == (deferral.madeChild ? [deferral.child].compactMap(\.self) : []), court,
      "\(attempt) made the runs \(made), and names \(deferral.child ?? 0)")
    guard !deferral.madeChild, let child = deferral.child else { return }
    expect(attempt.number > 1, court, "\(attempt) is the first, and takes run \(child) that it found")
    expect(
      chronicle.runs[child].map { $0.cancellation == nil } ?? false, court,
      "\(attempt) waits for run \(child), which is over")
  }

  private func checkDecision(
    _ attempt: AttemptID, _ outcome: AttemptOutcome, _ chronicle: Chronicle, _ court: Court
  ) {
    guard ["approved", "rejected"].contains(outcome.reason?.code) else { return }
    let asker = chronicle.runs[attempt.instance.run]?.record.askedBy
    let isByAsker = asker.map { outcome.output?.contains("\"by\":\"\($0)\"") ?? false } ?? false
    expect(!isByAsker, court, "\(attempt) is decided by '\(asker ?? "")', who asked for its run")
    guard case .approve(let approval) = task(attempt, chronicle)?.kind, !approval.by.isEmpty else { return }
    // Cleo is in the group 'ops'.
    let may = approval.by.contains { name in
      outcome.output?.contains("\"by\":\"\(name.value == "ops" ? "cleo" : name.value)\"") ?? false
    }
    expect(may, court, "\(attempt) is decided by somebody who may not")
  }

  /// A task that triggers succeeds or fails as its run does, if it waits for it.
  private func checkEnd(
    _ attempt: AttemptID, _ waiting: Chronicle.WaitingAttempt, _ outcome: AttemptOutcome,
    _ chronicle: Chronicle, _ court: Court
  ) {
    guard let child = waiting.child, case .trigger(let trigger) = task(attempt, chronicle)?.kind,
      trigger.waits, outcome.reason?.code.hasPrefix("child_") ?? false
    else { return }
    let end = chronicle.finalRuns[child]?.state
    expect(
      end != nil && (end == .success) == (outcome.state == .success), court,
      "\(attempt) ends as \(outcome.state), and run \(child) as \(end.map { "\($0)" } ?? "not at all")")
  }

  func seeQuiet(_ chronicle: Chronicle, _ court: Court) {
    for (attempt, waiting) in chronicle.waiting {
      expect(waiting.until > chronicle.now, court, "\(attempt) waits longer than it may")
      guard let child = waiting.child else { continue }
      expect(chronicle.runs[child] != nil, court, "\(attempt) waits for run \(child), which is over")
    }
  }
}
