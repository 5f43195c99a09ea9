import Basics
import CSystem
import Glibc

/// That this process owns a state directory: a lock on the file `lock` there, which says who holds it.
///
/// The lock belongs to the open file, so the kernel releases it however the process ends.
final class OwnerLock: Sendable {
  private let descriptor: Int32
  /// Who held it last did not let go of it, but died.
  let wasLeftBehind: Bool

  /// Takes the lock at once or throws who holds it.
  init(path: String, now: Instant) throws(RecordsError) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw RecordsError.unwritable(path, errno) }
    guard heddle_lock_file(descriptor) == 0 else {
      let reason = errno
      let holder = Self.holder(descriptor)
      close(descriptor)
      throw reason == EAGAIN || reason == EACCES ? Self.owned(holder, path) : .unwritable(path, reason)
    }
    // A state that was put aside meanwhile takes its lock along.
    var (mine, there) = (stat(), stat())
    guard fstat(descriptor, &mine) == 0, stat(path, &there) == 0, mine.st_ino == there.st_ino else {
      heddle_unlock_file(descriptor)
      close(descriptor)
      throw Self.owned((nil, nil), path)
    }
    self.descriptor = descriptor
    wasLeftBehind = mine.st_size > 0
    let line = Array("\(getpid()) \(now.milliseconds)\n".utf8)
    ftruncate(descriptor, 0)
    pwrite(descriptor, line, line.count, 0)
  }

  deinit {
    // What it says of its holder stays only where that dies.
    ftruncate(descriptor, 0)
    // Closing alone would leave the lock to a child that another thread starts, until it closes its copy.
    heddle_unlock_file(descriptor)
    close(descriptor)
  }

  /// Whether somebody holds the lock at that path.
  static func isHeld(_ path: String) -> Bool {
    let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return heddle_is_locked(descriptor) == 1
  }

  /// What the holder wrote about itself: its process and since when it holds the lock, in milliseconds.
  fileprivate static func holder(_ descriptor: Int32) -> (pid: Int32?, since: Instant?) {
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    let words = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
      .split(whereSeparator: { $0 == " " || $0 == "\n" })
    return (
      words.first.flatMap { Int32($0) },
      words.dropFirst().first.flatMap { Int64($0) }.map(Instant.init(milliseconds:))
    )
  }

  private static func owned(_ holder: (pid: Int32?, since: Instant?), _ path: String) -> RecordsError {
    let who = holder.pid.map { "process \($0)" } ?? "another process"
    let since = holder.since.map { " since \($0.sqliteText) UTC" } ?? ""
    return RecordsError(
      .owned(pid: holder.pid, since: holder.since),
      "\(who) has owned this state\(since) (lock '\(path)')",
      help: "wait until it ends, or end it; commands that only read work meanwhile")
  }
}

extension StateDirectory {
  /// Who owns the state, as far as can be told without trying to; nil: nobody.
  public var currentOwner: StateHolder? {
    let descriptor = open(lock, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    guard heddle_is_locked(descriptor) == 1 else { return nil }
    let holder = OwnerLock.holder(descriptor)
    return StateHolder(pid: holder.pid, since: holder.since)
  }
}

/// A process that owns a state, as it says itself.
public struct StateHolder: Sendable, Hashable {
  public var pid: Int32?
  public var since: Instant?
}

extension RecordsError {
  /// What a failed call about a path means.
  static func unwritable(_ path: String, _ code: Int32) -> RecordsError {
    RecordsError(
      .unwritable, "'\(path)' cannot be written: \(String(cString: strerror(code)))",
      help: "give this user the right to write there, or choose another place with --state")
  }
}
