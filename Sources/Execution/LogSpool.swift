import Basics
import Glibc
import MeshModel
import Threads

/// A file that a process writes its log to.
struct SpooledLog: Sendable {
  /// Where it was made.
  let path: String
  /// Tells how long it is and who writes to it.
  fileprivate let file: FileDescriptor
}

/// Log files that are handed from attempt to attempt as long as nothing is written to them.
///
/// Most tasks print nothing. Two folders and a file for each of them cost more than half as much as the
/// process itself, so a process writes to a file of the spool, which gets its place among the logs as soon as
/// there is something in it, or once the process lives long enough for somebody to look.
final class LogSpool: Sendable {
  private struct Files {
    var free: [SpooledLog] = []
    /// Handed out and not given back.
    var taken: Set<String> = []
    var kept: Set<String> = []
    var made = 0
  }

  private let folder: String
  /// Files of other owners may still be written to: ours begin differently.
  private let prefix: String
  private let files = Guarded(Files())

  init(folder: String) {
    self.folder = folder
    prefix = String(SystemRandom.bits() ?? 0, radix: 36)
  }

  /// An empty log that nobody writes to.
  func take() throws(AttemptFailure) -> SpooledLog {
    let (free, number) = files.withLock { files in
      if let free = files.free.popLast() {
        files.taken.insert(free.path)
        return (SpooledLog?.some(free), 0)
      }
      files.made += 1
      return (nil, files.made)
    }
    if let free { return free }
    try LogFiles.makeFolder(folder)
    let path = "\(folder)/\(prefix)-\(number)"
    guard let file = FileDescriptor(path: path, flags: O_RDONLY | O_CREAT | O_EXCL, mode: 0o600) else {
      throw AttemptFailure("log", "\(path) cannot be made", errno: errno)
    }
    files.withLock { _ = $0.taken.insert(path) }
    return SpooledLog(path: path, file: file)
  }

  /// Gives a log its place, though its process may go on writing to it.
  func keep(_ log: SpooledLog, as path: String) {
    guard let slash = path.lastIndex(of: "/") else { return }
    files.withLock { _ = $0.kept.insert(log.path) }
    try? LogFiles.makeFolder(String(path[..<slash]))
    rename(log.path, path)
  }

  /// The process is over: the log gets its place if it has not, unless it is empty and nobody can write to it
  /// any more, such as a child that the process left behind.
  func giveBack(_ log: SpooledLog, keepAs path: String) {
    let isKept = files.withLock { files in
      files.taken.remove(log.path)
      return files.kept.remove(log.path) != nil
    }
    if isKept { return }
    if isUnused(log) {
      files.withLock { $0.free.append(log) }
    } else {
      keep(log, as: path)
      files.withLock { _ = $0.kept.remove(log.path) }
    }
  }

  /// Gives a log of an earlier owner's spool its place, if it has not got it yet.
  func claim(_ path: String, as place: String) {
    guard path.hasPrefix(folder + "/"), !path.dropFirst(folder.count + 1).contains("/"),
      access(path, F_OK) == 0, access(place, F_OK) != 0,
      let slash = place.lastIndex(of: "/")
    else { return }
    try? LogFiles.makeFolder(String(place[..<slash]))
    rename(path, place)
  }

  /// Removes what nobody writes to, ours and what earlier owners left: all that belongs to an attempt has its
  /// place by now, but for what was not given back, whose attempt the next owner adopts.
  func clear() {
    let taken = files.withLock { files in
      files.free.removeAll()
      return files.taken
    }
    guard let names = FolderEntries(folder) else { return }
    for name in names {
      let path = "\(folder)/\(name)"
      if taken.contains(path) { continue }
      guard let file = FileDescriptor(path: path, flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK),
        !Self.isWritten(file)
      else { continue }
      unlink(path)
    }
  }

  /// A lease for reading is given only where no descriptor for writing is open, anywhere. File systems
  /// without leases refuse it too: there every attempt has a log of its own.
  private func isUnused(_ log: SpooledLog) -> Bool {
    var status = stat()
    return fstat(log.file.number, &status) == 0 && status.st_size == 0 && !Self.isWritten(log.file)
  }

  private static func isWritten(_ file: FileDescriptor) -> Bool {
    guard fcntl(file.number, setLease, F_RDLCK) == 0 else { return true }
    _ = fcntl(file.number, setLease, F_UNLCK)
    return false
  }
}

/// `F_SETLEASE`, which Swift does not see: it is a GNU extension.
private let setLease: Int32 = 1024
