import Basics
import HTTPServer
import MeshModel
import Records
import Threads

/// Sees who comes in, and turns away who was led here by somebody else.
final class Gate: Sendable {
  static let cookie = "heddle_session"
  private let settings: PageSettings
  private let clock: any Clock
  private let failures = Guarded(FailureTable())

  init(settings: PageSettings, clock: any Clock) {
    self.settings = settings
    self.clock = clock
  }

  /// Who asks. Refused are those whose host or origin is not ours, and who guesses tokens.
  func caller(of request: HTTPRequest, _ reader: StateReader) throws -> Caller {
    guard settings.accepts(request.host) else {
      throw Problem(
        .misdirected, "misdirected", "'\(request.host.name)' is no name of this page",
        help: "start it with: heddle serve --host \(request.host.name)")
    }
    try checkOrigin(of: request)
    let address = self.address(of: request)
    let readsStates = settings.readsStates && isFromThisMachine(request)
    var nobody = Caller.nobody(readsStates: readsStates, address: address)
    guard let shown = Self.shownToken(request) else { return nobody }
    guard let token = try token(shown.text, reader) else {
      // A cookie may be older than its token, or another daemon's: who has one is nobody, as without it, and
      // the same one again is no further guess.
      if shown.isCookie {
        if isNews(shown.text, from: address) { fail(address, with: shown.text) }
        return nobody
      }
      // Whoever holds a token is heard, however often others guess from the same address.
      try checkPatience(with: address)
      fail(address, with: shown.text)
      throw Problem(.unauthorized, "unauthenticated", "the token is unknown, expired or revoked")
    }
    nobody.name = token.name
    nobody.token = token.id
    nobody.role = token.role
    nobody.domains = token.domains.map(Set.init)
    nobody.expiresAt = token.expiresAt
    if shown.isCookie { nobody.counterpart = Self.counterpart(of: shown.text) }
    return nobody
  }

  /// The token of a text, if it opens anything now.
  func token(_ text: String, _ reader: StateReader) throws -> TokenRecord? {
    guard let id = TokenText.id(in: text), let token = try reader.token(id), token.isToken(text),
      token.isValid(at: clock.now)
    else { return nil }
    return token
  }

  /// What a page sends along to prove that it, and not another page, asks; told only to our own.
  static func counterpart(of token: String) -> String {
    SHA256.hexadecimal(of: "csrf:" + token)
  }

  /// Changes that come with a cookie need its counterpart: browsers send cookies along unasked.
  static func checkCounterpart(_ caller: Caller, _ request: HTTPRequest) throws {
    guard let counterpart = caller.counterpart, request.method != "GET", request.method != "HEAD" else {
      return
    }
    guard request.headers["x-heddle-csrf"] == counterpart else {
      throw Problem(
        .forbidden, "csrf", "the header 'x-heddle-csrf' is not the counterpart of the cookie",
        help: "take it from GET /api/v1/session")
    }
  }

  /// A guess that was wrong; enough of them make us deaf for a while.
  func fail(_ address: String, with text: String) {
    failures.withLock { $0.note(address, text, at: clock.monotonicNanoseconds) }
  }

  private func isNews(_ text: String, from address: String) -> Bool {
    failures.withLock { !$0.knows(address, text, at: clock.monotonicNanoseconds) }
  }

  /// Refuses who guessed too often.
  func checkPatience(with address: String) throws {
    let wait = failures.withLock { $0.wait(address, at: clock.monotonicNanoseconds) }
    guard wait > 0 else { return }
    throw RateRefused(seconds: wait)
  }

  private static func shownToken(_ request: HTTPRequest) -> (text: String, isCookie: Bool)? {
    if let header = request.headers["authorization"] {
      let words = header.split(separator: " ")
      if words.count == 2, words[0].lowercased() == "bearer" { return (String(words[1]), false) }
      return (header, false)
    }
    for pair in (request.headers["cookie"] ?? "").split(separator: ";") {
      let parts = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
      if parts.count == 2, parts[0] == cookie { return (String(parts[1]), true) }
    }
    return nil
  }

