import MeshModel

/// What the record says was made was made by an attempt that succeeded, wholly; and a store holds the work of
/// every such attempt.
final class Law23: Law {
  let number = 23
  /// Attempts that wrote a store and succeeded.
  private var succeeded: Set<AttemptKey> = []

  func see(_ change: Change, _ chronicle: Chronicle, _ court: Court) {
    if case .attemptEnded(let attempt, let outcome, _, _, _) = change, let live = chronicle.live[attempt],
      live.demand.store != nil
    {
      let isThere = court.machine.committed.contains(live.key)
      let said = "\(attempt) is recorded as \(outcome.state), and its store"
      if outcome.state == .success {
        expect(isThere, court, "\(said) does not have its work")
        succeeded.insert(live.key)
      } else {
        expect(!isThere, court, "\(said) has its work")
      }
    }
    guard case .materialized(let record) = change else { return }
    let id = record.attempt.instance
    guard let run = chronicle.runs[id.run], let instance = run.instances[id.task]?[id.index] else {
      return expect(false, court, "'\(record.dataset)' was made by \(record.attempt), which never was")
    }
    expect(
      instance.state == .success && instance.attempts == record.attempt.number, court,
      "'\(record.dataset)' was made by \(record.attempt), which is \(instance.state)")
    expect(
      run.isFinal(id.task) && !(run.instances[id.task] ?? [:]).values.contains { $0.state == .failed }, court,
      "'\(record.dataset)' was made, and not all instances of its task have succeeded")
    let last = chronicle.lastVersion
    expect(record.id > last, court, "version \(record.id) comes after \(last)")
  }

  /// Everything is final: the stores hold what the record says, and nothing else.
  func checkEnd(_ court: Court) {
    let more = court.machine.committed.subtracting(succeeded)
    expect(more.isEmpty, court, "stores have the work of \(more.map(\.text).sorted().prefix(3))")
  }
}
