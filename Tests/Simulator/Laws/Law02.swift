import MeshModel

/// A task instance has at most one live attempt, numbered 1..n without gaps, and no more than its policy
/// and its losses allow; a pipeline has at most one live run a partition.
final class Law02: Law {
  let number = 2

  func see(_ change: Change, _ chronicle: Chronicle, _ court: Court) {
    switch change {
    case .attemptStarted(let attempt, _, _, _), .attemptDeferred(let attempt, _, _, _):
      start(attempt, chronicle, court)
    case .runStarted(let id, _):
      guard let run = chronicle.runs[id], let partition = run.record.partition else { return }
      let other = chronicle.running(run.record.pipeline).first {
        $0.record.id != id && $0.record.partition?.key == partition.key
      }
      expect(other == nil, court, "run \(id) starts while \(other?.record.id ?? 0) runs the same partition")
    default: return
    }
  }

  private func start(_ attempt: AttemptID, _ chronicle: Chronicle, _ court: Court) {
    let known = chronicle.instance(attempt.instance)
    let number = (known?.attempts ?? 0) + 1
    expect(attempt.number == number, court, "\(attempt) is the attempt \(number) of its instance")
    expect(
      known?.state != .running && known?.state != .deferred, court,
      "\(attempt) starts while another attempt of its instance is live")
    guard let run = chronicle.runs[attempt.instance.run] else { return }
    let retry = run.facts.tasks[attempt.instance.task].declared.retry
    let most = retry.attempts + min(known?.lost ?? 0, retry.lost)
    expect(attempt.number <= most, court, "\(attempt) is one too many, \(most) are allowed")
  }
}
