import TestKit
import Testing

/// The page's own rules: text stays text, nothing comes from elsewhere, and one can read it.
struct WebPageTests {
  private static let longestFile = 300
  private static let longestLine = 110

  /// What would make markup or code of text, or is against the content security policy.
  private static let banned = [
    "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "eval(", "new Function",
    "setAttribute(\"style\"", "javascript:", "http://", "https://",
  ]

  /// A namespace is a name, not an address that anything is fetched from.
  private static let names = ["http://www.w3.org/2000/svg"]

  @Test func `text of the page never becomes markup or code, and nothing is fetched from elsewhere`() throws {
    let tree = try SourceTree(["web-static"], endings: [".js", ".css", ".html"])
    #expect(tree.files.count > 20)
    for file in tree.files {
      for (number, line) in file.lines.enumerated() {
        let text = Self.names.reduce(String(line)) { $0.replacing($1, with: "") }
        for word in Self.banned where text.contains(word) {
          Issue.record("\(file.path):\(number + 1) says '\(word)'")
        }
      }
    }
  }

  @Test func `no script and no style stands inside the page`() throws {
    let page = try PackageRoot.text("web-static/index.html")
    #expect(page.matches(of: /<script(?![^>]* src=)/).isEmpty)
    #expect(page.matches(of: /<style|\sstyle=|\son[a-z]+=/).isEmpty)
    #expect(page.contains("<noscript>") && page.contains("heddle status"))
  }

  @Test func `a script has at most 300 lines of at most 110 characters, and begins by saying what it is`()
    throws
  {
    for file in try SourceTree(["web-static"], endings: [".js"]).files {
      #expect(file.lines.count <= Self.longestFile + 1, "\(file.path) has \(file.lines.count) lines")
      #expect(file.lines.first?.hasPrefix("// ") == true, "\(file.path) does not say what it is for")
      for (number, line) in file.lines.enumerated() where line.count > Self.longestLine {
        Issue.record("\(file.path):\(number + 1) has \(line.count) characters")
      }
    }
  }

  @Test func `every module that is imported exists`() throws {
    let scripts = try SourceTree(["web-static"], endings: [".js"]).files
    let known = Set(scripts.map(\.path))
    for file in scripts {
      let folder = file.path.split(separator: "/").dropLast()
      let text = file.lines.joined(separator: "\n")
      for match in text.matches(of: /(?:from|import\()\s*"(\.[^"]+)"/) {
        var path = Array(folder)
        for part in match.1.split(separator: "/") where part != "." {
          if part == ".." { path.removeLast() } else { path.append(part) }
        }
        let target = path.joined(separator: "/")
        #expect(known.contains(target), "\(file.path) imports \(match.1), which does not exist")
      }
    }
  }
}
