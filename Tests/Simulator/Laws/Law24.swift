import MeshModel

/// `when` and `each` are evaluated once; the answer is an event.
final class Law24: Law {
  let number = 24

  func see(_ change: Change, _ chronicle: Chronicle, _ court: Court) {
    switch change {
    case .conditionEvaluated(let id, _, _):
      guard let run = chronicle.runs[id.run] else { return }
      expect(run.conditions[id.task] == nil, court, "'when' of \(id) is answered twice")
      expect(run.facts.tasks[id.task].declared.when != nil, court, "\(id) has no 'when'")
    case .fannedOut(let id, let task, _, _):
      guard let run = chronicle.runs[id] else { return }
      expect(run.fanOuts[task] == nil, court, "'each' of task \(task) of run \(id) is answered twice")
      expect(run.facts.tasks[task].declared.each != nil, court, "task \(task) of run \(id) has no 'each'")
    default: return
    }
  }
}
