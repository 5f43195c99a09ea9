import MeshModel

/// A run is final exactly when all its task instances are, and its state is a function of theirs.
final class Law09: Law {
  let number = 9

  func see(_ change: Change, _ chronicle: Chronicle, _ court: Court) {
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

  func seeCommit(_ changes: [Change], _ chronicle: Chronicle, _ court: Court) {
    for id in Set(changes.compactMap(\.run)) {
      guard let run = chronicle.runs[id], run.state == .running else { continue }
      let isOpen = run.facts.tasks.indices.contains { run.takesPart($0) && !run.isFinal($0) }
      expect(isOpen, court, "run \(id) is not final, and all its tasks are")
    }
  }
}
