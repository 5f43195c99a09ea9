import Foundation
import Testing

/// Golden files: what a test makes must equal the file `Snapshots/<name>` beside the test's source.
///
/// `UPDATE_SNAPSHOTS=1 swift test` rewrites the files; they are reviewed like code.
public enum Snapshot {
  /// Records an issue when the text is not what the golden file holds.
  public static func expect(
    _ actual: String, matches name: String, filePath: String = #filePath,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let folder = URL(fileURLWithPath: filePath).deletingLastPathComponent()
      .appendingPathComponent("Snapshots")
    let file = folder.appendingPathComponent(name)
    if ProcessInfo.processInfo.environment["UPDATE_SNAPSHOTS"] == "1" {
      write(actual, to: file, sourceLocation: sourceLocation)
      return
    }
    guard let golden = try? String(contentsOf: file, encoding: .utf8) else {
      Issue.record(
        "no golden file 'Snapshots/\(name)'; UPDATE_SNAPSHOTS=1 writes it. It would hold:\n\(actual)",
        sourceLocation: sourceLocation)
      return
    }
    guard golden != actual else { return }
    Issue.record(
      "differs from 'Snapshots/\(name)'; UPDATE_SNAPSHOTS=1 rewrites it\n\(difference(golden, actual))",
      sourceLocation: sourceLocation)
  }

  private static func write(_ text: String, to file: URL, sourceLocation: SourceLocation) {
    do {
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: file, atomically: true, encoding: .utf8)
    } catch {
      Issue.record("cannot write \(file.path): \(error)", sourceLocation: sourceLocation)
    }
  }

  /// The lines from the first that differs to the last, the golden ones with `-`, the actual ones with `+`.
  static func difference(_ golden: String, _ actual: String) -> String {
    var old = golden.split(separator: "\n", omittingEmptySubsequences: false)
    var new = actual.split(separator: "\n", omittingEmptySubsequences: false)
    var line = 1
    while let left = old.first, let right = new.first, left == right {
      old.removeFirst()
      new.removeFirst()
      line += 1
    }
    while let left = old.last, let right = new.last, left == right {
      old.removeLast()
      new.removeLast()
    }
    let shown = 40
    var lines = ["from line \(line):"]
    lines += old.prefix(shown).map { "- " + $0 }
    lines += new.prefix(shown).map { "+ " + $0 }
    if old.count > shown || new.count > shown { lines.append("(and more)") }
    return lines.joined(separator: "\n")
  }
}
