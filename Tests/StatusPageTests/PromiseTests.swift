import Basics
import MeshModel
import Records
import TestKit
import Testing
import Timetables

@testable import StatusPage

/// How old others let a pipeline's datasets become, in its row of the overview.
@Suite struct PromiseTests {
  private func row(_ page: PageFixture, _ name: String) throws -> JSONValue {
    let answer = try page.response("GET /api/v1/pipelines")
    let items = try #require(try JSONValue(parsing: answer.text.utf8)["items"]?.array)
    return try #require(items.first { $0["pipeline"]?.string == name })
  }

  @Test func `a promise is kept until the data is older than readers let it be`() throws {
    let page = try PageFixture(reading: "{d.a: {freshness: 2h}}")
    let renewed = try #require(try page.reader.renewal(of: DatasetName(domain: "d", name: "a")))
    for (age, isKept) in [(Duration.seconds(7199), true), (.seconds(7201), false)] {
      page.clock.setWall(to: renewed + age)
      let slo = try #require(try row(page, "d/p")["slo"])
      #expect(slo["within_ms"] == .integer(7_200_000))
      #expect(slo["renewed_at"] == .string(renewed.rfc3339))
      #expect(slo["kept"] == .boolean(isKept))
    }
    #expect(try row(page, "other/q")["slo"] == .null)
  }

  @Test func `what a skipped task leaves standing is as old as it was`() throws {
    let page = try PageFixture(reading: "{d.a: {freshness: 2h}}")
    let name = DatasetName(domain: "d", name: "a")
    let renewed = try #require(try page.reader.renewal(of: name))
    page.clock.setWall(to: renewed + .seconds(60))
    let owner = try StateOwner(opening: page.state, clock: page.clock)
    let skipped = Change.coveredAsSkipped(
      name, try PartitionCalendar(grain: .daily, zone: .utc).partition(key: "2020-01-01"),
      InstanceID(run: 2, task: 0), number: nil, at: page.clock.now)
    try owner.writer.commit([skipped])
    #expect(try page.reader.partition(of: name, key: "2020-01-01")?.standing == .skipped)
    #expect(try page.reader.renewal(of: name) == renewed)
    #expect(try #require(try row(page, "d/p")["slo"])["kept"] == .boolean(true))
  }

  @Test func `who reads by partitions asks for no freshness`() throws {
    #expect(try row(PageFixture(), "d/p")["slo"] == .null)
  }
}
