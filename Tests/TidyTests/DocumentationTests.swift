import TestKit
import Testing

/// Public types and functions say what they are.
struct DocumentationTests {
  @Test func `every public type and function has a documentation comment`() throws {
    let declaration =
      #/
      \ * public \  ((static | final | mutating | indirect) \ )*
      (struct | enum | class | protocol | func | typealias) \  ([^\s(<:]+)
      /#
    let files = try SourceTree.sources().files
    let asked = Self.requirements(files)
    for file in files {
      var said = asked
      for (number, line) in file.lines.enumerated() {
        guard let match = line.prefixMatch(of: declaration), Self.needsWords(match.3, match.4) else {
          continue
        }
        let documented = Self.isDocumented(file.lines, number)
        if documented { said.insert(match.4) }
        #expect(
          documented || (match.3 == "func" && said.contains(match.4)),
          "\(file.path):\(number + 1): '\(match.4)' has no documentation comment")
      }
    }
  }

  /// Operators and what a protocol of the standard library asks for say what they are by their name.
  private static func needsWords(_ kind: Substring, _ name: Substring) -> Bool {
    guard kind == "func" else { return true }
    guard let first = name.first, first.isLetter || first == "`" else { return false }
    let known: Set<Substring> = ["hash", "next", "encode", "makeIterator"]
    return !known.contains(name)
  }

  /// The functions that protocols of ours ask for: whoever provides them need not say it again.
  private static func requirements(_ files: [SourceTree.File]) -> Set<Substring> {
    var names: Set<Substring> = []
    for file in files {
      var inProtocol = false
      for (number, line) in file.lines.enumerated() {
        if line.hasPrefix("public protocol ") { inProtocol = true }
        if line == "}" { inProtocol = false }
        guard inProtocol, let match = line.prefixMatch(of: /\ \ (mutating )?func (\w+)/) else { continue }
        if isDocumented(file.lines, number) { names.insert(match.2) }
      }
    }
    return names
  }

  private static func isDocumented(_ lines: [Substring], _ number: Int) -> Bool {
    var above = number - 1
    while above >= 0 {
      let line = lines[above].drop { $0 == " " }
      if line.hasPrefix("///") { return true }
      guard line.hasPrefix("@") else { return false }
      above -= 1
    }
    return false
  }
}
