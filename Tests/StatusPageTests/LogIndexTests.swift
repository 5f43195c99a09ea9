import Basics
import Glibc
import TestKit
import Testing

@testable import StatusPage

struct LogIndexTests {
  private static let nothing = SecretMask(pieces: [])

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
      #expect(index.lines(from: from, count: count, Self.nothing).lines.map { $0[...] } == wanted)
    }
    #expect(index.last(10, Self.nothing).lines == Array(lines.suffix(10)))
    #expect(index.last(10, Self.nothing).from == 2991)
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
    #expect(index.lines(from: 2, count: 9, Self.nothing).lines == ["two", "three"])
    log.append("\n")
    #expect(index.lineCount == 4)
    #expect(index.last(2, Self.nothing).lines == ["three", ""])
  }

  @Test func `a search finds each line that holds the text, in pages`() throws {
    var chance = SeededGenerator(seed: 3)
    let lines = Self.text(1000, &chance)
    let folder = try TemporaryFolder()
    let index = try #require(LogIndex(path: try folder.write(lines.joined(separator: "\n"), to: "log")))
    var found: [Int] = []
    var from: Int? = 1
    while let start = from {
      let (page, next) = index.search("nEEDLE", from: start, limit: 3, Self.nothing)
      found += page.map(\.0)
      from = next
    }
    #expect(found == (0..<10).filter { $0 != 7 }.map { $0 * 100 + 1 })
  }

  @Test func `a secret is shown nowhere, and places stay as they are`() throws {
    let folder = try TemporaryFolder()
    let lines = ["a hunter22 b", "hunter22hunter22", "-----", "key", "MIIx", "abc hunter2"]
    let path = try folder.write(lines.joined(separator: "\n"), to: "log")
    let mask = SecretMask(pieces: ["hunter22", "MIIx", "abc", "hunter2"].map { Array($0.utf8) })
    let index = try #require(LogIndex(path: path))
    let shown = ["a ******** b", "****************", "-----", "key", "****", "abc *******"]
    #expect(index.lines(from: 1, count: 9, mask).lines == shown)
    #expect(index.search("hunter", from: 1, limit: 9, mask).found.isEmpty)
    let whole = shown.joined(separator: "\n")
    for range in [0..<whole.utf8.count, 4..<9, 13..<14, 0..<0] {
      let part = LogLibrary().part(path, mask, folder: folder.path) { _ in range }
      #expect(part?.range == range)
      let copy = mask.copy(range, of: open(path, O_RDONLY), in: folder.path)
      var bytes = [UInt8](repeating: 0, count: 100)
      let got = pread(copy, &bytes, 100, 0)
      #expect(Array(bytes.prefix(got)) == Array(Array(whole.utf8)[range]))
      close(copy)
    }
  }

  @Test func `there is no log where there is none`() throws {
    let folder = try TemporaryFolder()
    let library = LogLibrary()
    #expect(library.open(folder.file("nothing")) == nil)
    #expect(library.open(folder.path) == nil)
    let index = try #require(library.open(try folder.write("", to: "empty")))
    #expect(index.lineCount == 0 && index.last(5, Self.nothing).lines.isEmpty)
  }
}
