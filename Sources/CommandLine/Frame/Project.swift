import Glibc
import Records

/// The project that a command is about, and where its state is.
struct Project: Hashable {
  /// The folder that holds `dags/`, absolute.
  var root: String
  var state: StateDirectory
}

extension Context {
  /// The project of `--project`, or the nearest folder upward from here that holds `dags/`.
  func project() throws(CommandFailure) -> Project {
    let root = try projectRoot()
    let state =
      settings.state ?? environment["HEDDLE_STATE"].flatMap { $0.isEmpty ? nil : $0 } ?? root + "/.heddle"
    return Project(root: root, state: StateDirectory(root: absolute(state)))
  }

  private func projectRoot() throws(CommandFailure) -> String {
    if let given = settings.project {
      let root = absolute(given)
      if isFolder(root + "/dags") { return root }
      throw .notFound(
        "'\(given)' holds no folder 'dags'",
        help: "name the folder above 'dags', or begin: heddle init \(given)")
    }
    var folder = directory
    while true {
      if isFolder(folder + "/dags") { return folder }
      guard let slash = folder.lastIndex(of: "/"), folder != "/" else { break }
      folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
    }
    throw .notFound(
      "no folder 'dags' here or above", help: "begin with: heddle init, or name one: --project DIR")
  }

  func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
