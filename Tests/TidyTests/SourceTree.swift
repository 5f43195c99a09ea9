import Foundation
import Glibc
import TestKit

/// The checkout as the tidy tests see it: the files that are part of the project, with their lines.
struct SourceTree: Sendable {
  struct File: Sendable {
    /// Relative to the package root.
    let path: String
    let text: String
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
        found.append(File(path: folder + "/" + path, text: text, lines: Code.lines(of: text)))
      }
    }
    files = found
  }

  private init(files: [File]) { self.files = files }

  /// The Swift files of Sources and Tests.
  static func swift() throws -> SourceTree { try tree.get() }

  /// The Swift files that are part of the program.
  static func sources() throws -> SourceTree { SourceTree(files: try swift().files.filter(\.isSource)) }

  /// Read once, however many tests ask.
  private static let tree = Result { try SourceTree(["Sources", "Tests"], endings: [".swift"]) }
}

/// Texts of Swift. They are gone over as bytes: a debug build takes minutes over their characters.
enum Code {
  /// The lines of a text, without what ends them.
  static func lines(of text: String) -> [Substring] {
    var lines: [Substring] = []
    var begin = text.startIndex
    while let end = text.utf8[begin...].firstIndex(of: UInt8(ascii: "\n")) {
      lines.append(text[begin..<end])
      begin = text.utf8.index(after: end)
    }
    lines.append(text[begin...])
    return lines
  }

  /// The line up to `//`, unless that stands in a string.
  static func withoutComment(_ line: Substring) -> Substring {
    guard holds(line, "//") else { return line }
    var inString = false
    var previous = UInt8(ascii: " ")
    for index in line.utf8.indices {
      let byte = line.utf8[index]
      if byte == UInt8(ascii: "\""), previous != UInt8(ascii: "\\") { inString.toggle() }
      if byte == UInt8(ascii: "/"), previous == byte, !inString {
        return line[..<line.utf8.index(before: index)]
      }
      previous = byte
    }
    return line
  }

  /// Whether a word stands in a text.
  static func holds(_ text: some StringProtocol, _ word: String) -> Bool {
    let found = text.utf8.withContiguousStorageIfAvailable { bytes in
      Array(word.utf8).withUnsafeBufferPointer { holds(bytes, $0) }
    }
    return found ?? text.contains(word)
  }

  private static func holds(_ text: UnsafeBufferPointer<UInt8>, _ word: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let begin = text.baseAddress, let start = word.baseAddress, let first = word.first else {
      return word.isEmpty
    }
    var place = 0
    while let found = memchr(begin + place, Int32(first), text.count - place) {
      place = UnsafeRawPointer(found) - UnsafeRawPointer(begin)
      if text.count - place < word.count { return false }
      if memcmp(begin + place, start, word.count) == 0 { return true }
      place += 1
    }
    return false
  }

  /// The number of spaces before the first other character.
  static func indent(_ line: Substring) -> Int { line.utf8.prefix { $0 == UInt8(ascii: " ") }.count }
}
