import HTTPServer
import MeshModel
import Testing

@testable import StatusPage

/// Every route, for everybody, by every name that it might be reached by.
struct AccessTests {
  /// A path of a route, with something in each of its places that is there.
  private static func path(of route: Route) -> String {
    let samples: [PathPattern.Kind: String] = [
      .domain: "d", .pipeline: "p", .dataset: "d.a", .run: "2", .task: "b", .index: "0", .attempt: "1",
      .backfill: "b1", .alert: "1", .silence: "1", .code: "abc",
    ]
    let parts = route.pattern.parts.map { part in
      switch part {
      case .word(let word): word
      case .value(let kind): samples[kind] ?? ""
      case .rest: "2"
      }
    }
    return "/" + parts.joined(separator: "/")
  }

  /// What must stand behind the path.
  private static func query(of route: Route) -> String {
    route.parameters.first(where: \.isAlternative).map { "?\($0.name)=x" } ?? ""
  }

  /// A body that a route takes.
  private static func body(of route: Route) -> String? {
    guard let members = route.body else { return nil }
    let samples = ["select": "*", "as": "success", "for": "1h"]
    let values = members.filter(\.isRequired).map { member in
      let value = samples[member.name] ?? "x"
      return "\"\(member.name)\": " + (member.kind == .array ? "[\"x\"]" : "\"\(value)\"")
    }
    return "{\(values.joined(separator: ", "))}"
  }

  /// Whether the table says that somebody may.
  private static func mayAsk(_ route: Route, _ name: String?, readsStates: Bool) -> Bool {
    let who = PageFixture.roles.first { $0.name == name }
    switch route.access {
    case .open: return true
    case .states:
      if readsStates { return true }
      return who.map { isInDomain(route, $0.domains) } ?? false
    case .role(let role): return who.map { $0.role >= role && isInDomain(route, $0.domains) } ?? false
    }
  }

  /// All samples lie in domain `d`.
  private static func isInDomain(_ route: Route, _ domains: [String]?) -> Bool {
    guard let domains else { return true }
    let isOfDomain = route.pattern.kinds.contains { [.domain, .dataset, .run, .alert].contains($0) }
    return !isOfDomain || domains.contains("d")
  }

  private static let denials: Set<HTTPStatus> = [.unauthorized, .forbidden]
  private static let everybody: [String?] = [nil, "viewer", "operator", "admin", "elsewhere"]

  @Test(arguments: ["127.0.0.1:8080", "10.0.0.1:8080"])
  func `everybody may what the table says and nothing else`(address: String) throws {
    let page = try PageFixture(address: address)
    for route in RouteTable.all {
      for name in Self.everybody {
        let line = "\(route.method) \(Self.path(of: route))\(Self.query(of: route))"
        let status = try page.response(line, as: name, body: Self.body(of: route)).status
        let may = Self.mayAsk(route, name, readsStates: page.settings.readsStates)
        // What spans domains is looked into by the route itself.
        let looksItself =
          name == "elsewhere"
          && !route.pattern.kinds.contains { [.domain, .dataset, .run, .alert].contains($0) }
        if looksItself, status == .forbidden { continue }
        let isSignIn = route.pattern.text == "/api/v1/session" && route.method == "POST"
        if isSignIn, status == .unauthorized { continue }
        #expect(Self.denials.contains(status) != may, "\(line) as \(name ?? "nobody"): \(status.code)")
      }
    }
  }

  /// Another way to write a path, which names nothing, or the very same.
  private static let tricks: [(name: String, write: @Sendable (String) -> String)] = [
    ("a slash escaped", { $0.replacingFirst("/", "%2F", skipping: 1) }),
    ("a slash escaped in lower case", { $0.replacingFirst("/", "%2f", skipping: 1) }),
    ("two slashes before", { "/" + $0 }),
    ("two slashes within", { $0.replacingFirst("/", "//", skipping: 1) }),
    ("a slash behind", { $0 + "/" }), ("a dot behind", { $0 + "." }), ("a space behind", { $0 + "%20" }),
    ("a suffix", { $0 + ".json" }), ("a parameter of the path", { $0 + ";a=b" }),
    ("a NUL behind", { $0 + "%00" }), ("a NUL and a suffix", { $0 + "%00.js" }), ("dots", { "/x/.." + $0 }),
    ("dots escaped", { "/x/%2e%2e" + $0 }), ("dots behind", { $0 + "/.." }), ("a dot within", { "/." + $0 }),
    ("capitals", { $0.uppercased() }), ("a backslash", { $0.replacingFirst("/", "%5C", skipping: 1) }),
    ("escaped twice", { $0.replacingFirst("a", "%2561", skipping: 0) }),
    ("an overlong slash", { $0.replacingFirst("/", "%c0%af", skipping: 1) }),
    ("a full-width letter", { $0.replacingFirst("a", "%EF%BD%81", skipping: 0) }),
    ("a letter escaped", { $0.replacingFirst("a", "%61", skipping: 0) }),
    ("a tab behind", { $0 + "%09" }), ("a line behind", { $0 + "%0a" }),
    ("a question mark escaped", { $0 + "%3F" }),
    ("a hash escaped", { $0 + "%23" }), ("a plus", { $0 + "+" }), ("an escape behind", { $0 + "%2e%2e%2f" }),
  ]

