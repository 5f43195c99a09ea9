import MeshModel

/// A skip or a failure spreads once, and only where the trigger rule says so; each instance leaves
/// `waiting` once.
final class Law18: Law {
  let number = 18

  func see(_ change: Change, _ chronicle: Chronicle, _ court: Court) {
    guard case .instanceFinished(let id, let state, let reason, _) = change,
      let run = chronicle.runs[id.run], run.facts.tasks.indices.contains(id.task)
    else { return }
    expect(!chronicle.state(id).isFinal, court, "\(id) ends twice")
    expect(run.takesPart(id.task), court, "\(id) ends and is no part of its run")
    guard reason.code == "trigger_rule" else {
      return expect(
        state != .upstreamFailed
          || ["input_missing", "not_fresh", "depends_on_past", "stalled", "waited_too_long"].contains(
            reason.code),
        court, "\(id) failed with its upstreams because of '\(reason.code)'")
    }
    let expected: TriggerOracle.Verdict? =
      state == .skipped ? .skip : state == .upstreamFailed ? .fail : nil
    let verdict = verdict(of: id, in: run)
    expect(
      expected != nil && verdict == expected, court,
      "\(id) is \(state), and its rule says \(verdict.map { "\($0)" } ?? "wait")")
  }

  /// A task that follows one that ended as a whole ends as a whole too.
  private func verdict(of id: InstanceID, in run: Chronicle.Run) -> TriggerOracle.Verdict? {
    Readiness.verdict(of: id, in: run)
  }
}
