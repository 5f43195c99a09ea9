import Threads

/// How many streams of events are open, for each address and in all: who opens more is told to come back.
final class StreamCount: Sendable {
  private let mostOfOne: Int
  private let most: Int
  private let open = Guarded<[String: Int]>([:])

  /// All tabs of a browser share one stream where they can; behind one address may be many people.
  init(mostOfOne: Int = 64, most: Int = 256) {
    self.mostOfOne = mostOfOne
    self.most = most
  }

  /// Counts one in; nil: there are too many. Called once, the result counts it out.
  func admit(_ address: String) -> (@Sendable () -> Void)? {
    let isIn = open.withLock { open in
      let own = open[address, default: 0]
      guard own < mostOfOne, open.values.reduce(0, +) < most else { return false }
      open[address] = own + 1
      return true
    }
    guard isIn else { return nil }
    return { [self] in
      open.withLock { open in
        let left = open[address, default: 1] - 1
        open[address] = left > 0 ? left : nil
      }
    }
  }
}
