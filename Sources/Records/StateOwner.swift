import Basics
import CSystem
import Glibc
import MeshModel
import SQLite

/// The one process that owns a state: it holds the lock and the only writing connection.
///
/// Used by one thread at a time; it may be handed from thread to thread.
public final class StateOwner: @unchecked Sendable {
  public let directory: StateDirectory
  /// Tells state files apart; part of every attempt key.
  public let stateID: String
  public let writer: RecordWriter
  /// The owner before this one died, or the machine did: the file is to be looked at.
  public let followsDeath: Bool

  /// Becomes the owner of a state; makes the directory (only for this user) and the file where they are not.
  ///
  /// - Parameter fileSystemKind: the kernel's number for the kind of file system that holds a path, or -1.
  public init(
    opening directory: StateDirectory, clock: any Clock,
    fileSystemKind: (String) -> Int64 = { heddle_file_system_kind($0) }
  ) throws(RecordsError) {
    try Self.makeFolder(directory.root)
    if let network = FileSystemKind.networked[fileSystemKind(directory.root)] {
      throw RecordsError(
        .networkFileSystem,
        "the state '\(directory.root)' lies on \(network), where SQLite's locks cannot be relied on",
        help: "choose a folder on a local disk with --state or HEDDLE_STATE")
    }
    let lock = try OwnerLock(path: directory.lock, now: clock.now)
    self.directory = directory
    followsDeath = lock.wasLeftBehind
    let opened = try StateFile.openForWriting(directory.database, now: clock.now)
    stateID = opened.stateID
    do { writer = try RecordWriter(connection: opened.connection, lock: lock) } catch {
      throw RecordsError(error)
    }
  }

  /// Becomes the owner of a state whose file the caller opened and nobody else can reach, such as one on a
  /// disk in memory; nothing is locked.
  ///
  /// - Parameter identity: names a new state file.
  package init(
    of connection: Connection, in directory: StateDirectory, now: Instant, identity: () -> UInt64?
  ) throws(RecordsError) {
    self.directory = directory
    followsDeath = false
    stateID = try StateFile.prepareForWriting(connection, now: now, identity: identity)
    do { writer = try RecordWriter(connection: connection, lock: nil) } catch {
      throw RecordsError(error)
    }
  }

  /// Whether a process owns a state at the moment, without becoming its owner.
  public static func isOwned(_ directory: StateDirectory) -> Bool { OwnerLock.isHeld(directory.lock) }

  /// Gives the state another name, so that the keys of attempts to come are none that stores have seen: for a
  /// state that was put back to an earlier moment. Takes effect for the next owner.
  public func takeNewIdentity() throws(RecordsError) {
    guard let bits = SystemRandom.bits() else {
      throw RecordsError(.unwritable, "the kernel has no random numbers to name the state by")
    }
    try recordsErrors {
      let statement = try writer.connection.prepare("UPDATE meta SET state_id = ?")
      statement.bind(String(bits, radix: 36), at: 1)
      try statement.run()
    }
  }

  /// Makes a folder and the ones above it where they are not, for this user only.
  static func makeFolder(_ path: String) throws(RecordsError) {
    var information = stat()
    if stat(path, &information) == 0 {
      guard information.st_mode & S_IFMT == S_IFDIR else { throw .unwritable(path, ENOTDIR) }
      guard access(path, W_OK | X_OK) == 0 else { throw .unwritable(path, errno) }
      return
    }
    if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
      try makeFolder(String(path[..<slash]))
    }
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .unwritable(path, errno) }
  }
}
