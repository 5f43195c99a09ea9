import MeshModel

/// An attempt starts only when its task's trigger rule holds over final upstream states. Of what is paused
/// nothing starts.
final class Law01: Law {
  let number = 1

  func see(_ change: Change, _ chronicle: Chronicle, _ court: Court) {
    let id: InstanceID
    switch change {
    case .instanceQueued(let instance, _, _): id = instance
    case .attemptStarted(let attempt, _, _, _), .attemptDeferred(let attempt, _, _, _):
      id = attempt.instance
      let isPaused = chronicle.runs[id.run].map(chronicle.isPaused) ?? false
      expect(!isPaused, court, "\(attempt) starts, and its run is paused")
    case .runStarted(let run, _):
      let isPaused = chronicle.runs[run].map(chronicle.isPaused) ?? false
      return expect(!isPaused, court, "run \(run) starts, and is paused")
    default: return
    }
    guard chronicle.state(id) == .waiting else { return }
    guard let run = chronicle.runs[id.run], run.facts.tasks.indices.contains(id.task) else {
      return expect(false, court, "\(id) starts in a run that is not live")
    }
    let task = run.facts.tasks[id.task]
    expect(run.state == .running, court, "\(id) starts in a run that is \(run.state)")
    expect(
      Readiness.verdict(of: id, in: run) == .start, court, "\(id) starts before its rule '\(task.rule)' holds"
    )
    if task.declared.when != nil {
      expect(run.conditions[id.task] == true, court, "\(id) starts, and its 'when' does not hold")
    }
    if task.declared.each != nil {
      expect(id.index < run.fanOuts[id.task] ?? 0, court, "\(id) starts, and its 'each' has no such value")
    }
  }
}
