import Basics
import Foundation
import TestKit
import Testing

@testable import Timetables

/// Random expressions, zones and moments against PyPI's cronsim, where there is a Python that has it.
@Suite(.enabled(if: CronSim.isPresent, Comment(rawValue: CronSim.absence)))
struct CronSimTests {
  private struct Row {
    var expression: String
    var zone: String
    var moment: Int64
    /// Nil: there is none.
    var next: Int64?
    var isOdd: Bool
  }

  @Test func `the next tick is that of cronsim, unless that has passed or does not exist`() throws {
    let seed = Sample.isWhole ? 2 : 1
    let script = PackageRoot.path + "/Tests/Proof/cronsim_rows.py"
    let lines = try CronSim.output(of: [script, Sample.isWhole ? "1000000" : "20000", String(seed)])
    var zones: [String: Zone] = [:]
    var (equal, explained) = (0, 0)
    for line in lines.split(separator: UInt8(ascii: "\n")) {
      let row = try Self.row(String(decoding: line, as: UTF8.self))
      if zones[row.zone] == nil { zones[row.zone] = try Zone(named: row.zone) }
      let zone = try #require(zones[row.zone])
      let next = try? CronExpression(parsing: row.expression).next(
        after: Instant(seconds: row.moment), in: zone)
      if next?.seconds == row.next {
        equal += 1
      } else if row.isOdd {
        explained += 1
      } else {
        let theirs = text(row.next.map(Instant.init(seconds:)), in: zone)
        Issue.record(
          """
          \(row.expression) in \(row.zone) after \(Instant(seconds: row.moment).rfc3339): \
          \(text(next ?? nil, in: zone)), and cronsim says \(theirs) (seed \(seed))
          """)
      }
    }
    print(
      "cronsim: \(equal) equal, \(explained) where its answer has passed, does not exist or does not come (seed \(seed))"
    )
    #expect(equal > (Sample.isWhole ? 990_000 : 19_800))
  }

  private static func row(_ line: String) throws -> Row {
    let fields = line.split(separator: "\t").map(String.init)
    try #require(fields.count == 5, "\(line)")
    return Row(
      expression: fields[0], zone: fields[1], moment: try #require(Int64(fields[2])),
      next: fields[4] == "never" ? nil : Int64(fields[3]),
      isOdd: ["imaginary", "past", "endless"].contains(fields[4]))
  }
}
