import Basics
import Glibc
import HTTPServer
import MeshModel
import Orchestration
import Records
import TestKit
import Testing

@testable import StatusPage

/// What the routes say of a small mesh, without a socket.
struct RouterTests {
  private static let readings = [
    "/api/v1/system", "/api/v1/pipelines", "/api/v1/pipelines/d/p", "/api/v1/pipelines/d/p/grid",
    "/api/v1/pipelines/d/p/graph", "/api/v1/pipelines/d/p/calendar?year=2020",
    "/api/v1/pipelines/d/p/definition",
    "/api/v1/pipelines/d/p/schedule", "/api/v1/pipelines/d/p/explain", "/api/v1/pipelines/other/q/explain",
    "/api/v1/runs", "/api/v1/runs/2", "/api/v1/runs/2/tasks", "/api/v1/runs/2/tasks/b/0",
    "/api/v1/runs/2/graph",
    "/api/v1/runs/2/timeline", "/api/v1/runs/2/events", "/api/v1/runs/2/explain",
    "/api/v1/runs/2/tasks/b/0/attempts/1/log", "/api/v1/runs/2/tasks/b/0/attempts/1/log/search?q=tw",
    "/api/v1/runs/2/tasks/b/0/attempts/1/log/search?level=warning&q=tw",
    "/api/v1/backfills", "/api/v1/datasets", "/api/v1/datasets/d.a", "/api/v1/datasets/d.a/partitions",
    "/api/v1/datasets/d.a/lineage", "/api/v1/alerts", "/api/v1/alerts?all=true&kind=run_failed&select=d/p",
    "/api/v1/alerts/1", "/api/v1/silences", "/api/v1/openapi.json",
  ]

  @Test func `each reading is an object with a tag, which spares the same again`() throws {
    let page = try PageFixture()
    for path in Self.readings {
      let first = try page.response("GET \(path)", as: "viewer")
      #expect(first.status == .ok, "\(first.text)")
      _ = try JSONValue(parsing: first.text.utf8)
      let tag = try #require(first.headers["etag"])
      let again = try page.response("GET \(path)", as: "viewer", fields: ["If-None-Match: \"x\", W/\(tag)"])
      #expect(again.status == .notModified)
      #expect(again.text.isEmpty)
      let head = try page.response("HEAD \(path)", as: "viewer")
      #expect(head.status == .ok && head.headers["etag"] == tag)
    }
  }

  @Test func `the verdict names the first failure and shows its log to who may see it`() throws {
    let page = try PageFixture()
    let verdict = try #require(try page.json("GET /api/v1/runs/2", as: "viewer")["verdict"])
    #expect(verdict["failure"]?["task"]?.string == "b")
    #expect(verdict["failure"]?["log"]?.array?.compactMap(\.string) == ["one", "two"])
    let hidden = try #require(try page.json("GET /api/v1/runs/2")["verdict"])
    #expect(hidden["failure"]?["log"] == .null)
    #expect(try page.json("GET /api/v1/runs/2")["params"] == .null)
  }

  @Test func `pages follow one another without a gap`() throws {
    let page = try PageFixture()
    var seen: [String] = []
    var cursor = ""
    repeat {
      let answer = try page.json("GET /api/v1/pipelines?limit=1\(cursor)")
      seen += answer["items"]?.array?.compactMap { $0["pipeline"]?.string } ?? []
      cursor = answer["next"]?.string.map { "&cursor=\($0.replacing("/", with: "%2F"))" } ?? ""
    } while !cursor.isEmpty
    #expect(seen == ["d/p", "other/q"])
  }

