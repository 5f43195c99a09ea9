import Basics
import MeshModel
import Records
import TestKit
import Testing

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

  @Test func `who reads by partitions asks for no freshness`() throws {
    #expect(try row(PageFixture(), "d/p")["slo"] == .null)
  }
}
