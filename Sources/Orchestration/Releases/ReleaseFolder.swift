import Basics
import Declarations
import Glibc
import Lineage
import MeshModel
import Records

/// The copy of `dags/` and `plugins/` that a release's runs execute, so that they go on with the files they
/// began with when those change or go.
struct ReleaseFolder {
  /// What is copied of a project.
  static let parts = ["dags", "plugins"]

  /// Absolute: it stands for the project's own root.
  let path: String
  /// The environment whose release it is.
  private let environment: String?

  init(_ release: ReleaseID, in state: StateDirectory) {
    path = "\(state.releases)/\(release)"
    environment = state.environment
  }

  var exists: Bool { access(path, F_OK) == 0 }

  /// Copies the project, durably and as a whole: before the end there is no folder of that name.
  ///
  /// - Parameters:
  ///   - versions: what is to be as earlier releases have it, whose files are copied too.
  ///   - before: the release that has these files.
  func take(
    from root: String, keeping versions: KeptVersions, of before: ReleaseFolder?
  ) throws(SessionError) {
    let draft = path + ".new"
    try Self.releasing { () throws(FileTreeError) in
      FileTree.remove(draft)
      try FileTree.makeFolder(draft)
      try Self.copyParts(of: root, to: draft)
      if !versions.isEmpty, let before {
        for release in versions.releases {
          try Self.copyParts(of: before.tree(release), to: "\(draft)/\(Self.kept)/\(release)")
        }
        try FileTree.write(Array(versions.lines.utf8), to: "\(draft)/\(Self.list)")
      }
      try FileTree.sync(draft)
      FileTree.remove(path)
      try FileTree.rename(draft, to: path)
      try FileTree.sync(path)
    }
  }

  private static func copyParts(of root: String, to target: String) throws(FileTreeError) {
    try FileTree.makeFolder(target)
    for part in parts where access("\(root)/\(part)", F_OK) == 0 {
      try FileTree.copyFolder("\(root)/\(part)", to: "\(target)/\(part)")
    }
  }

  /// Below it lie the files of earlier releases that this one keeps some pipelines of, a folder for each.
  private static let kept = "kept"
  /// Which pipelines and domains those are, a line for each: the release's number and the name.
  private static let list = "kept/versions"
  /// A longer list is none of ours.
  private static let longestList = 64 << 20

  /// Where the files of a release are: this one, or one that it keeps something of.
  private func tree(_ release: ReleaseID) -> String {
    path.hasSuffix("/\(release)") ? path : "\(path)/\(Self.kept)/\(release)"
  }

  /// The declarations of the copy, with what it keeps of earlier releases.
  ///
  /// - Parameter root: the project's own folder.
  func project(of root: String) -> CheckedProject {
    var project = CheckedProject(loading: path, environment: environment)
    let versions = keptVersions
    if !versions.isEmpty { project = CheckedProject(project, keeping: versions) }
    project.root = root
    return project
  }

  /// Whether some of it is as in earlier releases.
  var keepsSomething: Bool { access("\(path)/\(Self.list)", F_OK) == 0 }

  private var keptVersions: KeptVersions {
    var versions = KeptVersions()
    guard let list = try? FileTree.contents(of: "\(path)/\(Self.list)", most: Self.longestList) else {
      return versions
    }
    var meshes: [ReleaseID: Mesh] = [:]
    for line in String(decoding: list, as: UTF8.self).split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count == 2, let release = ReleaseID(words[0]) else { continue }
      let mesh =
        meshes[release] ?? DeclarationLoader.load(project: tree(release), environment: environment).mesh
      meshes[release] = mesh
      let name = String(words[1])
      let pipeline = PipelineName(name)
      guard let domain = mesh.domains.first(where: { $0.name == pipeline?.domain ?? name }) else { continue }
      if pipeline == nil {
        versions.keep(domain, of: release)
      } else if let kept = domain.pipelines.first(where: { $0.name == pipeline }) {
        versions.keep(kept, of: release)
      }
    }
    return versions
  }

  /// Removes the copy of a release that no run needs.
  func remove() { FileTree.remove(path) }

  /// Tells states of a project's files apart: `declared`, the digest of what was read as declarations, and
  /// for every other file its name, length and when it was changed.
  static func digest(of root: String, declared: String) -> String {
    var sum = SHA256()
    sum.update(declared)
    for part in parts { note("\(root)/\(part)", in: &sum, depth: 0) }
    return sum.hexadecimal
  }

  /// Tells whether somebody saved a file: what editors put beside the files while they are open is passed
  /// over.
  static func watchedDigest(of root: String) -> String {
    var sum = SHA256()
    for part in parts {
      note("\(root)/\(part)", in: &sum, depth: 0) { $0.hasPrefix(".") || $0.hasSuffix("~") }
    }
    return sum.hexadecimal
  }

  private static func note(
    _ path: String, in sum: inout SHA256, depth: Int,
    passingOver isPassedOver: (String) -> Bool = { _ in false }
  ) {
    guard depth < FileTree.deepest else { return }
    for name in FileTree.entries(of: path) where !isPassedOver(name) {
      let entry = "\(path)/\(name)"
      var status = stat()
      guard stat(entry, &status) == 0 else { continue }
      if status.st_mode & S_IFMT == S_IFDIR {
        sum.update("\(name)/\n")
        note(entry, in: &sum, depth: depth + 1, passingOver: isPassedOver)
      } else {
        // Its members are, for some builds, those of a module that cannot be imported.
        let changed = withUnsafeBytes(of: status.st_mtim) { Array($0) }
        sum.update("\(name)\n\(status.st_size) \(changed) \(status.st_mode)\n")
      }
    }
  }

  private static func releasing<Result>(_ body: () throws(FileTreeError) -> Result) throws(SessionError)
    -> Result
  {
    do { return try body() } catch {
      throw SessionError(.environment, "the release cannot be copied: \(error)")
    }
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

extension Mesh {
  /// Has what tells of alerts run below another folder.
  mutating func moveNotifications(from root: String, to folder: String) {
    for rule in notify.indices { notify[rule].command.move(from: root, to: folder) }
    for domain in domains.indices {
      for rule in domains[domain].notify.indices {
        domains[domain].notify[rule].command.move(from: root, to: folder)
      }
    }
  }
}

extension Command {
  /// Moves the folder in which it runs.
  fileprivate mutating func move(from root: String, to folder: String) {
    guard directory == root || directory.hasPrefix(root + "/") else { return }
    directory = folder + directory.dropFirst(root.count)
  }
}

extension TaskDeclaration {
  /// Moves the folder in which its command runs.
  mutating func move(from root: String, to folder: String) {
    switch kind {
    case .run(var command):
      command.move(from: root, to: folder)
      kind = .run(command)
    case .load(var load):
      guard case .command(var command) = load.source else { return }
      command.move(from: root, to: folder)
      load.source = .command(command)
      kind = .load(load)
    case .sql, .wait, .approve, .trigger: return
    }
  }
}
