import Basics
import Declarations
import Glibc
import Orchestration
import Records

/// The project that a command is about, and where its state is: production's, or an environment's.
struct Project: Hashable {
  /// The folder that holds `dags/`, absolute.
  var root: String
  var state: StateDirectory

  /// Its declarations, read and checked, as its environment has them.
  var declared: CheckedProject { CheckedProject(loading: root, environment: state.environment) }
}

extension Context {
  /// The project of `--project`, or the nearest folder upward from here that holds `dags/`.
  func project() throws(CommandFailure) -> Project {
    if let caller { return caller.project }
    let root = try projectRoot()
    let state = settings.state ?? given("HEDDLE_STATE") ?? root + "/.heddle"
    let production = StateDirectory(root: absolute(state))
    guard let name = settings.environment ?? given("HEDDLE_ENV") else {
      let parts = production.root.split(separator: "/").suffix(2)
      if parts.first == "env", let name = parts.last.map(String.init),
        DeclarationLoader.environments(of: root).contains(name)
      {
        throw .usage(
          "'\(production.root)' is the state of the environment '\(name)'",
          help: "name the state that holds it, and the environment: --env \(name)")
      }
      return Project(root: root, state: production)
    }
    let environments = DeclarationLoader.environments(of: root)
    guard environments.contains(name) else {
      let near = EditDistance.nearest(to: name, among: environments)
      throw .notFound(
        "there is no environment '\(TerminalText.clean(name))'",
        help: near.map { "did you mean '\($0)'?" } ?? "an environment is a file: dags/NAME.env.yaml")
    }
    return Project(root: root, state: StateDirectory(of: name, within: production))
  }

  /// A variable of the environment that is not empty.
  private func given(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

  /// The folder of `--project`, or the nearest one upward from here, that holds `dags/`.
  func projectRoot() throws(CommandFailure) -> String {
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