  private static let nonsense = [
    ("GET /api/v1/runs?limt=1", 400), ("GET /api/v1/runs?limit=0", 400), ("GET /api/v1/runs?limit=501", 400),
    ("GET /api/v1/runs?limit=1&limit=2", 400), ("GET /api/v1/runs?limit=+1", 400),
    ("GET /api/v1/runs?limit=01", 400), ("GET /api/v1/runs?state=mad", 400),
    ("GET /api/v1/runs?cursor=mad", 400),
    ("GET /api/v1/runs?pipeline=nothing", 400), ("GET /api/v1/runs?backfill=12", 400),
    ("GET /api/v1/runs?state=failed,", 400), ("GET /api/v1/runs?cursor=9007199254740992", 400),
    ("GET /api/v1/pipelines?domain=Sales", 400), ("GET /api/v1/pipelines?cursor=", 400),
    ("GET /api/v1/runs/2/tasks?state=mad", 400), ("GET /api/v1/events?scope=run:0", 400),
    ("GET /api/v1/runs/2/tasks/b/0/attempts/1/log/search", 400),
    ("GET /api/v1/runs/2/tasks/b/0/attempts/1/log/search?q=", 400),
    ("GET /api/v1/runs/2/tasks/b/0/attempts/1/log/search?level=info", 400),
    ("GET /api/v1/runs/2/tasks/b/0/attempts/1/log/search?level=error&level=error", 400),
    ("GET /api/v1/pipelines?select=(", 422), ("GET /api/v1/pipelines?select=nobody/nothing", 404),
    ("GET /api/v1/runs/0", 404), ("GET /api/v1/runs/01", 404), ("GET /api/v1/runs/-1", 404),
    ("GET /api/v1/runs/99999999999999999999", 404), ("GET /api/v1/runs/3", 404),
    ("GET /api/v1/runs/2/tasks/nothing/0", 404), ("GET /api/v1/runs/2/tasks/b/1", 404),
    ("GET /api/v1/pipelines/d/nothing", 404), ("GET /api/v1/pipelines/D/p", 404),
    ("GET /api/v1/datasets/d.nothing", 404), ("GET /api/v1/datasets/d", 404), ("PUT /api/v1/runs", 405),
    ("POST /api/v1/runs", 405), ("DELETE /api/v1/runs/2", 405), ("GET /api/v2/runs", 404),
    ("GET /favicon.ico", 404),
  ]

  @Test func `what makes no sense is refused with its reason`() throws {
    let page = try PageFixture()
    for (line, status) in Self.nonsense {
      let answer = try page.response(line)
      #expect(answer.status.code == status, "\(line): \(answer.text)")
      #expect(answer.headers["content-type"] == "application/problem+json")
      #expect((status == 405) == (answer.headers["allow"] != nil))
    }
  }

  private static let bodies = [
    ("{", 400), ("[]", 400), ("{\"scope\": 1}", 400), ("{\"mad\": 1}", 400), ("{\"scope\": \"mad\"}", 400),
    ("{\"scope\": \"from\"}", 422), ("{\"task\": \"a\"}", 422),
    ("{\"scope\": \"all\", \"scope\": \"failed\"}", 400), ("{}", 202),
    ("{\"scope\": null}", 202), ("{\"scope\": \"from\", \"task\": \"a\"}", 202),
  ]

  @Test func `a body is read to the letter`() throws {
    let page = try PageFixture()
    for (body, status) in Self.bodies {
      let answer = try page.response("POST /api/v1/runs/2/retry", as: "operator", body: body)
      #expect(answer.status.code == status, "\(answer.text)")
    }
  }

  private static let sent = [
    ("backfills/plan", "{\"select\": \"*\", \"max_active\": 0}", 400),
    ("backfills/plan", "{\"select\": \"*\", \"max_active\": 100001}", 400),
    ("backfills/plan", "{\"select\": \"*\", \"from\": \"2020-01-01\"}", 422),
    ("backfills/plan", "{\"select\": \"other/q\", \"max_active\": 2.0}", 200),
    ("backfills/plan", "{\"select\": \"other/q\", \"max_active\": 2.5}", 400),
    ("backfills/plan", "{\"select\": \"\"}", 400), ("backfills/plan", "{\"select\": \"(\"}", 422),
    ("backfills/plan", "{\"select\": \"d/nothing\"}", 404),
    ("silences", "{\"select\": \"d/*\", \"for\": \"soon\"}", 422),
    ("silences", "{\"select\": \"d/*\", \"for\": \"\"}", 400),
    ("silences", "{\"select\": \"d/*\", \"for\": \"367d\"}", 422),
    ("commands", "{\"words\": []}", 400), ("commands", "{\"words\": [\"runs\", 1]}", 400),
  ]

  @Test func `what contradicts the document is a bad request, what it cannot say is not carried out`() throws
  {
    let page = try PageFixture()
    for (path, body, status) in Self.sent {
      let answer = try page.response("POST /api/v1/\(path)", as: "operator", body: body)
      #expect(answer.status.code == status, "\(path) \(body): \(answer.text)")
    }
  }

  @Test func `a body of another type is refused`() throws {
    let page = try PageFixture()
    let fields = ["Content-Type: text/plain", "Content-Length: 0"]
    let line = "POST /api/v1/runs/2/retry"
    #expect(try page.response(line, as: "operator", fields: fields).status == .accepted)
    var answer = try page.answer(line, as: "operator", body: "{\"files\": \"kept\"}")
    guard case .ask(.retry(let wish), _, _) = answer else {
      Issue.record("nothing is retried")
      return
    }
    #expect(wish.files == .kept && wish.runs == [2])
    answer = try page.answer("POST /api/v1/runs/2/cancel", as: "operator")
    guard case .ask(.cancel(.run(2)), _, _) = answer else {
      Issue.record("nothing is cancelled")
      return
    }
  }

