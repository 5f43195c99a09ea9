import Basics
import CSystem
import Glibc
import Lineage
import MeshModel
import Records

/// The copy of `dags/` and `plugins/` that a release's runs execute, so that they go on with the files they
/// began with when those change or go.
struct ReleaseFolder {
  /// What is copied of a project.
  private static let parts = ["dags", "plugins"]
  /// Deeper than any project; a mount that contains itself would be copied for ever.
  private static let deepest = 64

  /// Absolute: it stands for the project's own root.
  let path: String

  init(_ release: ReleaseID, in state: StateDirectory) { path = "\(state.releases)/\(release)" }

  var exists: Bool { access(path, F_OK) == 0 }

  /// Copies the project, durably and as a whole: before the end there is no folder of that name.
  func take(from root: String) throws(SessionError) {
    let draft = path + ".new"
    Self.remove(draft)
    try Self.makeFolder(draft)
    for part in Self.parts where access("\(root)/\(part)", F_OK) == 0 {
      try Self.copyFolder("\(root)/\(part)", to: "\(draft)/\(part)", depth: 0)
    }
    guard heddle_sync_file_system(draft) == 0 else { throw Self.failure("cannot be synced", draft) }
    Self.remove(path)
    guard rename(draft, path) == 0 else { throw Self.failure("cannot be renamed", draft) }
    _ = heddle_sync_file_system(path)
  }

  /// Removes the copy of a release that no run needs.
  func remove() { Self.remove(path) }

  /// Tells states of a project's files apart: `declared`, the digest of what was read as declarations, and
  /// for every other file its name, length and when it was changed.
  static func digest(of root: String, declared: String) -> String {
    var sum = SHA256()
    sum.update(declared)
    for part in parts { note("\(root)/\(part)", in: &sum, depth: 0) }
    return sum.hexadecimal
  }

  private static func note(_ path: String, in sum: inout SHA256, depth: Int) {
    guard depth < deepest else { return }
    for name in entries(of: path) {
      let entry = "\(path)/\(name)"
      var status = stat()
      guard stat(entry, &status) == 0 else { continue }
      if status.st_mode & S_IFMT == S_IFDIR {
        sum.update("\(name)/\n")
        note(entry, in: &sum, depth: depth + 1)
      } else {
        let changed = status.st_mtim
        sum.update("\(name)\n\(status.st_size) \(changed.tv_sec) \(changed.tv_nsec) \(status.st_mode)\n")
      }
    }
  }

  private static func copyFolder(_ source: String, to target: String, depth: Int) throws(SessionError) {
    guard depth < deepest else {
      throw SessionError(.environment, "'\(source)' lies too deep to be copied for a release")
    }
    try makeFolder(target)
    for name in entries(of: source) {
      let (entry, copy) = ("\(source)/\(name)", "\(target)/\(name)")
      var status = stat()
      // A link to what is gone is not copied; whoever needs it fails as it would have there.
      guard stat(entry, &status) == 0 else { continue }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: try copyFolder(entry, to: copy, depth: depth + 1)
      case S_IFREG: try copyFile(entry, to: copy, mode: status.st_mode & 0o777 | 0o600)
      default: continue
      }
    }
  }

  private static func copyFile(_ source: String, to target: String, mode: mode_t) throws(SessionError) {
    let from = open(source, O_RDONLY | O_CLOEXEC)
    guard from >= 0 else { throw failure("cannot be read", source) }
    defer { close(from) }
    let to = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
    guard to >= 0 else { throw failure("cannot be made", target) }
    defer { close(to) }
    while true {
      let count = sendfile(to, from, nil, 1 << 20)
      if count == 0 { return }
      if count < 0 && errno != EINTR { throw failure("cannot be written", target) }
    }
  }

  private static func makeFolder(_ path: String) throws(SessionError) {
    if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
      throw failure("cannot be made", path)
    }
    try makeFolder(String(path[..<slash]))
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure("cannot be made", path) }
  }

  /// Takes a folder away with all that is in it, as far as that can be done.
  private static func remove(_ path: String) {
    for name in entries(of: path) {
      let entry = "\(path)/\(name)"
      var status = stat()
      guard lstat(entry, &status) == 0 else { continue }
      if status.st_mode & S_IFMT == S_IFDIR { remove(entry) } else { unlink(entry) }
    }
    rmdir(path)
  }

  /// The names in a folder, sorted; none where it cannot be read.
  private static func entries(of path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  private static func failure(_ what: String, _ path: String) -> SessionError {
    SessionError(
      .environment,
      "the release cannot be copied: '\(path)' \(what): "
        + String(cString: strerror(errno)).lowercased())
  }
}

extension MeshGraph {
  /// The same graph with its commands run below another folder.
  func moved(from root: String, to folder: String) -> MeshGraph {
    var graph = self
    for pipeline in graph.pipelines.indices {
      for task in graph.pipelines[pipeline].tasks.indices {
        graph.pipelines[pipeline].tasks[task].move(from: root, to: folder)
      }
    }
    return graph
  }
}

extension TaskDeclaration {
  /// Moves the folder in which its command runs.
  mutating func move(from root: String, to folder: String) {
    func moved(_ command: Command) -> Command {
      guard command.directory.hasPrefix(root + "/") else { return command }
      var command = command
      command.directory = folder + command.directory.dropFirst(root.utf8.count)
      return command
    }
    switch kind {
    case .run(let command): kind = .run(moved(command))
    case .load(var load):
      guard case .command(let command) = load.source else { return }
      load.source = .command(moved(command))
      kind = .load(load)
    case .sql: return
    }
  }
}
