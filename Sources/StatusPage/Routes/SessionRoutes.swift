import Basics
import HTTPServer
import MeshModel
import Orchestration
import Records

/// Signing in and out.
enum SessionRoutes {
  static let all: [Route] = [
    .get("/api/v1/session", .open, "Who asks, and what they may", schema: "session") { visit in
      .response(visit.session(of: visit.caller))
    },
    .post(
      "/api/v1/session", .open, "Signs a browser in with a token", schema: "session",
      body: [.init(name: "token", kind: .string, isRequired: true)]
    ) { visit in
      try visit.signIn()
    },
    .delete("/api/v1/session", .open, "Signs a browser out; what the sign-in link gave it ends") { visit in
      visit.signOut()
    },
    .get("/sign-in/{code}", .open, "The link that 'heddle serve' prints") { visit in
      try visit.redeemLink()
    },
  ]
}

/// The cookie that holds a browser's token, out of reach of scripts and of other pages.
enum SessionCookie {
  private static let attributes = "Path=/; HttpOnly; SameSite=Strict"

  static func value(_ token: String, seconds: Int64, isSecure: Bool) -> String {
    "\(Gate.cookie)=\(token); \(attributes); Max-Age=\(max(0, seconds))" + (isSecure ? "; Secure" : "")
  }

  static var removal: String { "\(Gate.cookie)=; \(attributes); Max-Age=0" }
}

extension Visit {
  fileprivate func session(of caller: Caller, cookie: String? = nil) -> HTTPResponse {
    let bytes = JSONWriter.document("session") { writer in
      writer.flag("signed_in", caller.role != nil)
      writer.text("name", caller.name)
      writer.text("role", caller.role?.rawValue)
      writer.key("domains")
      if let domains = caller.domains {
        writer.array { writer in for domain in domains.sorted() { writer.string(domain) } }
      } else {
        writer.null()
      }
      writer.text("csrf", caller.counterpart)
      writer.moment("expires_at", caller.expiresAt)
      writer.flag("reads_states", caller.readsStates)
      writer.text("version", world.settings.version)
      writer.text("project", caller.role == nil ? nil : world.settings.project)
      writer.moment("now", now)
    }
    var response = HTTPResponse(json: bytes)
    response.headers.add("cache-control", "no-store")
    if let cookie { response.headers.add("set-cookie", cookie) }
    return response
  }

  /// The browser speaks to a proxy of ours over TLS.
  private var isSecure: Bool {
    world.settings.proxies.contains(request.peer) && request.headers["x-forwarded-proto"] == "https"
  }

  fileprivate func signIn() throws -> Route.Answer {
    let gate = world.services.gate
    let text = body["token"]?.string ?? ""
    guard let token = try gate.token(text, world.reader) else {
      try gate.checkPatience(with: caller.address)
      gate.fail(caller.address, with: text)
      throw Problem(.unauthorized, "unauthenticated", "the token is unknown, expired or revoked")
    }
    var caller = caller
    caller.name = token.name
    caller.role = token.role
    caller.domains = token.domains.map(Set.init)
    caller.expiresAt = token.expiresAt
    caller.counterpart = Gate.counterpart(of: text)
    let seconds = token.expiresAt.map { ($0 - now).wholeMilliseconds / 1000 } ?? 90 * 86_400
    return .response(
      session(of: caller, cookie: SessionCookie.value(text, seconds: seconds, isSecure: isSecure)))
  }

  /// A token that was made for this browser is good for nothing else, and ends; one that was typed stays its
  /// owner's.
  fileprivate func signOut() -> Route.Answer {
    let headers: HeaderFields = ["set-cookie": SessionCookie.removal, "cache-control": "no-store"]
    guard let token = caller.token, caller.name == TokenRecord.browser else {
      return .response(HTTPResponse(.noContent, headers))
    }
    return .ask(.revokeToken(token)) { reply in
      guard case .refused(let kind, let message, let help) = reply, kind == .environment else {
        return HTTPResponse(.noContent, headers)
      }
      return Problem(kind: kind, message, help: help).response
    }
  }

  /// How long a browser stays signed in by a link.
  private static let stay: Int64 = 7 * 86_400

  /// Makes a token of its own for the browser, so that it can be seen and revoked like any other.
  fileprivate func redeemLink() throws -> Route.Answer {
    let gate = world.services.gate
    // Looking for what is there must not use the link up.
    guard request.method == "GET" else { throw MethodRefused(allowed: ["GET"]) }
    let code = try value(.code)
    guard world.services.links.redeem(code), let text = TokenText.make(),
      let id = TokenText.id(in: text)
    else {
      try gate.checkPatience(with: caller.address)
      gate.fail(caller.address, with: code)
      return .response(
        HTTPResponse(.seeOther, ["location": "/?sign-in=expired", "cache-control": "no-store"]))
    }
    let token = TokenRecord(
      id: id, name: TokenRecord.browser, digest: TokenRecord.digest(of: text), role: .admin, createdAt: now,
      expiresAt: now + .seconds(Self.stay))
    let cookie = SessionCookie.value(text, seconds: Self.stay, isSecure: isSecure)
    return .ask(.createToken(token)) { reply in
      guard case .done = reply else { return Done.response(reply) }
      return HTTPResponse(
        .seeOther, ["location": "/", "set-cookie": cookie, "cache-control": "no-store"])
    }
  }
}
