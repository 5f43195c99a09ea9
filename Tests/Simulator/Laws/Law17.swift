import MeshModel

/// A run uses one release from start to end, even when the files change or go: the latest when it was asked
/// for, or that of the run that it does again.
final class Law17: Law {
  let number = 17

  func see(_ change: Change, _ chronicle: Chronicle, _ court: Court) {
    guard case .runCreated(let run) = change, run.retryOf == nil else { return }
    // A deploy of the same turn may come after what asked for the run.
    expect(
      run.release == chronicle.latest?.id || run.release == chronicle.releaseOfTicks?.id, court,
      "run \(run.id) is made from release \(run.release), which is not the latest")
  }

  func see(_ deed: Machine.Deed, _ chronicle: Chronicle, _ court: Court) {
    guard let run = chronicle.runs[deed.run] else { return }
    expect(
      run.record.release == deed.release, court,
      "run \(deed.run) of release \(run.record.release) uses release \(deed.release)")
  }
}
