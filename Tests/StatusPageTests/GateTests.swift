import Basics
import HTTPServer
import MeshModel
import Orchestration
import TestKit
import Testing

@testable import StatusPage

/// Who comes in, and by which door.
struct GateTests {
  @Test func `another name is none of ours`() throws {
    let page = try PageFixture()
    let others = [
      "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.2", "localhost.",
    ]
    for host in others {
      #expect(try page.response("GET /healthz", fields: ["Host: \(host)"]).status == .misdirected)
    }
  }

  @Test func `a name that was given is ours`() throws {
    let page = try PageFixture(hosts: ["heddle.example.org"])
    #expect(try page.response("GET /healthz", fields: ["Host: Heddle.Example.ORG:80"]).status == .ok)
    #expect(try page.response("GET /healthz", fields: ["Host: [::1]:8080"]).status == .ok)
  }

  @Test func `another page changes nothing`() throws {
    let page = try PageFixture()
    let others = [
      "http://evil.example", "null", "https://localhost.evil.example", "http://localhost:81", "",
    ]
    for origin in others {
      let fields = ["Host: localhost:8080", "Origin: \(origin)"]
      let answer = try page.response("POST /api/v1/pipelines/d/p/pause", as: "admin", fields: fields)
      #expect(answer.status == .forbidden)
    }
  }

  @Test func `our own page does`() throws {
    let page = try PageFixture()
    let fields = ["Host: localhost:8080", "Origin: http://localhost:8080", "Sec-Fetch-Site: same-origin"]
    let line = "POST /api/v1/pipelines/d/p/pause"
    #expect(try page.response(line, as: "admin", fields: fields).status == .accepted)
    let other = ["Host: localhost:8080", "Sec-Fetch-Site: cross-site"]
    #expect(try page.response(line, as: "admin", fields: other).status == .forbidden)
  }

