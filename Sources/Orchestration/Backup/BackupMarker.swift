import Basics
import Glibc
import MeshModel

/// What a backup holds, written last: where it is, the backup is whole.
public struct BackupMarker: Sendable, Hashable {
  /// A file of the backup.
  public struct File: Sendable, Hashable {
    /// From the backup's folder.
    public var path: String
    public var bytes: Int64
    public var sha256: String
  }

  static let name = "heddle-backup.json"
  static let schema = "heddle.backup/v1"
  private static let longest = 64 << 20

  public var takenAt: Instant
  /// Of the program, of the state file's schema, and of SQLite.
  public var heddle: String
  public var stateSchema: Int
  public var sqlite: String
  public var stateID: String
  /// The last event that is part of it.
  public var sequence: Int64
  public var files: [File]

  public var bytes: Int64 { files.reduce(0) { $0 + $1.bytes } }

  /// Writes its members.
  public func write(to writer: inout JSONWriter) {
    writer.key("taken_at")
    writer.string(takenAt.rfc3339)
    writer.key("taken_at_ms")
    writer.integer(takenAt.milliseconds)
    writer.key("heddle")
    writer.string(heddle)
    writer.key("state_schema")
    writer.integer(stateSchema)
    writer.key("sqlite")
    writer.string(sqlite)
    writer.key("state_id")
    writer.string(stateID)
    writer.key("sequence")
    writer.integer(sequence)
    writer.key("files")
    writer.array { writer in
      for file in files {
        writer.object { writer in
          writer.key("path")
          writer.string(file.path)
          writer.key("bytes")
          writer.integer(file.bytes)
          writer.key("sha256")
          writer.string(file.sha256)
        }
      }
    }
  }

  var json: [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("schema")
      writer.string(Self.schema)
      write(to: &writer)
    }
    return writer.bytes + [UInt8(ascii: "\n")]
  }

  /// Reads the marker of a backup.
  init(in folder: String) throws(SessionError) {
    let path = "\(folder)/\(Self.name)"
    guard FileTree.exists(path) else {
      throw SessionError(
        .notFound, "'\(folder)' is no whole backup: it has no '\(Self.name)'",
        help: "name the folder that 'heddle backup' was given")
    }
    let bytes: [UInt8]
    do { bytes = try FileTree.contents(of: path, most: Self.longest) } catch {
      throw SessionError(.environment, "\(error)")
    }
    guard let value = try? JSONValue(parsing: bytes), let marker = Self(value) else {
      throw SessionError(.environment, "'\(path)' does not say what this heddle understands")
    }
    self = marker
  }

  private init?(_ value: JSONValue) {
    guard value["schema"]?.string == Self.schema, let takenAt = value["taken_at_ms"]?.integer,
      let heddle = value["heddle"]?.string, let schema = value["state_schema"]?.integer,
      let sqlite = value["sqlite"]?.string, let stateID = value["state_id"]?.string,
      let sequence = value["sequence"]?.integer, let list = value["files"]?.array
    else { return nil }
    var files: [File] = []
    for item in list {
      guard let path = item["path"]?.string, Self.isSafe(path), let bytes = item["bytes"]?.integer,
        let sum = item["sha256"]?.string
      else { return nil }
      files.append(File(path: path, bytes: bytes, sha256: sum))
    }
    self.init(
      takenAt: Instant(milliseconds: takenAt), heddle: heddle, stateSchema: Int(clamping: schema),
      sqlite: sqlite, stateID: stateID, sequence: sequence, files: files)
  }

  init(
    takenAt: Instant, heddle: String, stateSchema: Int, sqlite: String, stateID: String, sequence: Int64,
    files: [File]
  ) {
    self.takenAt = takenAt
    self.heddle = heddle
    self.stateSchema = stateSchema
    self.sqlite = sqlite
    self.stateID = stateID
    self.sequence = sequence
    self.files = files
  }

  /// It leads nowhere but below the folder.
  private static func isSafe(_ path: String) -> Bool {
    !path.isEmpty
      && path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
        !$0.isEmpty && $0 != "." && $0 != ".." && !$0.utf8.contains(0)
      }
  }
}
