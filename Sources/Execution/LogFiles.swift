import Basics
import Glibc
import MeshModel
import Threads

/// The folders and files that attempts write to below `logs/`.
enum LogFiles {
  /// In the place of a path: what this process prints, which is the log already.
  static let ownOutput = "-"

  /// Makes a folder and those above it, for the owner only.
  static func makeFolder(_ path: String) throws(AttemptFailure) {
    if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
      throw AttemptFailure("log", "the folder \(path) cannot be made", errno: errno)
    }
    try makeFolder(String(path[..<slash]))
    if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    throw AttemptFailure("log", "the folder \(path) cannot be made", errno: errno)
  }

  /// Makes a file anew, for the owner only; no link that lies there leads elsewhere.
  ///
  /// - Parameter code: what it is called when that fails.
  static func make(_ path: String, holding bytes: [UInt8] = [], code: String) throws(AttemptFailure) {
    unlink(path)
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
    guard let file = FileDescriptor(path: path, flags: flags, mode: 0o600), file.write(bytes) else {
      throw AttemptFailure(code, "\(path) cannot be written", errno: errno)
    }
  }

  /// Removes the files of a folder whose names begin so: what an owner that died was in the midst of.
  static func remove(beginning prefixes: [String], in folder: String) {
    guard let names = FolderEntries(folder) else { return }
    for name in names where prefixes.contains(where: name.hasPrefix) { unlink("\(folder)/\(name)") }
  }

  /// Adds a line to a log, making it where there is none. A log that cannot be written loses the line: the
  /// attempt's outcome carries the reason anyway.
  static func append(_ text: String, to path: String) {
    if path == ownOutput {
      let line = text + "\n"
      _ = line.withCString { Glibc.write(2, $0, line.utf8.count) }
      return
    }
    let flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW
    if let slash = path.lastIndex(of: "/") { try? makeFolder(String(path[..<slash])) }
    FileDescriptor(path: path, flags: flags, mode: 0o600)?.write((text + "\n").utf8)
  }
}

/// Folders that were made already, so that the file system is not asked again: even to be told that a folder
/// exists takes the lock of the one above it.
final class KnownFolders: Sendable {
  private static let most = 1000

  private let known = Guarded(Set<String>())

  func make(_ path: String) throws(AttemptFailure) {
    if known.withLock({ $0.contains(path) }) { return }
    try LogFiles.makeFolder(path)
    known.withLock { known in
      if known.count >= Self.most { known.removeAll() }
      known.insert(path)
    }
  }
}
