import Basics
import Foundation
import Execution
import Glibc
import TestKit
import Testing

@testable import HTTPServer
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
    #expect(index.last(1, Self.nothing).known == 3000)
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
    #expect(index.last(1, Self.nothing).known == 2)
    let log = try GrowingFile(path)
    log.append("o\nthree\n")
    #expect(library.open(path) === index)
    #expect(index.last(1, Self.nothing).known == 3)
    #expect(index.lines(from: 2, count: 9, Self.nothing).lines == ["two", "three"])
    log.append("\n")
    #expect(index.last(1, Self.nothing).known == 4)
    #expect(index.last(2, Self.nothing).lines == ["three", ""])
  }

  @Test func `a log that its task empties is read from its beginning`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("one\ntwo\nthree\n", to: "log")
    let index = try #require(LogIndex(path: path))
    #expect(index.last(1, Self.nothing).known == 3)
    #expect(truncate(path, 0) == 0)
    try GrowingFile(path).append("ERROR\n")
    #expect(index.last(9, Self.nothing).lines == ["ERROR"])
    #expect(index.search(nil, level: .error, from: 1, limit: 9, Self.nothing).lines.map(\.0) == [1])
    #expect(index.last(9, Self.nothing).known == 1)
  }

  @Test func `a line that one request cannot read to its end is found by the next`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("error a\nerror \(String(repeating: "b", count: 9000))\nerror c\n", to: "log")
    let index = try #require(LogIndex(path: path, bounds: .init(indexed: 4096)))
    let first = index.search("error", from: 1, limit: 9, Self.nothing)
    #expect(first.lines.map(\.0) == [1] && first.next == 2)
    _ = index.last(1, Self.nothing)
    #expect(index.search("error", from: 2, limit: 9, Self.nothing).lines.map(\.0) == [2, 3])
  }

  @Test func `a search finds each line that holds the text, in pages`() throws {
    var chance = SeededGenerator(seed: 3)
    let lines = Self.text(1000, &chance)
    let folder = try TemporaryFolder()
    let index = try #require(LogIndex(path: try folder.write(lines.joined(separator: "\n"), to: "log")))
    var found: [Int] = []
    var from: Int? = 1
    while let start = from {
      let page = index.search("nEEDLE", from: start, limit: 3, Self.nothing)
      found += page.lines.map(\.0)
      from = page.next
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
    #expect(index.search("hunter", from: 1, limit: 9, mask).lines.isEmpty)
    let whole = shown.joined(separator: "\n")
    for range in [0..<whole.utf8.count, 4..<9, 13..<14, 0..<0] {
      let part = try #require(LogLibrary().part(path, mask) { _ in range })
      #expect(part.range == range)
      guard case .source(let source) = part.body else {
        Issue.record("the file itself is sent")
        continue
      }
      #expect(range.isEmpty || source.bytes(from: 0) == Array(Array(whole.utf8)[range]))
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["log"])
  }

  @Test func `a secret across the place where a long line or a piece is cut stays hidden`() throws {
    let folder = try TemporaryFolder()
    let secret = "correct-horse-battery"
    let mask = SecretMask(pieces: [Array(secret.utf8)])
    for before in [65_536 - 5, 65_536 - 20, 65_536, 32_768 - 3] {
      let text = String(repeating: "x", count: before) + secret + String(repeating: "y", count: 70_000)
      let path = try folder.write(text, to: "log\(before)")
      let index = try #require(LogIndex(path: path))
      let line = try #require(index.lines(from: 1, count: 1, mask).lines.first)
      #expect(!line.contains(secret.prefix(4)) && line.utf8.count == 65_536 + 3)
      let part = try #require(LogLibrary().part(path, mask) { 0..<$0 })
      guard case .source(let source) = part.body else { continue }
      var all: [UInt8] = []
      while all.count < part.size, let more = source.bytes(from: all.count) { all += more }
      #expect(all.count == text.utf8.count)
      #expect(!String(decoding: all, as: UTF8.self).contains(secret.suffix(4)))
    }
  }

  @Test func `a request reads a bounded part of a log, and the next ones go on`() throws {
    let folder = try TemporaryFolder()
    let lines = (1...20_000).map { "line \($0)" + ($0 % 5000 == 0 ? " needle" : "") }
    let path = try folder.write(lines.joined(separator: "\n") + "\n", to: "log")
    let bounds = LogIndex.Bounds(indexed: 50_000, searched: 40_000, shown: 1000)
    let index = try #require(LogIndex(path: path, bounds: bounds))
    let first = index.last(1, Self.nothing)
    #expect(!first.isWhole && first.known < 20_000)
    var asked = 1
    while !index.last(1, Self.nothing).isWhole { asked += 1 }
    #expect((3...10).contains(asked))
    #expect(index.last(1, Self.nothing).lines == ["line 20000 needle"])
    #expect(index.lines(from: 1, count: 5000, Self.nothing).lines.count < 200)
    var (found, from, pages): ([Int], Int?, Int) = ([], 1, 0)
    while let start = from {
      let hits = index.search("needle", from: start, limit: 10, Self.nothing)
      found += hits.lines.map(\.0)
      from = hits.next
      pages += 1
    }
    #expect(found == [5000, 10_000, 15_000, 20_000] && pages > 2)
  }

  @Test func `lines of a level are found by parts, also in what is written on`() throws {
    let folder = try TemporaryFolder()
    let lines = (1...20_000).map { number in
      let level = number % 5000 == 0 ? "ERROR " : number % 3000 == 0 ? "WARN " : ""
      return level + "line \(number)"
    }
    let path = try folder.write(lines.joined(separator: "\n"), to: "log")
    let index = try #require(LogIndex(path: path, bounds: LogIndex.Bounds(searched: 40_000)))
    func found(_ level: LogLevel, _ text: String? = nil, from: Int = 1) -> (lines: [Int], pages: Int) {
      var (found, next, pages): ([Int], Int?, Int) = ([], from, 0)
      while let start = next {
        let hits = index.search(text, level: level, from: start, limit: 2, Self.nothing)
        found += hits.lines.map(\.0)
        next = hits.next
        pages += 1
      }
      return (found, pages)
    }
    let errors = [5000, 10_000, 15_000, 20_000]
    #expect(found(.error).lines == errors && found(.error).pages > 3)
    let warnings = [3000, 5000, 6000, 9000, 10_000, 12_000, 15_000, 18_000, 20_000]
    #expect(found(.warning).lines == warnings)
    #expect(found(.warning, "WARN").lines == warnings.filter { !errors.contains($0) })
    #expect(found(.error, from: 15_001).lines == [20_000])
    try GrowingFile(path).append(" goes on\nERROR last")
    #expect(found(.error, from: 20_000).lines == [20_000, 20_001])
  }

  @Test func `a search shows a bounded part of long lines, and the next ones go on`() throws {
    let folder = try TemporaryFolder()
    let text = String(repeating: "ERROR " + String(repeating: "x", count: 600) + "\n", count: 10)
    let bounds = LogIndex.Bounds(shown: 1000)
    let index = try #require(LogIndex(path: try folder.write(text, to: "log"), bounds: bounds))
    let hits = index.search(nil, level: .error, from: 3, limit: 100, Self.nothing)
    #expect(hits.lines.map(\.0) == [3, 4] && hits.next == 5)
  }

  @Test func `a level that is part of a secret is none`() throws {
    let folder = try TemporaryFolder()
    let mask = SecretMask(pieces: [Array("ERROR".utf8)])
    let index = try #require(LogIndex(path: try folder.write("ERROR a\nWARN b\n", to: "log")))
    #expect(index.search(nil, level: .warning, from: 1, limit: 9, mask).lines.map(\.0) == [2])
  }

  @Test func `there is no log where there is none`() throws {
    let folder = try TemporaryFolder()
    let library = LogLibrary()
    #expect(library.open(folder.file("nothing")) == nil)
    #expect(library.open(folder.path) == nil)
    let index = try #require(library.open(try folder.write("", to: "empty")))
    #expect(index.last(1, Self.nothing).known == 0 && index.last(5, Self.nothing).lines.isEmpty)
  }
}