  @Test(arguments: ["127.0.0.1:8080", "10.0.0.1:8080"])
  func `no way to write a path opens more than the path itself`(address: String) throws {
    let page = try PageFixture(address: address)
    let allowed = RouteTable.all.filter { $0.access != .open }
    for route in allowed {
      let path = Self.path(of: route)
      for name in Self.everybody where name != "admin" {
        let body = Self.body(of: route)
        let plain = try page.response("\(route.method) \(path)", as: name, body: body).status
        for (trick, write) in Self.tricks where write(path) != path {
          let line = "\(route.method) \(write(path))"
          let status = try page.response(line, as: name, body: body).status
          let isNothing = status == plain || Self.nothing.contains(status)
          #expect(isNothing, "\(trick): \(line) as \(name ?? "nobody"): \(status.code)")
        }
      }
    }
  }

  private static let nothing: [HTTPStatus] = [
    .badRequest, .notFound, .methodNotAllowed, .unauthorized, .forbidden,
  ]

  /// What has let strangers in elsewhere: by its name, who asks, and what they are told here.
  private static let elsewhere:
    [(name: String, ask: String, fields: [String], as: String?, told: HTTPStatus)] = [
      (
        "Airflow CVE-2020-13927: routes without a check", "POST /api/v1/runs/2/cancel", [], nil, .unauthorized
      ),
      ("Dagu CVE-2026-31882: events without one", "GET /api/v1/events", stranger, nil, .unauthorized),
      ("Kestra CVE-2026-53576: free by its suffix", "POST /api/v1/runs/2/cancel.js", [], nil, .notFound),
      ("the same by a word behind", "POST /api/v1/runs/2/cancel/healthz", [], nil, .notFound),
      ("the same by a parameter", "POST /api/v1/runs/2/cancel;x=/healthz", [], nil, .notFound),
      ("the same by what is asked", "POST /api/v1/runs/2/cancel?x=/healthz", [], nil, .badRequest),
      (
        "Dagu CVE-2026-27598: a run's number that climbs", "GET /api/v1/runs/..%2F..%2Fetc%2Fpasswd", [],
        "admin",
        .badRequest
      ),
      ("the same with dots alone", "GET /api/v1/runs/%2e%2e", [], "admin", .badRequest),
      (
        "Dagu CVE-2026-31886: a name that climbs", "GET /assets/..%2f..%2fPackage.swift", [], "admin",
        .badRequest
      ),
      ("DNS rebinding", "GET /api/v1/runs", ["Host: evil.example.org"], "admin", .misdirected),
      (
        "a change from another page", "POST /api/v1/runs/2/cancel", ["Origin: https://evil.example.org"],
        "admin",
        .forbidden
      ),
      (
        "a change from another site", "POST /api/v1/runs/2/cancel", ["Sec-Fetch-Site: cross-site"], "admin",
        .forbidden
      ),
    ]
  /// Comes through a proxy from another machine.
  private static let stranger = ["X-Forwarded-For: 192.0.2.7"]

  @Test(arguments: elsewhere.indices)
  func `what has let strangers in elsewhere lets nobody in here`(place: Int) throws {
    let (name, line, fields, who, told) = Self.elsewhere[place]
    let page = try PageFixture(proxies: ["127.0.0.1"])
    let body = line.hasPrefix("POST") ? "{}" : nil
    let status = try page.response(line, as: who, fields: fields, body: body).status
    #expect(status == told, "\(name): \(status.code)")
  }

  @Test func `no two rows of the table answer the same`() {
    let rows = RouteTable.all.map { "\($0.method) \($0.pattern.text)" }
    #expect(Set(rows).count == rows.count)
  }

  @Test func `whatever changes something needs a role`() {
    for route in RouteTable.all where route.method != "GET" && !route.pattern.text.hasSuffix("/session") {
      guard case .role = route.access else {
        Issue.record("\(route.method) \(route.pattern.text) is open")
        continue
      }
    }
  }
}

extension String {
  /// With one of the places of a text replaced, if there is one.
  fileprivate func replacingFirst(_ text: Character, _ other: String, skipping: Int) -> String {
    var left = skipping
    for place in indices where self[place] == text {
      if left == 0 { return String(self[..<place]) + other + String(self[index(after: place)...]) }
      left -= 1
    }
    return self
  }
}
