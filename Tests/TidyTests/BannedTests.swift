import TestKit
import Testing

/// What may not be written, where, and what to write instead.
struct Ban: CustomTestStringConvertible {
  /// The text that may not stand in code.
  let text: String
  let instead: String
  /// Paths that begin so are spared.
  var spared: [String] = []
  /// Tests are bound by it too.
  var inTests = false
  /// It also counts in comments and strings.
  var everywhere = false
  /// A line that also says this is spared.
  var unless: String?

  var testDescription: String { text }
}

struct BannedTests {
  static let bans: [Ban] = [
    Ban(text: "import Foundation", instead: "Glibc and Basics; FoundationEssentials if it must be"),
    Ban(text: "Foundation.Process", instead: "posix_spawn through CSystem"),
    Ban(text: "Date()", instead: "a Clock from Basics"),
    Ban(text: "ContinuousClock", instead: "a Clock from Basics"),
    Ban(text: "SuspendingClock", instead: "a Clock from Basics"),
    Ban(text: "clock_gettime(", instead: "a Clock from Basics", spared: ["Sources/Basics/"]),
    Ban(text: "gettimeofday(", instead: "a Clock from Basics"),
    Ban(text: ".random(in", instead: "SeededGenerator", inTests: true, unless: "using:"),
    Ban(text: ".randomElement()", instead: "SeededGenerator", inTests: true),
    Ban(text: ".shuffled()", instead: "SeededGenerator", inTests: true),
    Ban(text: "SystemRandomNumberGenerator", instead: "SeededGenerator", inTests: true),
    Ban(text: "try!", instead: "try, and say what then", inTests: true),
    Ban(text: " as! ", instead: "as?, and say what then", inTests: true),
    Ban(text: "fatalError(", instead: "precondition with a message, for our own bugs", inTests: true),
    Ban(
      text: " print(", instead: "the output handed in",
      spared: ["Sources/CommandLine/", "Sources/heddle/"]),
    Ban(text: "sqlite3_", instead: "the room SQLite", spared: ["Sources/SQLite/"]),
    Ban(text: "yaml_", instead: "the room Declarations", spared: ["Sources/Declarations/"]),
    Ban(text: "DispatchQueue", instead: "the room Threads"),
    Ban(text: "Task {", instead: "the room Threads"),
    Ban(text: "Task.detached", instead: "the room Threads"),
    Ban(text: "Mutex<", instead: "the locks of Threads, which ThreadSanitizer understands"),
    Ban(text: "Mutex(", instead: "the locks of Threads, which ThreadSanitizer understands"),
    Ban(
      text: "sleep(", instead: "a signal, or a clock one moves by hand", spared: ["Sources/"], inTests: true),
    Ban(text: "TO" + "DO", instead: "the thing itself, or an issue", inTests: true, everywhere: true),
    Ban(text: "FIX" + "ME", instead: "the thing itself, or an issue", inTests: true, everywhere: true),
    Ban(text: "XX" + "X", instead: "the thing itself, or an issue", inTests: true, everywhere: true),
    Ban(text: "// MA" + "RK", instead: "a file per topic", inTests: true, everywhere: true),
    Ban(text: "// ===", instead: "no banner", inTests: true, everywhere: true),
    Ban(text: "// ---", instead: "no banner", inTests: true, everywhere: true),
    Ban(text: "#if false", instead: "nothing: delete it", inTests: true),
  ]

  @Test(arguments: bans)
  func `banned words stay out`(ban: Ban) throws {
    for file in try SourceTree.swift().files {
      if !file.isSource && (!ban.inTests || file.path.hasPrefix("Tests/TidyTests/")) { continue }
      if ban.spared.contains(where: file.path.hasPrefix) { continue }
      guard Code.holds(file.text, ban.text) else { continue }
      for (number, line) in file.lines.enumerated() where Code.holds(line, ban.text) {
        let text = ban.everywhere ? line : Code.withoutComment(line)
        if let excuse = ban.unless, text.contains(excuse) { continue }
        #expect(
          !text.contains(ban.text),
          "\(file.path):\(number + 1): '\(ban.text)' is banned; use \(ban.instead)")
      }
    }
  }

  @Test func `no code hides in comments`() throws {
    let code = /^\s*\/\/ ?(let|var|if|for|while|return|guard|func|switch|try|import) .*[={(]\s*$/
    for file in try SourceTree.swift().files where !file.path.hasPrefix("Tests/TidyTests/") {
      for (number, line) in file.lines.enumerated()
      where Code.holds(line, "//") && line.wholeMatch(of: code) != nil {
        Issue.record("\(file.path):\(number + 1) looks like code in a comment")
      }
    }
  }
}
