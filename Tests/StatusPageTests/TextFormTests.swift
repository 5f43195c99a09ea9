import HTTPServer
import Lineage
import Orchestration
import TestKit
import Testing

@testable import StatusPage

/// What texts of a request may be, as it is checked and as the document of the API tells it.
struct TextFormTests {
  private static let long = String(repeating: "a", count: 64)

  private static let texts: [(TextForm, good: [String], bad: [String])] = [
    (.name, ["a", "sales_2", long], ["", "A", "2a", "a-b", long + "a", "a\n", "é"]),
    (.pipeline, ["a/b", "\(long)/\(long)"], ["", "a", "a/", "/b", "a/b/c", "a/B", "a/\(long)a"]),
    (.backfill, ["b1", "b123456789012345678"], ["", "b", "b0", "b01", "1", "b1234567890123456789", "b1 "]),
    (.key, ["a", "2013-01-01T05", "d/p", "~!"], ["", " ", "a b", "é", String(repeating: "a", count: 131)]),
    (.free(1...3), ["a", "äöü", "🙂🙂🙂"], ["", "abcd"]),
    (.words(["a", "b"]), ["a", "b", "a,b", "b,b"], ["", "c", "a,", ",a", "a, b", "a,b,a"]),
    (
      .runs(2), ["run:1", "run:1,run:2"],
      ["", "run:", "run:0", "run:01", "1", "run:1,", "run:1,run:2,run:3", "run:1234567890123456789"]
    ),
  ]

  @Test func `what is taken and what the document allows are the same`() throws {
    for (form, good, bad) in Self.texts {
      for text in good {
        #expect(form.complaint(about: text) == nil, "\(form): \(text)")
        #expect(try Self.documents(form, text), "\(form): \(text)")
      }
      for text in bad {
        #expect(form.complaint(about: text) != nil, "\(form): \(text)")
        #expect(try !Self.documents(form, text), "\(form): \(text)")
      }
    }
  }

  @Test(arguments: [
    "*", "d/*", "d/p", "d/p.t", "d.t", "+d/p", "d/p+", "2+d/p+3", "tag:x", "owner:the-team", "status:failed",
    "stale:", "stale:code", "a/b,tag:c", "a/b c/d", " a/b  c/d ", "owner:é", "+*+",
    "", " ", ",", "d", "d/", "(", "a/b, c/d", "a/b,", "0+d/p", "+", "d/p++", "tag:", "what:x", "D/p", "d/p@x",
    "d/p[0]", "a.b.c", "**", "*/p",
  ])
  func `the document allows the selectors that can be read`(text: String) throws {
    let isRead = (try? Selector(text)) != nil
    #expect(try Self.documents(.selection, text) == isRead)
  }

  @Test(arguments: [
    "1s", "30m", "1h30m", "2d", "1w2d3h4m5s6ms", "", "s", "1", "1x", "m1", "1m1h", "-1s", "1 s",
  ])
  func `the document allows the spans that can be read`(text: String) throws {
    #expect(try Self.documents(.span, text) == (Owner.silenceSpan(text) != nil))
  }

  /// A letter of four bytes is written as twelve.
  @Test func `however it is written, all that a path takes fits into a request line`() {
    for route in RouteTable.all where !route.parameters.isEmpty {
      let path = route.pattern.text.utf8.count + route.pattern.kinds.count * 129
      let query = route.parameters.map { $0.name.utf8.count + 2 + Self.longest($0.kind) }.reduce(0, +)
      #expect("GET  HTTP/1.1".utf8.count + path + query <= RequestLimits().line, "\(route.pattern.text)")
    }
  }

  private static func longest(_ kind: QueryParameter.Kind) -> Int {
    switch kind {
    case .number: 16
    case .flag: 5
    case .words(let words): words.map(\.utf8.count).max() ?? 0
    case .text(.key): 3 * 130
    case .text(.words(let words)): words.map { $0.utf8.count + 3 }.reduce(0, +)
    case .text(.runs(let most)): most * "run%3A123456789012345678%2C".utf8.count
    case .text(let form): form.lengths.map { 12 * $0.upperBound } ?? 2 * 64 + 3
    }
  }

  private static func documents(_ form: TextForm, _ text: String) throws -> Bool {
    let fits = form.lengths?.contains(text.unicodeScalars.count) ?? true
    return try fits && Regex(form.pattern).matchingSemantics(.unicodeScalar).wholeMatch(in: text) != nil
  }
}
