import Basics
import MeshModel
import Orchestration
import Planning
import Records
import TestKit
import Testing

@testable import HTTPServer
@testable import StatusPage

/// A mesh of two domains with a run that succeeded and one that failed, as the page reads it.
final class PageFixture {
  let folder: TemporaryFolder
  let state: StateDirectory
  let clock = ManualClock()
  let reader: StateReader
  let project: CheckedProject
  var settings: PageSettings
  let gate: Gate
  let links: SignInLinks
  /// Texts of tokens by their names.
  private(set) var tokens: [String: String] = [:]

  static let roles: [(name: String, role: Role, domains: [String]?)] = [
    ("viewer", .viewer, nil), ("operator", .operator, nil), ("admin", .admin, nil),
    ("elsewhere", .admin, ["other"]),
  ]

  /// - Parameter reading: how the pipeline of the other domain reads 'd.a'.
  init(
    address: String = "127.0.0.1:8080", hosts: Set<String> = [], proxies: Set<String> = [],
    reading: String = "d.a"
  ) throws {
    folder = try TemporaryFolder()
    state = StateDirectory(root: folder.file("state"))
    try folder.write("domain: d\nowner: team\n", to: "dags/d/domain.yaml")
    try folder.write("domain: other\nowner: others\n", to: "dags/other/domain.yaml")
    try folder.write(
      """
      pipeline: p
      partition: daily
      tasks:
        a: {sql: "SELECT 1 AS n, :partition AS day", into: d.a, mode: partition, partition_by: day}
        b: {run: "echo one; echo two; exit 3", reads: d.a}
      """, to: "dags/d/p.yaml")
    try folder.write(
      "pipeline: q\ntasks:\n  c: {run: 'true', reads: \(reading)}\n", to: "dags/other/q.yaml")
    project = CheckedProject(loading: folder.path)
    try Self.run(project, state)
    reader = try StateReader(opening: state)
    settings = PageSettings(
      address: try #require(SocketAddress(address)), state: state, project: folder.path, version: "1",
      workers: 4, hosts: hosts, proxies: proxies)
    gate = Gate(settings: settings, clock: clock)
    links = SignInLinks(clock: clock)
    let owner = try StateOwner(opening: state, clock: clock)
    for (name, role, domains) in Self.roles {
      let (text, token) = try makeToken(name, role, domains)
      try owner.writer.commit([.tokenSet(token, at: clock.now)])
      tokens[name] = text
    }
  }

  private static func run(_ project: CheckedProject, _ state: StateDirectory) throws {
    let owner = try Owner(project: project, state: state, clock: SystemClock())
    defer { owner.close() }
    let name = PipelineName(domain: "d", name: "p")
    for task in ["a", nil] {
      let wanted = try owner.planning().runs(of: name, task: task, partition: "2020-01-01")
      _ = try owner.execute(.runs(wanted), workers: 2)
    }
  }

  /// Makes a token as `heddle token create` does; its text.
  func addToken(_ name: String, _ role: Role, expires: Instant?) throws -> String {
    let (text, token) = try makeToken(name, role, nil, expires: expires)
    try ask(.createToken(token))
    return text
  }

  private func makeToken(
    _ name: String, _ role: Role, _ domains: [String]?, expires: Instant? = nil
  ) throws -> (String, TokenRecord) {
    let text = try #require(TokenText.make())
    let token = TokenRecord(
      id: try #require(TokenText.id(in: text)), name: name, digest: TokenRecord.digest(of: text), role: role,
      domains: domains, createdAt: clock.now, expiresAt: expires)
    return (text, token)
  }

  func ask(_ request: ControlRequest) throws {
    let owner = try Owner(project: project, state: state, clock: SystemClock())
    defer { owner.close() }
    _ = try owner.answer(request)
  }

  var world: PageWorld {
    PageWorld(
      reader: reader, release: PublishedRelease(id: 1, project: project), clock: clock, settings: settings,
      services: PageServices(
        gate: gate, links: links, web: WebFolder(nil), pid: 1, startedAt: clock.now))
  }

  /// What the page answers to a request with this head.
  func answer(
    _ line: String, as token: String? = nil, fields: [String] = [], body: String? = nil,
    peer: String = "127.0.0.1", in shared: PageWorld? = nil
  ) throws -> Route.Answer {
    var head = ["\(line) HTTP/1.1"] + fields
    if !fields.contains(where: { $0.lowercased().hasPrefix("host:") }) { head.append("Host: localhost") }
    if let text = token.flatMap({ tokens[$0] }) { head.append("Authorization: Bearer \(text)") }
    if let body { head += ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"] }
    var parser = RequestParser()
    parser.take((head.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")).utf8)
    switch parser.next() {
    case .request(var request):
      request.peer = peer
      do {
        let caller = try gate.caller(of: request, reader)
        return Router(routes: RouteTable.all).answer(request, caller, shared ?? world)
      } catch let refused as RateRefused {
        return .response(refused.response)
      } catch {
        return .response(Router.problem(error).response)
      }
    case .failed(let failure): return .response(HTTPResponse(failure.status, text: failure.reason))
    case .incomplete, .awaitsContinue:
      Issue.record("the request is not whole")
      return .response(HTTPResponse(.badRequest))
    }
  }

  /// The same as a response; what is asked of the loop counts as 202.
  func response(
    _ line: String, as token: String? = nil, fields: [String] = [], body: String? = nil,
    peer: String = "127.0.0.1"
  ) throws -> HTTPResponse {
    switch try answer(line, as: token, fields: fields, body: body, peer: peer) {
    case .response(let response): response
    case .ask(_, _, let then): then(.done("so it is"))
    case .follow, .command, .followed: HTTPResponse(.ok)
    }
  }

  func json(_ line: String, as token: String? = nil, body: String? = nil) throws -> JSONValue {
    let response = try response(line, as: token, body: body)
    guard case .bytes(let bytes) = response.body else { return .null }
    return try JSONValue(parsing: bytes)
  }
}

extension HTTPResponse {
  var text: String {
    guard case .bytes(let bytes) = body else { return "" }
    return String(decoding: bytes, as: UTF8.self)
  }
}
