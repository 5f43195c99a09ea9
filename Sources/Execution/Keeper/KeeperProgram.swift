import Glibc
import Threads

/// Which program is started as a keeper.
public enum KeeperProgram {
  private static let isOurs = Guarded(false)

  /// Says that the `main` of this program hands `heddle keeper` on to `Keeper.main`. Another program, such as
  /// the tests, would be started anew as it is, and start keepers in turn.
  public static func declareOwn() { isOurs.withLock { $0 = true } }

  /// What a keeper starts as a process of this very program, whatever program the keeper is of.
  static var sibling: String { isOurs.withLock { $0 } ? "/proc/\(getpid())/exe" : path }

  /// This program's own file, even if another one has taken its name since; where this program cannot be a
  /// keeper, the `heddle` that lies beside it.
  static var path: String {
    let own = "/proc/self/exe"
    if isOurs.withLock({ $0 }) { return own }
    let bytes = [CChar](unsafeUninitializedCapacity: Int(PATH_MAX)) { buffer, count in
      guard let base = buffer.baseAddress else { return }
      count = max(0, readlink(own, base, buffer.count))
    }
    let path = String(decoding: bytes.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard let slash = path.lastIndex(of: "/") else { return "/heddle" }
    return path[..<slash] + "/heddle"
  }
}