  @Test func `a cookie alone changes nothing, and with its counterpart it does`() throws {
    let page = try PageFixture()
    let text = try #require(page.tokens["operator"])
    let cookie = "Cookie: a=b; heddle_session=\(text)"
    let line = "POST /api/v1/pipelines/d/p/pause"
    #expect(try page.response(line, fields: [cookie]).status == .forbidden)
    let wrong = "X-Heddle-CSRF: \(Gate.counterpart(of: text + "x"))"
    #expect(try page.response(line, fields: [cookie, wrong]).status == .forbidden)
    let right = "X-Heddle-CSRF: \(Gate.counterpart(of: text))"
    #expect(try page.response(line, fields: [cookie, right]).status == .accepted)
    #expect(
      try page.response("GET /api/v1/session", fields: [cookie]).text.contains(Gate.counterpart(of: text)))
  }

  @Test func `a token that is revoked or expired opens nothing any more`() throws {
    let page = try PageFixture()
    let line = "GET /api/v1/pipelines/d/p/definition"
    #expect(try page.response(line, as: "viewer").status == .ok)
    try page.ask(.revokeToken(try #require(TokenText.id(in: page.tokens["viewer"] ?? ""))))
    #expect(try page.response(line, as: "viewer").status == .unauthorized)
    let short = try page.addToken("short", .viewer, expires: page.clock.now + .seconds(10))
    let header = "Authorization: Bearer \(short)"
    #expect(try page.response(line, fields: [header]).status == .ok)
    page.clock.advance(by: .seconds(10))
    #expect(try page.response(line, fields: [header]).status == .unauthorized)
  }

  @Test func `a token that is nearly right opens nothing`() throws {
    let page = try PageFixture()
    let text = try #require(page.tokens["admin"])
    for wrong in [
      String(text.dropLast()), text + "0", text.uppercased(), String(text.dropLast()) + "g", "hdl__",
    ] {
      let header = "Authorization: Bearer \(wrong)"
      #expect(try page.response("GET /api/v1/runs", fields: [header]).status == .unauthorized)
    }
  }

  @Test func `who guesses is not heard for a while`() throws {
    let page = try PageFixture()
    let guess = "{\"token\": \"hdl_00000000_0\"}"
    for _ in 0..<10 {
      #expect(try page.response("POST /api/v1/session", body: guess).status == .unauthorized)
    }
    let refused = try page.response("POST /api/v1/session", body: guess)
    #expect(refused.status == .tooManyRequests && refused.headers["retry-after"] != nil)
    #expect(try page.response("POST /api/v1/session", body: guess, peer: "10.0.0.9").status == .unauthorized)
    // Others at the same address guess in vain, and keep nobody out.
    #expect(try page.response("GET /api/v1/runs", as: "admin").status == .ok)
    page.clock.advance(by: .seconds(61))
    #expect(try page.response("POST /api/v1/session", body: guess).status == .unauthorized)
  }

  @Test func `wrong cookies are guesses, and an old one is a single one`() throws {
    let page = try PageFixture()
    let guess = "{\"token\": \"hdl_00000000_0\"}"
    func cookie(_ text: String) throws -> HTTPStatus {
      try page.response("GET /api/v1/pipelines", fields: ["Cookie: heddle_session=\(text)"]).status
    }
    for _ in 0..<50 { #expect(try cookie("hdl_00000000_old") == .ok) }
    for number in 0..<8 { #expect(try cookie("hdl_00000000_\(number)") == .ok) }
    #expect(try page.response("POST /api/v1/session", body: guess).status == .unauthorized)
    #expect(try page.response("POST /api/v1/session", body: guess).status == .tooManyRequests)
    // Who has an old cookie is still let in by a right token.
    #expect(try cookie("hdl_00000000_old") == .ok)
    let token = "{\"token\": \"\(try #require(page.tokens["viewer"]))\"}"
    let old = ["Cookie: heddle_session=hdl_00000000_old"]
    #expect(try page.response("POST /api/v1/session", fields: old, body: token).status == .ok)
  }

  @Test func `a link signs in once`() throws {
    let page = try PageFixture()
    let code = try #require(page.links.make())
    #expect(try page.response("HEAD /sign-in/\(code)").status == .methodNotAllowed)
    guard case .ask(.createToken(let token), _, let then) = try page.answer("GET /sign-in/\(code)") else {
      Issue.record("the link does not sign in")
      return
    }
    #expect(token.role == .admin)
    let answer = then(.done(""))
    #expect(answer.status == .seeOther)
    let cookie = try #require(answer.headers["set-cookie"])
    #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && cookie.contains("Path=/;"))
    #expect(try page.response("GET /sign-in/\(code)").headers["location"] == "/?sign-in=expired")
  }

  @Test func `a link that lies about is worth nothing`() throws {
    let page = try PageFixture()
    let code = try #require(page.links.make())
    page.clock.advance(by: .seconds(900))
    #expect(try page.response("GET /sign-in/\(code)").headers["location"] == "/?sign-in=expired")
  }

  @Test func `only a proxy of ours says where somebody comes from`() throws {
    let page = try PageFixture(proxies: ["10.0.0.2"])
    let guess = "{\"token\": \"x\"}"
    for number in 0..<10 {
      // What another one says changes each time and counts for nothing.
      let fields = ["X-Forwarded-For: 1.2.3.\(number)"]
      _ = try page.response("POST /api/v1/session", fields: fields, body: guess, peer: "10.0.0.3")
    }
    #expect(
      try page.response("POST /api/v1/session", body: guess, peer: "10.0.0.3").status == .tooManyRequests)
    for _ in 0..<10 {
      let fields = ["X-Forwarded-For: 9.9.9.9, 1.2.3.4"]
      _ = try page.response("POST /api/v1/session", fields: fields, body: guess, peer: "10.0.0.2")
    }
    let same = ["X-Forwarded-For: 1.2.3.4"]
    #expect(
      try page.response("POST /api/v1/session", fields: same, body: guess, peer: "10.0.0.2").status
        == .tooManyRequests)
    let other = ["X-Forwarded-For: 1.2.3.5"]
    #expect(
      try page.response("POST /api/v1/session", fields: other, body: guess, peer: "10.0.0.2").status
        == .unauthorized)
  }
}
