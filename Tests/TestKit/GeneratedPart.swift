import Foundation
import Testing

/// A part of a page that is made from code: what stands between `<!-- generated: NAME -->` and
/// `<!-- end -->`.
public enum GeneratedPart {
  /// Records an issue when the part does not hold these lines; `UPDATE_SNAPSHOTS=1` rewrites it instead.
  public static func expect(
    _ lines: [String], in name: String, of page: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let text = try PackageRoot.text(page)
    let begin = try #require(
      text.range(of: "<!-- generated: \(name) -->\n"), "\(page) has no part '\(name)'",
      sourceLocation: sourceLocation)
    let end = try #require(
      text.range(of: "<!-- end -->", range: begin.upperBound..<text.endIndex),
      "the part '\(name)' of \(page) has no end", sourceLocation: sourceLocation)
    let golden = String(text[begin.upperBound..<end.lowerBound])
    let actual = lines.map { $0 + "\n" }.joined()
    guard golden != actual else { return }
    if ProcessInfo.processInfo.environment["UPDATE_SNAPSHOTS"] == "1" {
      let updated = text.replacingCharacters(in: begin.upperBound..<end.lowerBound, with: actual)
      try updated.write(toFile: PackageRoot.file(page), atomically: true, encoding: .utf8)
    } else {
      let difference = Snapshot.difference(golden, actual)
      Issue.record(
        "'\(name)' of \(page) is not what the code says; UPDATE_SNAPSHOTS=1 rewrites it\n\(difference)",
        sourceLocation: sourceLocation)
    }
  }
}
