import Foundation

/// A folder of its own for one test, removed when nothing holds it any more.
public final class TemporaryFolder: Sendable {
  /// Absolute, without symbolic links.
  public let path: String

  public init() throws {
    let base = URL(fileURLWithPath: NSTemporaryDirectory()).resolvingSymlinksInPath()
    let url = base.appendingPathComponent("heddle-test-é-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The absolute path of something in the folder.
  public func file(_ relative: String) -> String { path + "/" + relative }

  /// Writes a file and the folders above it; its absolute path.
  @discardableResult
  public func write(_ text: String, to relative: String) throws -> String {
    try write(Array(text.utf8), to: relative)
  }

  /// Writes bytes that need not be a text.
  @discardableResult
  public func write(_ bytes: [UInt8], to relative: String) throws -> String {
    let url = URL(fileURLWithPath: file(relative))
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return url.path
  }

  /// The text of a file in the folder.
  public func text(_ relative: String) throws -> String {
    try String(contentsOfFile: file(relative), encoding: .utf8)
  }

  public func exists(_ relative: String) -> Bool {
    FileManager.default.fileExists(atPath: file(relative))
  }

  public func remove(_ relative: String) throws {
    try FileManager.default.removeItem(atPath: file(relative))
  }

  /// Lets a file be started as a program.
  public func makeExecutable(_ relative: String) throws {
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file(relative))
  }

  /// Makes a symbolic link to a path that need not exist.
  public func link(_ relative: String, to destination: String) throws {
    try FileManager.default.createSymbolicLink(atPath: file(relative), withDestinationPath: destination)
  }

  /// The relative paths of all files below, sorted.
  public func files() throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: path).sorted().filter { relative in
      var folder: ObjCBool = false
      return FileManager.default.fileExists(atPath: file(relative), isDirectory: &folder)
        && !folder.boolValue
    }
  }
}