  /// Whoever changes something from a page does so from ours.
  private func checkOrigin(of request: HTTPRequest) throws {
    let isSafe = request.method == "GET" || request.method == "HEAD"
    let site = request.headers["sec-fetch-site"] ?? "none"
    let refusal = Problem(.forbidden, "origin", "another page asks for this", help: "ask from this page")
    if !isSafe, site != "none", site != "same-origin" { throw refusal }
    guard let origin = request.headers["origin"] else { return }
    let name = ["http://", "https://"].first { origin.hasPrefix($0) }.map { origin.dropFirst($0.count) }
    let isOurs = name.flatMap { RequestHost($0) }.map { isSame($0, request) } ?? false
    if !isSafe, !isOurs { throw refusal }
  }

  /// Behind a proxy the port that the browser sees may be another one than ours.
  private func isSame(_ origin: RequestHost, _ request: HTTPRequest) -> Bool {
    if origin == request.host { return true }
    return settings.proxies.contains(request.peer) && origin.name == request.host.name
  }

  /// Where a request comes from: what a proxy of ours tells, else the other end's address.
  private func address(of request: HTTPRequest) -> String {
    guard settings.proxies.contains(request.peer) else { return request.peer }
    return forwarded(request)?.host ?? request.peer
  }

  /// Whether somebody on this machine asks. A proxy that does not tell for whom it asks, asks for others.
  private func isFromThisMachine(_ request: HTTPRequest) -> Bool {
    guard settings.proxies.contains(request.peer) else { return true }
    return forwarded(request)?.isLoopback ?? false
  }

  /// The last address that a proxy of ours tells and that is not one of them; nil: none, or it is no address.
  private func forwarded(_ request: HTTPRequest) -> SocketAddress? {
    let told = request.headers.all("x-forwarded-for").flatMap { $0.split(separator: ",") }
    let texts = told.map { String($0.drop { $0 == " " }.prefix { $0 != " " }) }
    // A proxy on this machine is believed on what it says of this machine, too.
    let last = texts.last { !settings.proxies.contains($0) } ?? texts.first
    return last.flatMap { SocketAddress($0.contains(":") ? "[\($0)]:1" : "\($0):1") }
  }
}

/// That somebody is to come back later.
struct RateRefused: Error {
  var seconds: UInt64

  var response: HTTPResponse {
    var response = Problem(.tooManyRequests, "rate_limited", "too many wrong tokens came from there").response
    response.headers.add("retry-after", String(seconds))
    return response
  }
}

/// How often addresses guessed wrong of late.
struct FailureTable {
  private static let most = 10
  private static let span: UInt64 = 60_000_000_000
  private static let addresses = 10_000
  private struct Guess {
    var at: UInt64
    /// Of the text; the text itself might nearly be a token.
    var hash: Int
  }

  private var guesses: [String: [Guess]] = [:]

  mutating func note(_ address: String, _ text: String, at now: UInt64) {
    if guesses.count >= Self.addresses {
      guesses = guesses.filter { $0.value.last.map { now &- $0.at < Self.span } ?? false }
    }
    if guesses.count >= Self.addresses { guesses.removeAll() }
    guesses[address, default: []].append(Guess(at: now, hash: text.hashValue))
    if let list = guesses[address], list.count > Self.most {
      guesses[address] = Array(list.suffix(Self.most))
    }
  }

  /// Whether the same was guessed from there of late.
  func knows(_ address: String, _ text: String, at now: UInt64) -> Bool {
    let hash = text.hashValue
    return recent(address, at: now).contains { $0.hash == hash }
  }

  /// How many seconds an address is to wait; 0: none.
  func wait(_ address: String, at now: UInt64) -> UInt64 {
    let recent = recent(address, at: now)
    guard recent.count >= Self.most, let first = recent.first else { return 0 }
    return (Self.span &- (now &- first.at)) / 1_000_000_000 + 1
  }

  private func recent(_ address: String, at now: UInt64) -> [Guess] {
    (guesses[address] ?? []).filter { now &- $0.at < Self.span }
  }
}
