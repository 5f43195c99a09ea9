import Basics
import MeshModel

/// After a cancel nothing but teardown tasks starts, and after a second one nothing. What had its time is
/// told to end, and what is told to end is dead once its grace is over.
final class Law16: Law {
  let number = 16
  /// How much later than due something may be noticed, in milliseconds.
  private static let slack: Int64 = 1000
  /// Since when attempts have been told to end by somebody who can see to it.
  private var told: [AttemptID: Int64] = [:]

  func see(_ change: Change, _ chronicle: Chronicle, _ court: Court) {
    switch change {
    case .attemptStarted(let attempt, _, _, _), .attemptDeferred(let attempt, _, _, _):
      checkStart(attempt.instance, chronicle, court)
    case .instanceQueued(let instance, _, _): checkStart(instance, chronicle, court)
    case .attemptStopping(let attempt, let reason, let at):
      guard reason.code == "timed_out", let live = chronicle.live[attempt],
        let timeout = task(attempt, chronicle)?.timeout
      else { return }
      expect(at >= live.startedAt + timeout, court, "\(attempt) is stopped before its timeout")
    default: return
    }
  }

  private func checkStart(_ id: InstanceID, _ chronicle: Chronicle, _ court: Court) {
    guard let run = chronicle.runs[id.run], let cancellation = run.cancellation else { return }
    let isTeardown = run.facts.tasks[id.task].declared.teardown
    expect(
      cancellation == .butTeardown && isTeardown, court, "\(id) starts in a run that was cancelled")
  }

  func seeQuiet(_ chronicle: Chronicle, _ court: Court) {
    checkGrace(chronicle, court)
    for attempt in chronicle.waiting.keys {
      guard let task = task(attempt, chronicle), let run = chronicle.runs[attempt.instance.run] else {
        continue
      }
      expect(
        run.cancellation == nil || run.cancellation == .butTeardown && task.teardown, court,
        "\(attempt) waits in a run that was cancelled")
    }
    for (attempt, live) in chronicle.live {
      guard let task = task(attempt, chronicle), let run = chronicle.runs[attempt.instance.run] else {
        continue
      }
      if let timeout = task.timeout, live.state != .stopping {
        expect(
          chronicle.now <= live.startedAt + timeout, court,
          "\(attempt) runs \(chronicle.now - live.startedAt), its timeout is \(timeout)")
      }
      if let cancellation = run.cancellation, cancellation == .everything || !task.teardown {
        expect(live.state == .stopping, court, "\(attempt) is \(live.state) in a run that was cancelled")
      }
    }
  }

  private func checkGrace(_ chronicle: Chronicle, _ court: Court) {
    let now = court.machine.agenda.time
    var still: [AttemptID: Int64] = [:]
    for (attempt, live) in chronicle.live where live.state == .stopping {
      let since = max(told[attempt] ?? now, court.servesSince)
      still[attempt] = since
      expect(
        now - since <= court.grace.wholeMilliseconds + Self.slack || !court.machine.isAlive(live.key), court,
        "\(attempt) was told to end \(now - since) ms ago, and is alive")
    }
    told = still
  }

  private func task(_ attempt: AttemptID, _ chronicle: Chronicle) -> TaskDeclaration? {
    chronicle.runs[attempt.instance.run]?.facts.tasks[attempt.instance.task].declared
  }
}
