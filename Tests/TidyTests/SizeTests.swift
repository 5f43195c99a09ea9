import Foundation
import TestKit
import Testing

/// Nothing in the house is larger than one can hold in the head.
struct SizeTests {
  private static let longestFile = 700
  private static let longestFunction = 70
  private static let longestLine = 110

  @Test func `a file has at most 700 lines`() throws {
    for file in try SourceTree.swift().files {
      #expect(file.lines.count <= Self.longestFile + 1, "\(file.path) has \(file.lines.count) lines")
    }
  }

  @Test func `a line has at most 110 characters`() throws {
    for file in try SourceTree.swift().files {
      var inLongString = false
      for (number, line) in file.lines.enumerated() {
        if Code.holds(line, "\"\"\""), line.components(separatedBy: "\"\"\"").count % 2 == 0 {
          inLongString.toggle()
        }
        // A line has at least as many bytes as characters, and they are counted at once.
        guard !inLongString, line.utf8.count > Self.longestLine, line.count > Self.longestLine,
          !line.contains("func `"),
          !Self.isOneString(line)
        else { continue }
        Issue.record("\(file.path):\(number + 1) has \(line.count) characters")
      }
    }
  }

  @Test func `a function has at most 70 lines`() throws {
    for file in try SourceTree.swift().files {
      for function in Self.functions(in: file.lines) where function.length > Self.longestFunction {
        Issue.record("\(file.path):\(function.line): a function of \(function.length) lines")
      }
    }
  }

  /// A string that cannot be broken without breaking what it says.
  private static func isOneString(_ line: Substring) -> Bool {
    let text = line.drop { $0 == " " }
    return text.hasPrefix("\"") || text.hasPrefix("#\"")
      || line.split(separator: "\"", omittingEmptySubsequences: false).contains { $0.count > 60 }
        && line.contains("\"")
  }

  /// The formatter puts a function's closing brace at the indent of its first line; that tells its end.
  private static func functions(in lines: [Substring]) -> [(line: Int, length: Int)] {
    let start =
      #/
      \ * (@\w+ (\([^)]*\))? \ )*
      ((public | package | internal | private | fileprivate | static | final | override | mutating) \ )*
      (func\  | init [?]? [(<] | deinit)
      /#
    var result: [(line: Int, length: Int)] = []
    for (number, line) in lines.enumerated()
    where (Code.holds(line, "func ") || Code.holds(line, "init")) && line.prefixMatch(of: start) != nil {
      let closing = String(repeating: " ", count: Code.indent(line)) + "}"
      if line.hasSuffix("}") { continue }
      guard let end = lines[(number + 1)...].firstIndex(where: { $0 == closing }) else { continue }
      result.append((number + 1, end - number + 1))
    }
    return result
  }
}
