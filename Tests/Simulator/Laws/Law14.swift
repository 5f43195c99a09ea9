import MeshModel

/// After a restart every live attempt is adopted, once, and nothing else is; no attempt is ever started
/// twice.
final class Law14: Law {
  let number = 14
  private var toAdopt: Set<AttemptID> = []
  private var started: Set<AttemptID> = []

  /// A new owner begins: all that is live now is to be adopted in its first turn.
  func begin(_ chronicle: Chronicle) { toAdopt = Set(chronicle.live.keys) }

  func see(_ deed: Machine.Deed, _ chronicle: Chronicle, _ court: Court) {
    guard let attempt = deed.attempt else { return }
    switch deed.kind {
    case .start: expect(started.insert(attempt).inserted, court, "\(attempt) was started twice")
    case .adopt:
      expect(toAdopt.remove(attempt) != nil, court, "\(attempt) was adopted, and was not left live")
    case .settle, .evaluate, .probe, .stop, .notify: return
    }
  }

  func seeQuiet(_ chronicle: Chronicle, _ court: Court) {
    expect(toAdopt.isEmpty, court, "live attempts were not adopted: \(toAdopt.sorted().prefix(3))")
    toAdopt.removeAll()
  }
}
