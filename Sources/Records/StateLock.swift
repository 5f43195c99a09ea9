import Basics

/// That nobody else owns a state, held without opening its file: for those who put another in its place.
public final class StateLock: Sendable {
  private let lock: OwnerLock

  /// Takes the lock at once or throws who holds it; makes the directory where it is not.
  public init(of directory: StateDirectory, now: Instant) throws(RecordsError) {
    try StateOwner.makeFolder(directory.root)
    lock = try OwnerLock(path: directory.lock, now: now)
  }
}