  @Test func `a plan that is sent back is asked of the loop, and a stale one is not`() throws {
    let page = try PageFixture()
    let ask = "\"select\": \"d/p\", \"from\": \"2020-01-01\", \"to\": \"2020-01-03\""
    let plan = try page.json("POST /api/v1/backfills/plan", as: "operator", body: "{\(ask)}")
    #expect(plan["runs"]?.integer == 2)
    let digest = try #require(plan["plan"]?.string)
    let line = "POST /api/v1/backfills"
    let right = try page.answer(line, as: "operator", body: "{\(ask), \"plan\": \"\(digest)\"}")
    guard case .ask(.backfill(let asked), _, _) = right else {
      Issue.record("nothing is asked")
      return
    }
    #expect(asked.words == "backfill d/p --from 2020-01-01 --to 2020-01-03")
    let stale = try page.response(line, as: "operator", body: "{\(ask), \"plan\": \"x\"}")
    #expect(stale.status == .conflict && stale.text.contains("plan_stale"))
  }

  @Test func `a plan tells a token of its own domains only`() throws {
    let page = try PageFixture(address: "192.0.2.2:8080", hosts: ["localhost"])
    let line = "POST /api/v1/backfills/plan"
    let body = #"{"select": "d/p", "from": "2020-01-02", "to": "2020-01-03", "mode": "failed"}"#
    let whole = try page.json(line, as: "operator", body: body)
    let stays = try #require(whole["stays"]?.array)
    #expect(stays.compactMap { $0["partition"]?.string } == ["2020-01-02", "2020-01-03"])
    #expect(stays.allSatisfy { $0["good"] == .boolean(false) })
    #expect(whole["standing"] == .integer(0))
    let others = try page.json(line, as: "elsewhere", body: body)
    #expect(others["stays"]?.array?.isEmpty == true && others["runs"] == .integer(0))
    let make = #"{"select": "d/p", "from": "2020-01-02", "to": "2020-01-03"}"#
    #expect(try page.response(line, as: "elsewhere", body: make).status == .forbidden)
  }

  @Test func `the document of the API has every route that the table has`() throws {
    let document = try JSONValue(parsing: DocumentRoutes.document(of: RouteTable.all, version: "1"))
    for route in RouteTable.all where route.pattern.text.hasPrefix("/api/") {
      let entry = document["paths"]?[route.pattern.text]?[route.method.lowercased()]
      #expect(entry != nil, "\(route.method) \(route.pattern.text)")
      let places = entry?["parameters"]?.array?.filter { $0["in"]?.string == "path" } ?? []
      #expect(places.count == route.pattern.kinds.count)
    }
  }

  @Test func `of parameters that stand for one another the document asks for one`() throws {
    let document = try JSONValue(parsing: DocumentRoutes.document(of: RouteTable.all, version: "1"))
    let path = "/api/v1/runs/{run}/tasks/{task}/{index}/attempts/{attempt}/log/search"
    let parameters = document["paths"]?[path]?["get"]?["parameters"]?.array ?? []
    let either = try #require(parameters.first { $0["name"]?.string == "q_or_level" })
    #expect(either["required"] == .boolean(true) && either["explode"] == .boolean(true))
    #expect(either["schema"]?["minProperties"]?.integer == 1)
    #expect(either["schema"]?["properties"]?["q"]?["maxLength"]?.integer == 500)
    let levels = either["schema"]?["properties"]?["level"]?["enum"]?.array?.compactMap(\.string)
    #expect(levels == ["warning", "error"])
  }

  @Test func `the lines of a log are searched by text, by level and by both`() throws {
    let page = try PageFixture()
    let attempt = AttemptID(instance: InstanceID(run: 2, task: 1), number: 1)
    let log = try GrowingFile(page.state.log(of: attempt, task: "b"))
    log.append("WARNING: low on one\nERROR: one is broken\nERROR: two is broken\n")
    let line = "GET /api/v1/runs/2/tasks/b/0/attempts/1/log/search?"
    for (query, wanted) in [
      ("q=one", [1, 3, 4]), ("level=warning", [3, 4, 5]), ("level=error", [4, 5]),
      ("level=error&q=ONE", [4]), ("level=error&q=low", []),
    ] {
      let found = try page.json(line + query, as: "viewer")["items"]?.array ?? []
      #expect(found.map { $0.array?.first?.integer } == wanted.map { Int64($0) }, "\(query)")
    }
    let refused = try page.response(line + "limit=1", as: "viewer")
    #expect(refused.status == .badRequest && refused.text.contains("'q' and 'level' are missing"))
  }

