import Basics
import HTTPServer
import MeshModel
import Orchestration
import Records
import TestKit
import Testing
import Threads

@testable import HTTPServer
@testable import StatusPage

/// Who may see what from where, and what each may take of the server.
struct AdmissionTests {
  @Test func `who comes through a proxy from elsewhere signs in, and who works on the machine need not`()
    throws
  {
    let page = try PageFixture(proxies: ["127.0.0.1"])
    let line = "GET /api/v1/runs"
    let others = [
      [], ["X-Forwarded-For: 9.9.9.9"], ["X-Forwarded-For: 127.0.0.1, 9.9.9.9"],
      ["X-Forwarded-For: 9.9.9.9, 127.0.0.1"], ["X-Forwarded-For: unknown"], ["X-Forwarded-For: 127.1"],
    ]
    for fields in others { #expect(try page.response(line, fields: fields).status == .unauthorized) }
    #expect(try page.response(line, fields: ["X-Forwarded-For: ::1"]).status == .ok)
    #expect(try page.response(line, as: "viewer", fields: ["X-Forwarded-For: 9.9.9.9"]).status == .ok)
    let plain = try PageFixture()
    #expect(try plain.response(line, fields: ["X-Forwarded-For: 9.9.9.9"]).status == .ok)
  }

  @Test func `signing out ends what the link gave, and not a token that was typed`() throws {
    let page = try PageFixture()
    let text = try page.addToken(TokenRecord.browser, .admin, expires: nil)
    func signOut(_ text: String) throws -> Route.Answer {
      try page.answer(
        "DELETE /api/v1/session",
        fields: ["Cookie: heddle_session=\(text)", "X-Heddle-CSRF: \(Gate.counterpart(of: text))"])
    }
    guard case .ask(.revokeToken(let id), _, let then) = try signOut(text) else {
      Issue.record("the token stays")
      return
    }
    #expect(id == TokenText.id(in: text))
    let left = then(.done(""))
    #expect(left.status == .noContent && left.headers["set-cookie"]?.contains("Max-Age=0") == true)
    #expect(then(.refused(kind: .environment, message: "x", help: nil)).status == .unavailable)
    guard case .response(let answer) = try signOut(page.tokens["admin"] ?? "") else {
      Issue.record("a typed token is revoked")
      return
    }
    #expect(answer.status == .noContent)
  }

  @Test func `backfills of other domains are not shown to who is limited to some`() throws {
    let page = try PageFixture(address: "10.0.0.1:8080")
    let ask = "\"select\": \"d/p\", \"from\": \"2020-01-05\", \"to\": \"2020-01-06\""
    let plan = try page.json("POST /api/v1/backfills/plan", as: "operator", body: "{\(ask)}")
    guard
      case .ask(let request, _, _) = try page.answer(
        "POST /api/v1/backfills", as: "operator",
        body: "{\(ask), \"plan\": \"\(plan["plan"]?.string ?? "")\"}")
    else {
      Issue.record("nothing is asked")
      return
    }
    try page.ask(request)
    #expect(try page.json("GET /api/v1/backfills", as: "viewer")["items"]?.array?.count == 1)
    #expect(try page.json("GET /api/v1/backfills", as: "elsewhere")["items"]?.array?.isEmpty == true)
    #expect(try page.response("GET /api/v1/backfills/b1", as: "viewer").status == .ok)
    #expect(try page.response("GET /api/v1/backfills/b1", as: "elsewhere").status == .notFound)
  }

  @Test func `a page of partitions goes on where the one before ended`() throws {
    let page = try PageFixture()
    for day in 2...6 {
      try page.ask(
        .mark(dataset: DatasetName(domain: "d", name: "a"), partition: "2020-01-0\(day)", as: .present))
    }
    var (keys, cursor): ([String], String?) = ([], nil)
    repeat {
      let path = "GET /api/v1/datasets/d.a/partitions?limit=2" + (cursor.map { "&cursor=\($0)" } ?? "")
      let found = try page.json(path)
      keys += found["items"]?.array?.compactMap { $0["partition"]?.string } ?? []
      cursor = found["next"]?.string
    } while cursor != nil
    #expect(keys == (1...6).reversed().map { "2020-01-0\($0)" })
    let path = "GET /api/v1/datasets/d.a/partitions?from=2020-01-02&to=2020-01-03"
    for (cursor, wanted) in [("", [3, 2]), ("&cursor=2020-01-03", [2]), ("&cursor=2020-01-05", [3, 2])] {
      let some = try page.json(path + cursor)["items"]?.array?.compactMap { $0["partition"]?.string }
      #expect(some == wanted.map { "2020-01-0\($0)" })
    }
  }

  @Test func `plans and explanations are built anew only when something has happened`() throws {
    let page = try PageFixture()
    let world = page.world
    _ = try world.services.planning.planning(world)
    _ = try world.services.planning.planning(world)
    _ = try world.services.planning.explaining(world)
    _ = try world.services.planning.explaining(world)
    #expect(world.services.planning.builds.withLock { $0 } == 2)
    page.clock.advance(by: .seconds(6))
    _ = try world.services.planning.explaining(world)
    #expect(world.services.planning.builds.withLock { $0 } == 3)
    try page.ask(.pause(.pipeline(PipelineName(domain: "d", name: "p"))))
    _ = try world.services.planning.planning(world)
    _ = try world.services.planning.explaining(world)
    #expect(world.services.planning.builds.withLock { $0 } == 5)
  }

  @Test func `what is asked again within a second is made anew only when something has happened`() throws {
    let page = try PageFixture()
    var world = page.world
    func ask(as token: String? = nil) throws -> HTTPResponse? {
      guard
        case .response(let response) = try page.answer("GET /api/v1/runs/1/timeline", as: token, in: world)
      else { return nil }
      return response
    }
    let first = try #require(try ask())
    page.clock.advance(by: .milliseconds(900))
    let second = try #require(try ask())
    #expect(second.text == first.text && second.headers == first.headers)
    // Somebody else may be told something else.
    #expect(try ask(as: "viewer")?.text != first.text)
    page.clock.advance(by: .milliseconds(200))
    let late = try ask()
    #expect(late?.text != first.text)
    page.clock.advance(by: .milliseconds(100))
    #expect(try ask()?.text == late?.text)
    world.release.edition += 1
    let anew = try ask()
    #expect(anew?.text != late?.text)
    page.clock.advance(by: .milliseconds(100))
    try page.ask(.pause(.pipeline(PipelineName(domain: "d", name: "p"))))
    #expect(try ask()?.text != anew?.text)
  }

  @Test func `a loop that says nothing is answered for in time`() throws {
    let deadlines = try Deadlines(clock: SystemClock())
    defer { deadlines.end() }
    let answers = Mailbox<String>()
    let late = deadlines.answer(within: .milliseconds(20), late: "late") { answers.post($0) }
    #expect(answers.take() == ["late"])
    late("after all")
    let soon = deadlines.answer(within: .seconds(60), late: "late") { answers.post($0) }
    soon("in time")
    #expect(answers.take() == ["in time"])
    let page = try PageFixture()
    guard case .ask(.hello, let span, let then) = try page.answer("GET /readyz") else {
      Issue.record("nobody is asked")
      return
    }
    #expect(span <= .seconds(2))
    let answer = then(.refused(kind: .environment, message: "the loop does not answer", help: nil))
    #expect(answer.status == .unavailable && answer.text.contains("\"ready\":false"))
    let ready = then(Self.hello)
    #expect(
      ready.status == .ok && ready.text.contains("\"ready\":true")
        && ready.text.contains("\"tick_age_ms\":null"))
  }

