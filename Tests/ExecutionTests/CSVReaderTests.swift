import Basics
import MeshModel
import TestKit
import Testing

@testable import Execution

struct CSVReaderTests {
  private let ab = [Column(name: "a", type: .text), Column(name: "b", type: .text)]

  @Test(arguments: [
    ("a,b\n1,2\n", [["1", "2"]]),
    ("a,b\n1,2", [["1", "2"]]),
    ("a,b\r\n1,2\r\n", [["1", "2"]]),
    ("\u{FEFF}a,b\n1,2\n", [["1", "2"]]),
    ("\u{FEFF}\"a\",b\n1,2\n", [["1", "2"]]),
    ("b,x,a\n1,2,3\n", [["3", "1"]]),
    ("a,b\n\"x, \"\"y\"\"\",\"two\nlines\"\n", [["x, \"y\"", "two\nlines"]]),
    ("a,b\n\"two\r\nlines\",\r\n", [["two\r\nlines", "NULL"]]),
    ("a,b\n\"\",\n", [["NULL", "NULL"]]),
    ("a,b\n\n1,2\n\r\n3,4\n\n", [["1", "2"], ["3", "4"]]),
    ("a,b\nx\"y,5\"\n", [["x\"y", "5\""]]),
    ("a,b\nx\ry,\r\n", [["x\ry", "NULL"]]),
    ("a,b\n ü , ☃\n", [[" ü ", " ☃"]]),
    ("a,b\n", []),
    ("a,b", []),
  ])
  func `rows are read as RFC 4180 has them`(text: String, rows: [[String]]) throws {
    for pieceBytes in [1, 2, 3, 1000] {
      let reading = try RowReading.csv(Array(text.utf8), ab, pieceBytes: pieceBytes)
      #expect(reading.texts == rows)
      #expect(reading.bad == [])
    }
  }

  @Test(arguments: [
    ("a,b\n1\n2,3\n", ["2: it has 1 fields, the header 2"]),
    (
      "a,b\n1,2,3\n\"4\n4\",5,6\n7,8\n",
      ["2: it has 3 fields, the header 2", "3: it has 3 fields, the header 2"]
    ),
    ("a,b\n\"x\"y,2\n3,4\n", ["2: a quoted field goes on behind its closing quote"]),
  ])
  func `a bad row is told with its line and the next one is read`(text: String, bad: [String]) throws {
    let reading = try RowReading.csv(Array(text.utf8), ab)
    #expect(reading.bad == bad)
  }

  @Test func `a text that is not UTF-8 is a bad row`() throws {
    let reading = try RowReading.csv(Array("a,b\n".utf8) + [0xFF, 0x2C, 0x31, 0x0A] + Array("1,2".utf8), ab)
    #expect(reading.bad == ["2: 'a' is not UTF-8"])
    #expect(reading.texts == [["1", "2"]])
  }

  @Test(arguments: [
    ("", "the file is empty"), ("a,c\n", "the header has no column 'b'; it has a, c"),
    ("a,b,a\n", "the column 'a' 2 times"),
    ("a,b\n\"1,2\n3,4\n", "line 2: a quote is opened and never closed"),
    ("\"a\"x,b\n", "line 1: a quoted field"),
  ])
  func `a file that cannot be read on is refused whole`(text: String, reason: String) throws {
    let failure = try #require(throws: AttemptFailure.self) { try RowReading.csv(Array(text.utf8), ab) }
    #expect(failure.reason.text.contains(reason), "\(failure.reason.text)")
  }

  @Test(arguments: [
    (ColumnType.integer, "-12", RowBuffer.Field.integer(-12)),
    (.integer, "9223372036854775807", .integer(.max)),
    (.integer, "-9223372036854775808", .integer(.min)),
    (.integer, "007", .integer(7)),
    (.real, "1.5e3", .real(1500)),
    (.real, "-2", .real(-2)),
    (.numeric, "5", .integer(5)),
    (.numeric, "5.5", .real(5.5)),
    (.boolean, "True", .integer(1)),
    (.boolean, "f", .integer(0)),
    (.date, "2012-02-29", .text(0..<10)),
    (.timestamp, "2013-01-01T05:00:00.25Z", .text(0..<23)),
    (.timestamp, "2013-01-01 05:00", .text(0..<16)),
    (.timestamp, "2013-01-01 05:00:00+05:30", .text(0..<25)),
    (.text, "NA", .null),
    (.integer, "NA", .null),
    (.blob, "xyz", .blob(0..<3)),
    (.any, "5", .text(0..<1)),
  ])
  func `a field is what its column's type makes of it`(type: ColumnType, text: String, field: RowBuffer.Field)
    throws
  {
    let columns = [Column(name: "v", type: type)]
    let reading = try RowReading.csv(Array("v\n\(text)\n".utf8), columns, null: ["", "NA"])
    #expect(reading.bad == [])
    #expect(reading.rows == [[field]])
  }

  @Test(arguments: [
    (ColumnType.integer, "1.0", "whole number"), (.integer, "9223372036854775808", "whole number"),
    (.integer, "-9223372036854775809", "whole number"), (.integer, " 1", "whole number"),
    (.integer, "-", "whole number"), (.real, "nan", "number"), (.real, "1e999", "number"),
    (.real, "0x10", "number"), (.real, "1 ", "number"), (.numeric, "five", "number"),
    (.boolean, "yes", "boolean"), (.date, "2013-02-29", "date"), (.date, "2013-2-01", "date"),
    (.date, "2013-00-01", "date"), (.timestamp, "2013-01-01", "time"),
    (.timestamp, "2013-01-01 24:00", "time"), (.timestamp, "2013-01-01 05:00:00 EST", "time"),
    (.timestamp, "2013-01-01 05:00:00.", "time"),
  ])
  func `a text that is no value of its column's type is a bad row`(
    type: ColumnType, text: String, what: String
  ) throws {
    let reading = try RowReading.csv(Array("v\n\(text)\n".utf8), [Column(name: "v", type: type)])
    #expect(reading.rows == [])
    #expect(
      reading.bad.first?.hasPrefix("2: 'v' is '\(text)', which is no \(what)") == true, "\(reading.bad)")
  }

  @Test func `any bytes are rows, bad rows or refused, and pieces do not matter`() throws {
    var chance = SeededGenerator(seed: 4180)
    let pieces =
      [
        "a", "b", ",", "\n", "\r\n", "\"", "\"\"", "1", "x", "\r", "ü", "\u{FEFF}", "", "a,b\n", "\0", "-5",
      ].map { Array($0.utf8) } + [[0xFF], [0xC3]]
    let columns = [Column(name: "a", type: .text), Column(name: "b", type: .integer)]
    let folder = try TemporaryFolder()
    for _ in 0..<400 {
      var bytes = Array("a,b\n".utf8)
      if chance.fraction() < 0.2 { bytes = [] }
      for _ in 0..<Int.random(in: 0..<30, using: &chance) {
        bytes += pieces[Int.random(in: 0..<pieces.count, using: &chance)]
      }
      let whole = Result { try RowReading.csv(bytes, columns, pieceBytes: 4096, folder: folder) }
      let parts = Result { try RowReading.csv(bytes, columns, pieceBytes: 1, folder: folder) }
      switch (whole, parts) {
      case (.success(let first), .success(let second)): #expect(first == second, "\(bytes)")
      case (.failure(let first), .failure(let second)):
        #expect(first as? AttemptFailure == second as? AttemptFailure)
        #expect(first is AttemptFailure)
      default: Issue.record("pieces matter: \(bytes)")
      }
    }
  }
}
