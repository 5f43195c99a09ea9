import Foundation
import TestKit
import Testing

/// A room imports only rooms above it in the table of Package.swift.
struct ImportTests {
  /// What every room may use of the toolchain.
  private static let system: Set<String> = ["Glibc", "Synchronization"]
  /// Rooms of C that the table does not list, since nothing of ours is below them.
  private static let ground = ["CSystem", "CSQLite", "CYAML"]

  @Test func `a room imports only what its row of the table names`() throws {
    let table = try Self.table()
    for file in try SourceTree.sources().files where table[file.room] != nil || file.room == "heddle" {
      let allowed = file.room == "heddle" ? ["CommandLine"] : table[file.room] ?? []
      for (number, line) in file.lines.enumerated() {
        guard let module = Self.importedModule(line), !Self.system.contains(module) else { continue }
        #expect(
          allowed.contains(module),
          "\(file.path):\(number + 1): room \(file.room) may not import \(module)")
      }
    }
  }

  @Test func `the rows of the table name only rows above them`() throws {
    var above = Set(Self.ground)
    for (room, uses) in try Self.rows() {
      for use in uses { #expect(above.contains(use), "\(room) uses \(use), which stands below it") }
      above.insert(room)
    }
  }

  @Test func `every room is furnished`() throws {
    let files = try SourceTree.swift().files
    for (room, _) in try Self.rows() {
      for folder in ["Sources/\(room)/", "Tests/\(room)Tests/"] {
        let lines = files.filter { $0.path.hasPrefix(folder) }.flatMap(\.lines)
        let code = lines.filter { !Code.withoutComment($0).allSatisfy(\.isWhitespace) }
        #expect(code.count > 5, "\(folder) is as good as empty")
      }
    }
  }

  @Test func `only the room of a C library imports it`() throws {
    let owners = ["CSQLite": ["SQLite"], "CYAML": ["Declarations"]]
    for file in try SourceTree.sources().files {
      for line in file.lines {
        guard let module = Self.importedModule(line), let rooms = owners[module] else { continue }
        #expect(rooms.contains(file.room), "\(file.path) imports \(module); use the room \(rooms[0])")
      }
    }
  }

  /// The table as Package.swift holds it, in its order.
  private static func rows() throws -> [(room: String, uses: [String])] {
    let manifest = try PackageRoot.text("Package.swift")
    let begin = try #require(manifest.range(of: "let rooms:"))
    let end = try #require(manifest.range(of: "let package", range: begin.upperBound..<manifest.endIndex))
    let body = manifest[begin.upperBound..<end.lowerBound].drop { $0 != "=" }
    let row = /\(\s*"(\w+)",\s*\[([^\]]*)\]/
    return body.matches(of: row).map { match in
      (String(match.1), match.2.matches(of: /"(\w+)"/).map { String($0.1) })
    }
  }

  private static func table() throws -> [String: [String]] {
    let rows = try rows()
    #expect(rows.count > 10, "the table of Package.swift was not understood")
    return Dictionary(uniqueKeysWithValues: rows.map { ($0.room, $0.uses) })
  }

  private static func importedModule(_ line: Substring) -> String? {
    let words = line.split(separator: " ")
    guard let at = words.firstIndex(of: "import"), at <= 2, at + 1 < words.count, line.first != " ",
      !line.hasPrefix("//")
    else { return nil }
    let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "let", "var", "typealias"]
    let name = kinds.contains(words[at + 1]) && at + 2 < words.count ? words[at + 2] : words[at + 1]
    return String(name.prefix { $0 != "." })
  }
}
