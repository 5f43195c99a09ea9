/// Where declarations come from: the narrow view of a project's files that the loader needs.
/// Several threads may ask at once.
public protocol DeclarationFiles: Sendable {
  /// What a folder holds, sorted by name.
  func entries(of folder: String) throws(FileProblem) -> [FileEntry]
  /// The bytes of a regular file.
  func content(of path: String) throws(FileProblem) -> [UInt8]
}

/// A name in a folder.
public struct FileEntry: Hashable, Sendable {
  public var name: String
  public var isFolder: Bool

  public init(name: String, isFolder: Bool) {
    self.name = name
    self.isFolder = isFolder
  }
}

/// Why a file or a folder of a project cannot be read.
public enum FileProblem: Error, Hashable, Sendable {
  /// It is not there, or no longer.
  case missing
  /// It is a symbolic link, or lies behind one, that leads out of the project.
  case leadsOutside
  case tooLarge(bytes: Int)
  /// A folder, a pipe, a device.
  case notAFile
  /// What the system says.
  case unreadable(reason: String)

  /// The largest file that is read.
  public static let mostBytes = 16 << 20
}

/// Declarations of a project, one of them replaced by text that is not saved yet.
struct OverridingFiles: DeclarationFiles {
  let base: any DeclarationFiles
  let path: String
  let bytes: [UInt8]

  func entries(of folder: String) throws(FileProblem) -> [FileEntry] {
    let own = FileEntry(name: ProjectPath.name(of: path), isFolder: false)
    guard ProjectPath.folder(of: path) == folder else { return try base.entries(of: folder) }
    var entries: [FileEntry]
    do {
      entries = try base.entries(of: folder)
    } catch {
      guard error == .missing else { throw error }
      entries = []
    }
    entries.removeAll { $0.name == own.name }
    entries.append(own)
    return entries.sorted { $0.name < $1.name }
  }

  func content(of path: String) throws(FileProblem) -> [UInt8] {
    guard path == self.path else { return try base.content(of: path) }
    guard bytes.count <= FileProblem.mostBytes else { throw .tooLarge(bytes: bytes.count) }
    return bytes
  }
}
