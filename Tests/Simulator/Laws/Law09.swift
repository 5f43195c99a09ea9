import Basics
import MeshModel

/// A run is final exactly when all its task instances are, and its state is a function of theirs; a
/// backfill's state is one of its runs'.
///
/// And a run never waits without end: at each moment one of its attempts is live, and within its timeout and
/// grace unless the machine fails; or a retry is to come, and not overdue; or something keeps it that has
/// such an end itself: a slot, data of another run, a pause. That nothing else keeps it is law 7, that slots
/// come round is law 8: together they bound the time that it takes.
final class Law09: Law {
  let number = 9
  /// How much later than due something may be noticed, in milliseconds: the world is in no hurry.
  private static let slack: Int64 = 1000
  private var looks = 0
  private var ends: [BackfillID: Set<RunState>] = [:]
  /// When dead processes were first seen whose end is not recorded.
  private var dead: [AttemptID: Int64] = [:]

  func see(_ change: Change, _ chronicle: Chronicle, _ court: Court) {
    if case .runFinished(let id, let state, _, _) = change,
      let backfill = chronicle.runs[id]?.record.backfill
    {
      ends[backfill, default: []].insert(state)
    }
    if case .backfillFinished(let id, let state, _) = change {
      let ends = ends.removeValue(forKey: id) ?? []
      let expected: BackfillState =
        ends.contains(.failed) ? .failed : ends.contains(.cancelled) ? .cancelled : .success
      expect(state == expected, court, "b\(id) ended as \(state), its runs as \(expected)")
    }
    guard case .runFinished(let id, let state, _, _) = change, let run = chronicle.runs[id] else { return }
    if run.state == .queued {
      return expect(state == .cancelled, court, "run \(id) ended as \(state) before it began")
    }
    var isBad = false
    for (place, task) in run.facts.tasks.enumerated() where run.takesPart(place) {
      expect(run.isFinal(place), court, "run \(id) ended before its task '\(task.name)'")
      for instance in (run.instances[place] ?? [:]).values {
        isBad =
          isBad || instance.state == .upstreamFailed
          || instance.state == .failed && !task.declared.allowFailure
      }
    }
    let expected: RunState = run.cancellation != nil ? .cancelled : isBad ? .failed : .success
    expect(state == expected, court, "run \(id) ended as \(state), its tasks as \(expected)")
  }

  func seeQuiet(_ chronicle: Chronicle, _ court: Court) {
    looks += 1
    guard looks % 8 == 0 else { return }
    for (id, run) in chronicle.runs where run.state == .running {
      for (task, instances) in run.instances {
        // The values of what it triggers are computed first.
        if run.facts.tasks[task].isTrigger { continue }
        for (index, instance) in instances where instance.state == .retrying {
          let isOverdue = instance.retryAt.map { $0 < chronicle.now } ?? true
          let what = InstanceID(run: id, task: task, index: index)
          expect(!isOverdue, court, "\(what) is not tried again when it should")
        }
      }
    }
    checkAttempts(chronicle, court)
  }

  /// What is dead is recorded as soon as that is reported, and what has a timeout dies in time.
  private func checkAttempts(_ chronicle: Chronicle, _ court: Court) {
    let now = court.machine.agenda.time
    var still: [AttemptID: Int64] = [:]
    for (attempt, live) in chronicle.live where !court.machine.isAlive(live.key) {
      let since = max(dead[attempt] ?? now, court.servesSince)
      still[attempt] = since
      guard !court.machine.faults.kinds.contains(.lateReport) else { continue }
      expect(
        now - since <= Self.slack, court, "\(attempt) is dead for \(now - since) ms, and live in the record")
    }
    dead = still
  }

  func seeCommit(_ changes: [Change], _ chronicle: Chronicle, _ court: Court) {
    for id in Set(changes.compactMap(\.run)) {
      guard let run = chronicle.runs[id], run.state == .running else { continue }
      let isOpen = run.facts.tasks.indices.contains { run.takesPart($0) && !run.isFinal($0) }
      expect(isOpen, court, "run \(id) is not final, and all its tasks are")
    }
  }
}
