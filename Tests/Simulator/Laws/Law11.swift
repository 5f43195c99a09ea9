import MeshModel

/// An effect happens after the commit of its decision.
final class Law11: Law {
  let number = 11

  func see(_ deed: Machine.Deed, _ chronicle: Chronicle, _ court: Court) {
    guard let attempt = deed.attempt else { return }
    switch deed.kind {
    case .start:
      guard let live = chronicle.live[attempt] else {
        return expect(false, court, "\(attempt) was started, and no commit tells of it")
      }
      expect(live.sequence <= deed.durable, court, "\(attempt) was started before that was durable")
    case .stop:
      guard let live = chronicle.live[attempt] else { return }
      expect(live.state == .stopping, court, "\(attempt) was told to end, and no commit tells of it")
    case .settle:
      expect(chronicle.live[attempt] == nil, court, "\(attempt) was settled, and no commit tells of its end")
    case .probe:
      guard let waiting = chronicle.waiting[attempt] else { return }
      expect(waiting.sequence <= deed.durable, court, "it was looked for \(attempt) before that was durable")
    case .adopt, .evaluate, .notify: return
    }
  }
}
