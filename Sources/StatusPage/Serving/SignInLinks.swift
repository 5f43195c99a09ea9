import Basics
import MeshModel
import Threads

/// Links that sign a browser in, each once, and soon.
public final class SignInLinks: Sendable {
  /// How long a link may lie about.
  static let patience: UInt64 = 900_000_000_000
  private let clock: any Clock
  private let codes = Guarded<[String: UInt64]>([:])

  init(clock: any Clock) { self.clock = clock }

  /// A code that nobody can guess; nil: the machine gives no chance.
  func make() -> String? {
    guard let code = TokenText.make()?.split(separator: "_").last.map(String.init) else { return nil }
    codes.withLock { $0[code] = clock.monotonicNanoseconds &+ Self.patience }
    return code
  }

  /// Whether a code opens the page; from then on it does not.
  func redeem(_ code: String) -> Bool {
    let now = clock.monotonicNanoseconds
    return codes.withLock { codes in
      guard let end = codes.removeValue(forKey: code) else { return false }
      return now < end
    }
  }
}
