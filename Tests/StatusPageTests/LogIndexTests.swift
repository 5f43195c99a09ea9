import Basics
import TestKit
import Testing

@testable import StatusPage

struct LogIndexTests {
  /// Lines of many lengths, some empty, one of them very long.
  private static func text(_ count: Int, _ chance: inout SeededGenerator) -> [String] {
    (0..<count).map { number in
      number == 700
        ? String(repeating: "x", count: 70_000)
        : String(repeating: "l", count: Int.random(in: 0...90, using: &chance))
          + (number % 100 == 0 ? "Needle" : "")
    }
  }

  @Test func `a page holds the lines that reading the whole would`() throws {
    var chance = SeededGenerator(seed: 7)
    let lines = Self.text(3000, &chance)
    let folder = try TemporaryFolder()
    let path = try folder.write(lines.joined(separator: "\n"), to: "log")
    let index = try #require(LogIndex(path: path))
    #expect(index.lineCount == 3000)
    for _ in 0..<200 {
      let from = Int.random(in: 1...3100, using: &chance)
      let count = Int.random(in: 1...300, using: &chance)
      let wanted = lines.dropFirst(from - 1).prefix(count).map {
        $0.utf8.count > 65_536 ? $0.prefix(65_536) + "…" : $0[...]
      }
      #expect(index.lines(from: from, count: count).lines.map { $0[...] } == wanted)
    }
    #expect(index.last(10).lines == Array(lines.suffix(10)))
    #expect(index.last(10).from == 2991)
  }

  @Test func `a log that grows is read on`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("one\ntw", to: "log")
    let library = LogLibrary()
    let index = try #require(library.open(path))
    #expect(index.lineCount == 2)
    let log = try GrowingFile(path)
    log.append("o\nthree\n")
    #expect(library.open(path) === index)
    #expect(index.lineCount == 3)
    #expect(index.lines(from: 2, count: 9).lines == ["two", "three"])
    log.append("\n")
    #expect(index.lineCount == 4)
    #expect(index.last(2).lines == ["three", ""])
  }

  @Test func `a search finds each line that holds the text, in pages`() throws {
    var chance = SeededGenerator(seed: 3)
    let lines = Self.text(1000, &chance)
    let folder = try TemporaryFolder()
    let index = try #require(LogIndex(path: try folder.write(lines.joined(separator: "\n"), to: "log")))
    var found: [Int] = []
    var from: Int? = 1
    while let start = from {
      let (page, next) = index.search("nEEDLE", from: start, limit: 3)
      found += page.map(\.0)
      from = next
    }
    #expect(found == (0..<10).filter { $0 != 7 }.map { $0 * 100 + 1 })
  }

  @Test func `there is no log where there is none`() throws {
    let folder = try TemporaryFolder()
    let library = LogLibrary()
    #expect(library.open(folder.file("nothing")) == nil)
    #expect(library.open(folder.path) == nil)
    let index = try #require(library.open(try folder.write("", to: "empty")))
    #expect(index.lineCount == 0 && index.last(5).lines.isEmpty)
  }
}
