import Foundation
import TestKit

/// The checkout as the tidy tests see it: the files that are part of the project, with their lines.
struct SourceTree {
  struct File {
    /// Relative to the package root.
    let path: String
    let lines: [Substring]

    /// The first folder below `Sources` or `Tests`.
    var room: String { String(path.split(separator: "/").dropFirst().first ?? "") }
    var isSource: Bool { path.hasPrefix("Sources/") }
  }

  let files: [File]

  /// All files of text below the folders, with these endings.
  init(_ folders: [String], endings: [String]) throws {
    var found: [File] = []
    for folder in folders {
      let base = PackageRoot.file(folder)
      guard FileManager.default.fileExists(atPath: base) else { continue }
      for path in try FileManager.default.subpathsOfDirectory(atPath: base).sorted()
      where endings.contains(where: path.hasSuffix) {
        let text = try PackageRoot.text(folder + "/" + path)
        found.append(
          File(
            path: folder + "/" + path, lines: text.split(separator: "\n", omittingEmptySubsequences: false)))
      }
    }
    files = found
  }

  /// The Swift files of Sources and Tests.
  static func swift() throws -> SourceTree { try SourceTree(["Sources", "Tests"], endings: [".swift"]) }

  /// The Swift files that are part of the program.
  static func sources() throws -> SourceTree { try SourceTree(["Sources"], endings: [".swift"]) }
}

/// A line of Swift without what is said in comments, and, if wished, in strings.
enum Code {
  /// The line up to `//`, unless that stands in a string.
  static func withoutComment(_ line: Substring) -> Substring {
    var inString = false
    var previous: Character = " "
    for index in line.indices {
      let character = line[index]
      if character == "\"", previous != "\\" { inString.toggle() }
      if character == "/", previous == "/", !inString { return line[..<line.index(before: index)] }
      previous = character
    }
    return line
  }

  /// The number of spaces before the first other character.
  static func indent(_ line: Substring) -> Int { line.prefix { $0 == " " }.count }
}
