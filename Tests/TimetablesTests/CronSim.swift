import Foundation

/// A Python that has PyPI's cronsim: the one that `HEDDLE_CRONSIM` names, else `python3`.
enum CronSim {
  static let python = ProcessInfo.processInfo.environment["HEDDLE_CRONSIM"] ?? "python3"
  static let isPresent = (try? output(of: ["-c", "import cronsim"])) != nil
  static let absence =
    "skipped: '\(python)' has no 'cronsim' (pip install cronsim; HEDDLE_CRONSIM names another Python)"

  private struct Failure: Error {}

  /// What it prints; it must end well.
  static func output(of arguments: [String]) throws -> Data {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [python, "-B"] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure() }
    return data
  }
}