  private static let hello = ControlReply.hello(
    version: "1", pid: 1, startedAt: Instant(seconds: 0), isDaemon: true, workers: 3)

  @Test func `the figures tell of slots, and who takes them`() throws {
    let page = try PageFixture()
    guard case .ask(.hello, _, let then) = try page.answer("GET /metrics") else {
      Issue.record("nobody is asked")
      return
    }
    let text = then(Self.hello).text
    let open = try page.world.reader.openInstances()
    #expect(text.contains("\nheddle_slots{kind=\"workers\"} 3.0\n"))
    for (name, state) in [("used", InstanceState.running), ("waiting", .queued)] {
      let count = Double(open[state] ?? 0)
      #expect(text.contains("\nheddle_slots_\(name){kind=\"workers\"} \(count)\n"))
      #expect(text.contains("\nheddle_slots_\(name){kind=\"domain\",name=\"d\"} \(count)\n"))
    }
    #expect(!text.contains("heddle_slots{kind=\"domain\""))
    #expect(
      !then(.refused(kind: .environment, message: "no", help: nil)).text.contains(
        "heddle_slots{kind=\"workers\""))
  }

  @Test func `streams are counted, for each address and in all`() throws {
    let count = StreamCount(mostOfOne: 2, most: 3)
    let leave = try #require(count.admit("a"))
    #expect(count.admit("a") != nil && count.admit("a") == nil)
    #expect(count.admit("b") != nil && count.admit("c") == nil)
    leave()
    #expect(count.admit("c") != nil && count.admit("d") == nil)
  }

  @Test func `who follows hears that the record cannot be read, and is let go`() throws {
    let page = try PageFixture()
    let lost = PageSettings(
      address: page.settings.address, state: StateDirectory(root: page.folder.file("nowhere")),
      project: page.folder.path, version: "1", workers: 1)
    let feed = try EventFeed(settings: lost, clock: SystemClock(), startedAt: page.clock.now)
    defer { feed.end() }
    let stream = EventStream()
    let ended = Mailbox<Bool>()
    stream.atEnd { ended.post(true) }
    feed.follow(stream, EventWish(after: nil, runs: [], domains: nil, token: nil))
    _ = ended.take()
    guard case .bytes(let bytes) = stream.supply() else {
      Issue.record("nothing is said")
      return
    }
    #expect(String(decoding: bytes, as: UTF8.self).hasPrefix("event: failure\n"))
  }
}
