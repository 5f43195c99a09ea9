import MeshModel

/// A run uses one release from start to end, even when the files change or go.
final class Law17: Law {
  let number = 17

  func see(_ deed: Machine.Deed, _ chronicle: Chronicle, _ court: Court) {
    guard let run = chronicle.runs[deed.run] else { return }
    expect(
      run.record.release == deed.release, court,
      "run \(deed.run) of release \(run.record.release) uses release \(deed.release)")
  }
}
