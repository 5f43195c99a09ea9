import Basics
import TestKit
import Testing
import Threads

@testable import HTTPServer
@testable import StatusPage

@Suite struct RequestNamesTests {
  let clock = ManualClock()
  let complaints = Guarded([String]())

  func names() -> RequestNames {
    RequestNames(clock: clock) { [complaints] text in complaints.withLock { $0.append(text) } }
  }

  static func request(_ target: String) throws -> HTTPRequest {
    var parser = RequestParser()
    parser.take("GET \(target) HTTP/1.1\r\nhost: localhost\r\n\r\n".utf8)
    guard case .request(let request) = parser.next() else { throw RequestFailure.malformed("it is none") }
    return request
  }

  static let fault = Problem.unavailable("the disk is full").response

  @Test func `every answer has a name of its own, also over another start`() throws {
    let request = try Self.request("/api/v1/runs")
    let named = [names(), names()].flatMap { names in
      (0..<100).map { _ in names.named(HTTPResponse(.ok, text: "x"), to: request).headers["x-request-id"] }
    }
    #expect(Set(named.compactMap(\.self)).count == 200)
    #expect(complaints.withLock(\.isEmpty))
  }

  @Test func `a fault is complained about under the name that the reader sees`() throws {
    let answer = names().named(Self.fault, to: try Self.request("/api/v1/runs?limit=3"))
    let name = try #require(answer.headers["x-request-id"])
    #expect(
      complaints.withLock(\.self) == [
        "request \(name)  GET /api/v1/runs was answered with 503: the disk is full"
      ])
  }

  @Test func `a reader's own mistakes are no complaint`() throws {
    _ = names().named(Problem.notFound().response, to: try Self.request("/nowhere"))
    #expect(complaints.withLock(\.isEmpty))
  }

  @Test func `complaints come once a second, and say how many were not made`() throws {
    let names = names()
    for second in 0..<2 {
      for _ in 0..<5 { _ = names.named(Self.fault, to: try Self.request("/api/v1/\(second)")) }
      clock.advance(by: .seconds(1))
    }
    let said = complaints.withLock(\.self)
    #expect(said.count == 2)
    #expect(said.last?.hasSuffix("/api/v1/1 was answered with 503: the disk is full; 4 more like it") == true)
  }

  @Test func `a link that signs in is not written down`() throws {
    _ = names().named(Self.fault, to: try Self.request("/sign-in/secret"))
    #expect(complaints.withLock { $0.first?.contains("secret") } == false)
  }
}
