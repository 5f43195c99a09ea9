import Foundation
import TestKit
import Testing

/// The shape of the checkout, and what its texts may say.
struct HouseTests {
  private static let entries: Set<String> = [
    "Package.swift", "Sources", "Tests", "dags", "plugins", "web-static", "README.md", "LICENSE",
    "CHANGELOG.md",
    "Makefile",
  ]

  @Test func `the top level holds only what the design names`() throws {
    for entry in try FileManager.default.contentsOfDirectory(atPath: PackageRoot.path) {
      guard !entry.hasPrefix("."), entry != "Package.resolved", entry != "demo" else { continue }
      #expect(Self.entries.contains(entry), "'\(entry)' has no place at the top level")
    }
  }

  @Test func `the licence is the whole text of Apache 2.0`() throws {
    let text = try PackageRoot.text("LICENSE")
    #expect(text.contains("Apache License"))
    #expect(text.contains("9. Accepting Warranty or Additional Liability."))
    #expect(text.contains("END OF TERMS AND CONDITIONS"))
  }

  @Test func `the README has at most 150 lines and names the two calls`() throws {
    let text = try PackageRoot.text("README.md")
    #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= 151)
    #expect(text.contains("make run") && text.contains("make test"))
  }

  @Test func `nothing speaks of the place where it was made`() throws {
    let endings = [
      ".swift", ".c", ".h", ".md", ".yaml", ".sql", ".sh", ".py", ".txt", ".tsv", "Makefile",
    ]
    let tree = try SourceTree(["Sources", "Tests", "dags", ".ci"], endings: endings)
    let words = ["../sha" + "red", "/wo" + "rk/", "this ses" + "sion"]
    for file in tree.files where !file.path.hasPrefix("Tests/TestKit/") {
      for word in words where Code.holds(file.text, word) {
        let line = file.lines.firstIndex { Code.holds($0, word) } ?? 0
        Issue.record("\(file.path):\(line + 1) says '\(word)'")
      }
    }
    for name in ["README.md", "CHANGELOG.md", "Makefile", "Package.swift"] {
      let text = try PackageRoot.text(name)
      for word in words { #expect(!text.contains(word), "\(name) says '\(word)'") }
    }
  }

  @Test func `no file is a placeholder or a cupboard for odds and ends`() throws {
    let cupboards = ["Utils", "Utilities", "Helpers", "Manager", "Misc"]
    for file in try SourceTree.swift().files {
      let name = file.path.split(separator: "/").last.map(String.init) ?? ""
      #expect(name != "Room.swift" && name != "Placeholder.swift", "\(file.path) is a placeholder")
      #expect(!cupboards.contains { name.contains($0) }, "\(file.path): name it after what it holds")
      #expect(file.lines.contains { !$0.isEmpty && !$0.hasPrefix("//") }, "\(file.path) holds no code")
    }
  }

  @Test func `main is at most twenty lines`() throws {
    let lines = try PackageRoot.text("Sources/heddle/main.swift").split(separator: "\n")
    #expect(lines.count <= 20)
  }
}
