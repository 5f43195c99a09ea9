import Diagnostics
import Glibc
import MeshModel
import Threads

/// Finds and reads the declarations of a project. It runs nothing, and it reports every mistake it can in one
/// pass.
public enum DeclarationLoader {
  /// The folder that declarations lie in.
  public static let folder = "dags"

  /// A text that stands in the place of a file, saved or not: what an editor or standard input holds.
  public struct Override: Sendable {
    /// The file it stands for, relative to the project.
    public var path: String
    public var bytes: [UInt8]
    /// What messages call it.
    public var shownPath: String

    public init(path: String, bytes: [UInt8], shownPath: String = "-") {
      self.path = path
      self.bytes = bytes
      self.shownPath = shownPath
    }
  }

  /// The project of a place: the nearest folder, from there upward, that holds `dags/`; nil when there is
  /// none.
  ///
  /// - Parameters:
  ///   - path: a file or a folder; it need not exist.
  public static func findProject(from path: String) -> String? {
    var path = absolute(path)
    while true {
      var status = stat()
      let candidate = path == "/" ? "/\(folder)" : "\(path)/\(folder)"
      if stat(candidate, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return path }
      guard path != "/" else { return nil }
      path = ProjectPath.folder(of: path)
      if path.isEmpty { path = "/" }
    }
  }

  /// The path from the root of the file system, with `.` and `..` worked out and symbolic links followed as
  /// far as it exists.
  private static func absolute(_ path: String) -> String {
    if let real = realpath(path, nil) {
      defer { free(real) }
      return String(cString: real)
    }
    var full = path
    if !path.hasPrefix("/"), let current = getcwd(nil, 0) {
      defer { free(current) }
      full = String(cString: current) + "/" + path
    }
    return "/" + (ProjectPath.resolve(String(full.drop { $0 == "/" }), from: "") ?? "")
  }

  /// The environments of a project by name, sorted; what their files say is not looked at.
  public static func environments(of root: String) -> [String] {
    guard let folder = try? ProjectFolder(root: root), let entries = try? folder.entries(of: Self.folder)
    else {
      return []
    }
    return entries.compactMap(\.environment).filter(Name.isValid).sorted()
  }

  /// Reads all declarations of a project.
  ///
  /// - Parameters:
  ///   - root: the project, as `findProject` gives it.
  ///   - environment: the environment that counts, `dags/NAME.env.yaml`; nil: production.
  public static func load(
    project root: String, environment: String? = nil, overriding override: Override? = nil
  ) -> LoadedMesh {
    let folder: ProjectFolder
    do {
      folder = try ProjectFolder(root: root)
    } catch {
      let file = SourceFile(path: Self.folder, text: "")
      let diagnostic = error.diagnostic(
        "project '\(root)'", at: SourcePosition(file: file, line: 1, column: 1))
      var broken = LoadedMesh.Broken()
      broken.mesh = true
      return LoadedMesh(
        mesh: Mesh(root: root), diagnostics: [diagnostic], broken: broken, pipelineCount: 0, files: [])
    }
    return load(project: root, environment: environment, files: folder, overriding: override)
  }

  /// Reads all declarations from somewhere else than a disk.
  ///
  /// - Parameter threads: at most so many read at the same time; it makes no difference to the result.
  public static func load(
    project root: String, environment: String? = nil, files: any DeclarationFiles,
    overriding override: Override? = nil, threads: Int = ParallelMap.threads
  ) -> LoadedMesh {
    var files = files
    var shownPaths: [String: String] = [:]
    if let override {
      files = OverridingFiles(base: files, path: override.path, bytes: override.bytes)
      shownPaths[override.path] = override.shownPath
    }
    var loading = Loading(
      root: root, environment: environment, files: files,
      texts: TextFiles(files, shownPaths: shownPaths), threads: threads)
    return loading.run()
  }
}