  @Test func `a stretch of a log is sent as asked for`() throws {
    let page = try PageFixture()
    let line = "GET /api/v1/runs/2/tasks/b/0/attempts/1/log.txt"
    let whole = try page.response(line, as: "viewer")
    #expect(whole.status == .ok && whole.headers["content-type"] == "text/plain; charset=utf-8")
    let part = try page.response(line, as: "viewer", fields: ["Range: bytes=4-6"])
    #expect(part.status == .partialContent && part.headers["content-range"] == "bytes 4-6/8")
    let outside = try page.response(line, as: "viewer", fields: ["Range: bytes=99-"])
    #expect(outside.status == .rangeNotSatisfiable && outside.headers["content-range"] == "bytes */8")
    let unsure = try page.response(line, as: "viewer", fields: ["Range: bytes=4-6", "If-Range: \"x\""])
    #expect(unsure.status == .ok && unsure.headers["content-range"] == nil)
  }

  @Test func `a log that is a link elsewhere shows nothing`() throws {
    let page = try PageFixture()
    let line = "GET /api/v1/runs/2/tasks/b/0/attempts/1/log"
    let attempt = AttemptID(instance: InstanceID(run: 2, task: 1), number: 1)
    let log = page.state.log(of: attempt, task: "b")
    #expect(unlink(log) == 0 && symlink("/etc/passwd", log) == 0)
    #expect(try page.response(line + ".txt", as: "viewer").status == .notFound)
    #expect(try page.response(line, as: "viewer").text.contains("root") == false)
    #expect(try page.response("GET /api/v1/runs/2", as: "viewer").text.contains("root:") == false)
  }

  @Test(
    arguments: [
      ("bytes=0-0", .part(0..<1)), ("bytes=5-", .part(5..<10)), ("bytes=-3", .part(7..<10)),
      ("Bytes=-99", .part(0..<10)), ("bytes=2-99", .part(2..<10)),
      ("bytes=3-99999999999999999999", .part(3..<10)),
      ("bytes=10-", .outside), ("bytes=-0", .outside), ("bytes=99999999999999999999-", .outside),
      ("bytes=5-4", .whole), ("bytes=-", .whole), ("bytes=0-1,3-4", .whole), ("bytes=a-b", .whole),
      ("lines=0-1", .whole), ("bytes", .whole), ("", .whole), ("bytes=--1", .whole),
    ] as [(String, ByteRange)])
  func `a range is one range of bytes, or as good as none`(header: String, range: ByteRange) {
    #expect(ByteRange(header, of: 10) == range)
  }
}

extension RouterTests {
  @Test func `a failed run is among the alerts, and who may says that they know of it`() throws {
    let page = try PageFixture()
    let listed = try page.json("GET /api/v1/alerts")
    #expect(listed["items"]?.array?.compactMap { $0["subject"]?.string } == ["d/p@2020-01-01"])
    #expect(listed["open"]?["run_failed"]?.integer == 1)
    #expect(try page.json("GET /api/v1/system")["unacknowledged_alerts"]?.integer == 1)
    let answer = try page.answer(
      "POST /api/v1/alerts/1/ack", as: "operator", body: #"{"note": "seen"}"#)
    guard case .ask(.acknowledge([1], "seen"), _, _) = answer else {
      Issue.record("\(answer)")
      return
    }
    #expect(try page.response("GET /api/v1/alerts/9").status == .notFound)
  }

  @Test(arguments: [
    ("other/*", true), ("other/q", true), ("domain:other", true), ("*", false), ("other/q+", false),
    ("d/p", false), ("other/q d/p", false), ("tag:x", false),
  ])
  func `who is limited to domains silences by their names alone`(selector: String, may: Bool) throws {
    let page = try PageFixture()
    let body = #"{"select": "\#(selector)", "for": "2h"}"#
    if may {
      guard
        case .ask(.silence(selector, .seconds(7200), nil), _, _) = try page.answer(
          "POST /api/v1/silences", as: "elsewhere", body: body)
      else { throw CancellationError() }
    } else {
      #expect(try page.response("POST /api/v1/silences", as: "elsewhere", body: body).status == .forbidden)
    }
  }
}
