import Foundation

/// Large or foreign data that tests use where it is at hand: the folder `HEDDLE_SHARED` names, else `shared`
/// beside the checkout.
public enum SharedData {
  /// Nil where there is no such folder: tests that need it say so and are skipped.
  public static let root: String? = {
    let named = ProcessInfo.processInfo.environment["HEDDLE_SHARED"]
    let folder = named ?? URL(fileURLWithPath: PackageRoot.path + "/../shared").standardized.path
    return isFolder(folder + "/data") ? folder : nil
  }()

  /// For `.enabled(if:)`.
  public static var isPresent: Bool { root != nil }

  /// What a skipped test says.
  public static let absence: String =
    "skipped: the shared data folder is absent (set HEDDLE_SHARED to where it is)"

  /// The absolute path of something there, such as `data/cron/cronos.jsonl`; nil where it is absent.
  public static func path(_ relative: String) -> String? {
    guard let root else { return nil }
    let path = root + "/" + relative
    return FileManager.default.fileExists(atPath: path) ? path : nil
  }

  /// The text of a file there; nil where it is absent.
  public static func text(_ relative: String) throws -> String? {
    try path(relative).map { try String(contentsOfFile: $0, encoding: .utf8) }
  }

  private static func isFolder(_ path: String) -> Bool {
    var folder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &folder) && folder.boolValue
  }
}
