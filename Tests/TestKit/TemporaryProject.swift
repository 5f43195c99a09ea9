import Foundation

/// A project for one test: the files of a mesh, with a state directory that does not exist yet.
public final class TemporaryProject: Sendable {
  public let folder: TemporaryFolder

  /// Writes the files, each named by its path below `dags/`: `["sales/domain.yaml": "..."]`.
  ///
  /// A path that begins with `/` counts from the root of the project: `["/landing/a.csv": "..."]`. Scripts
  /// (`.sh`) become executable.
  public init(_ files: [String: String]) throws {
    folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: folder.file("dags"), withIntermediateDirectories: true)
    for (path, text) in files { try write(text, to: path) }
  }

  /// The project: the folder that holds `dags/`, absolute.
  public var root: String { folder.path }

  /// Where its state goes unless a test says otherwise.
  public var state: String { folder.file(".heddle") }

  /// The absolute path of a file, named as in `init`.
  public func file(_ path: String) -> String { folder.file(Self.relative(path)) }

  /// Writes or overwrites one file, named as in `init`.
  public func write(_ text: String, to path: String) throws {
    try folder.write(text, to: Self.relative(path))
    if path.hasSuffix(".sh") { try folder.makeExecutable(Self.relative(path)) }
  }

  public func remove(_ path: String) throws { try folder.remove(Self.relative(path)) }

  /// A mesh of one domain, `d`, that owns these pipelines: `["p": "tasks: ..."]`.
  ///
  /// The line `pipeline: p` is put before each text.
  public static func domain(_ pipelines: [String: String]) throws -> TemporaryProject {
    var files = ["d/domain.yaml": "domain: d\nowner: team\n"]
    for (name, text) in pipelines { files["d/\(name).yaml"] = "pipeline: \(name)\n" + text }
    return try TemporaryProject(files)
  }

  private static func relative(_ path: String) -> String {
    path.hasPrefix("/") ? String(path.dropFirst()) : "dags/" + path
  }
}
