import Basics
import MeshModel
import TestKit
import Testing

@testable import Execution

struct JSONLinesReaderTests {
  private let columns = [Column(name: "a", type: .text), Column(name: "b", type: .integer)]

  @Test(arguments: [
    (#"{"a": "x", "b": 5}"# + "\n" + #"{"b": 6}"#, [["x", "5"], ["NULL", "6"]]),
    ("\u{FEFF}" + #"{"a":"","b":null,"c":[1]}"# + "\r\n\n  \n", [["", "NULL"]]),
    (#"{"a": 1.5, "b": "7"}"#, [["1.5", "7"]]),
    (#"{"a": {"k": [true]}, "b": 1}"#, [[#"{"k":[true]}"#, "1"]]),
    (#"{"a": "first", "a": "last"}"#, [["last", "NULL"]]),
    (#"{"a": "NA", "b": "NA"}"#, [["NULL", "NULL"]]),
    ("", []),
  ])
  func `rows are objects, one a line`(text: String, rows: [[String]]) throws {
    let reading = try RowReading.jsonLines(Array(text.utf8), columns, null: ["", "NA"])
    #expect(reading.texts == rows)
    #expect(reading.bad == [])
  }

  @Test(arguments: [
    ("{", "1: it is no JSON: "), ("\n[1]", "2: it is no JSON object"),
    (#"{"b": 1.5}"#, "1: 'b' is '1.5', which is no whole number"),
    (#"{"b": true}"#, "1: 'b' is 'true', which is no whole number"),
    (#"{"b": "x"}"#, "1: 'b' is 'x', which is no whole number"),
  ])
  func `a bad row is told with its line and the next one is read`(text: String, bad: String) throws {
    let reading = try RowReading.jsonLines(Array((text + "\n{\"a\": \"ok\"}\n").utf8), columns)
    #expect(reading.bad.count == 1)
    #expect(reading.bad.first?.hasPrefix(bad) == true, "\(reading.bad)")
    #expect(reading.texts == [["ok", "NULL"]])
  }

  @Test func `any bytes are rows, bad rows or refused`() throws {
    var chance = SeededGenerator(seed: 8259)
    let pieces =
      [
        "{", "}", "\"a\"", ":", "\"b\"", ",", "1", "1e9", "1e999", "[", "]", "null", "true", "\n", "\"\\u12",
        "\\ud800", "\"", " ", "-", "{\"a\":1}", "ü",
      ].map { Array($0.utf8) } + [[0xFF], [0]]
    let folder = try TemporaryFolder()
    for _ in 0..<400 {
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 0..<40, using: &chance) {
        bytes += pieces[Int.random(in: 0..<pieces.count, using: &chance)]
      }
      let whole = try RowReading.jsonLines(bytes, columns, pieceBytes: 4096, folder: folder)
      #expect(try RowReading.jsonLines(bytes, columns, pieceBytes: 1, folder: folder) == whole)
    }
  }
}
