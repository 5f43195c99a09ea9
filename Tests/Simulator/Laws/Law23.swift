import MeshModel

/// What the record says was made was made by an attempt that succeeded, wholly; and a store holds the work of
/// every such attempt.
final class Law23: Law {
  let number = 23

  func see(_ change: Change, _ chronicle: Chronicle, _ court: Court) {
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
}
