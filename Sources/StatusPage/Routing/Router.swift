import Basics
import Execution
import HTTPServer
import MeshModel
import Records

/// Finds the row of the table that a request asks for, sees that it may be asked, and answers.
struct Router: Sendable {
  let routes: [Route]

  /// A request that was let in, with its row.
  private struct Match {
    var route: Route
    var values: [PathPattern.Kind: String]
  }

  /// The answer, pure but for what the world's reader reads.
  func answer(_ request: HTTPRequest, _ caller: Caller, _ world: PageWorld) -> Route.Answer {
    do {
      let match = try match(request)
      let visit = Visit(
        request: request, values: match.values, query: try Self.query(of: request, match.route),
        body: try Self.body(of: request, match.route), caller: caller, world: world)
      try Gate.checkCounterpart(caller, request)
      try Self.authorize(match.route, visit)
      return try Self.reply(match.route, visit)
    } catch let refused as MethodRefused {
      var response = Problem(.methodNotAllowed, "method", "this cannot be done with it").response
      response.headers.add("allow", refused.allowed.joined(separator: ", "))
      return .response(response)
    } catch let refused as RateRefused {
      return .response(refused.response)
    } catch {
      return .response(Self.problem(error).response)
    }
  }

  static func problem(_ error: any Error) -> Problem {
    switch error {
    case let problem as Problem: problem
    case let error as RecordsError: Problem(error)
    case let error as SecretMask.Unreadable: .unavailable(error.message)
    default: Problem.unavailable("\(error)")
    }
  }

  private func match(_ request: HTTPRequest) throws -> Match {
    let method = request.method == "HEAD" ? "GET" : request.method
    var others: Set<String> = []
    for route in routes {
      guard let values = route.pattern.match(request.target.path) else { continue }
      if route.method == method { return Match(route: route, values: values) }
      others.insert(route.method)
      if route.method == "GET" { others.insert("HEAD") }
    }
    guard !others.isEmpty else { throw Problem.notFound() }
    throw MethodRefused(allowed: others.sorted())
  }

  /// The parameters behind the path: each is known, stands there once, and makes sense.
  private static func query(of request: HTTPRequest, _ route: Route) throws -> [String: String] {
    var query: [String: String] = [:]
    if route.takesAnyQuery { return query }
    for parameter in request.target.query {
      guard let known = route.parameters.first(where: { $0.name == parameter.name }) else {
        let near = EditDistance.nearest(to: parameter.name, among: route.parameters.map(\.name))
        throw Problem.badRequest(
          "there is no parameter '\(parameter.name)' here", help: near.map { "did you mean '\($0)'?" })
      }
      guard query.updateValue(parameter.value, forKey: known.name) == nil else {
        throw Problem.badRequest("'\(known.name)' stands there twice")
      }
      if let complaint = known.complaint(about: parameter.value) { throw Problem.badRequest(complaint) }
    }
    let alternatives = route.parameters.filter(\.isAlternative).map(\.name)
    guard alternatives.isEmpty || alternatives.contains(where: { query[$0] != nil }) else {
      let names = alternatives.map { "'\($0)'" }.joined(separator: " and ")
      throw Problem.badRequest("\(names) are missing: at least one of them is needed")
    }
    return query
  }

  /// The members of the body: each is known and of its kind.
  private static func body(of request: HTTPRequest, _ route: Route) throws -> [String: JSONValue] {
    guard let members = route.body else {
      guard request.body.isEmpty else { throw Problem.badRequest("nothing is to be sent along here") }
      return [:]
    }
    var found: [String: JSONValue] = [:]
    if !request.body.isEmpty {
      let type = (request.headers["content-type"] ?? "").split(separator: ";").first ?? ""
      guard type.lowercased() == "application/json" else {
        throw Problem(.unsupportedMediaType, "unsupported", "the body is to be 'application/json'")
      }
      found = try object(request.body)
    }
    // JSON has one kind of numbers: 1.0 is as whole as 1.
    for member in members where member.kind == .integer {
      guard case .number(let number)? = found[member.name], let whole = Int64(exactly: number) else {
        continue
      }
      found[member.name] = .integer(whole)
    }
    for (name, value) in found {
      guard let member = members.first(where: { $0.name == name }) else {
        throw Problem.badRequest("there is no member '\(name)' here")
      }
      if value != .null, let complaint = member.complaint(about: value) {
        throw Problem.badRequest("'\(name)' \(complaint)")
      }
    }
    for member in members where member.isRequired && (found[member.name] ?? .null) == .null {
      throw Problem.badRequest("'\(member.name)' is missing")
    }
    return found
  }

  private static func object(_ bytes: [UInt8]) throws -> [String: JSONValue] {
    let value: JSONValue
    do { value = try JSONValue(parsing: bytes, depth: 16) } catch {
      throw Problem.badRequest("the body is no JSON: \(error.message) at byte \(error.offset)")
    }
    guard case .object(let members) = value else { throw Problem.badRequest("the body is to be an object") }
    var object: [String: JSONValue] = [:]
    for member in members where object.updateValue(member.value, forKey: member.key) != nil {
      throw Problem.badRequest("'\(member.key)' stands there twice")
    }
    return object
  }

  /// Whether the caller may ask this: the one place where that is decided.
  private static func authorize(_ route: Route, _ visit: Visit) throws {
    let caller = visit.caller
    let needed: Role
    switch route.access {
    case .open: return
    case .states:
      if caller.readsStates { return }
      needed = .viewer
    case .role(let role): needed = role
    }
    guard caller.role != nil else {
      throw Problem(
        .unauthorized, "unauthenticated", "nobody signed in",
        help: "open the link that 'heddle serve' prints, or sign in with a token")
    }
    try visit.require(needed, in: try visit.subjectDomain())
  }

  /// The handler's answer, or what it said a moment ago.
  private static func reply(_ route: Route, _ visit: Visit) throws -> Route.Answer {
    guard route.method == "GET" else { return try route.handler(visit) }
    let memory = visit.world.services.answers
    let question = try route.access != .open && route.isOfRecord ? AnswerMemory.Question(visit) : nil
    if let known = question.flatMap(memory.answer) { return .response(spared(known, visit.request)) }
    let answer = try route.handler(visit)
    guard let reading = tagged(answer) else { return answer }
    if let question { memory.keep(reading, for: question) }
    return .response(spared(reading, visit.request))
  }

  /// A reading with a tag; nil: it is none that may be kept.
  private static func tagged(_ answer: Route.Answer) -> HTTPResponse? {
    guard case .response(var response) = answer, response.status == .ok,
      case .bytes(let bytes) = response.body, response.headers["cache-control"] == nil
    else { return nil }
    if response.headers["etag"] == nil {
      response.headers.add("etag", "\"\(ContentTag.text(of: bytes))\"")
    }
    response.headers.add("cache-control", "no-cache")
    return response
  }

  /// Whoever has the same is spared the body.
  private static func spared(_ reading: HTTPResponse, _ request: HTTPRequest) -> HTTPResponse {
    guard let tag = reading.headers["etag"] else { return reading }
    let known = request.headers.all("if-none-match").flatMap { $0.split(separator: ",") }
    guard known.contains(where: { ContentTag.isSame($0, tag) }) else { return reading }
    return HTTPResponse(.notModified, reading.headers)
  }
}

/// That a path takes other methods.
struct MethodRefused: Error {
  var allowed: [String]
}

extension BodyMember {
  /// Says what it is to be instead; nil: it is as it should.
  func complaint(about value: JSONValue) -> String? {
    switch (kind, value) {
    case (.boolean, .boolean), (.object, .object): return nil
    case (.string, .string(let text)):
      let isGood = words.isEmpty || words.contains(text)
      return isGood ? form?.complaint(about: text) : "is one of \(words.joined(separator: ", "))"
    case (.integer, .integer(let number)):
      guard let range, !range.contains(Int(clamping: number)) else { return nil }
      return "is from \(range.lowerBound) to \(range.upperBound)"
    case (.array, .array(let items)):
      guard items.allSatisfy({ $0.string != nil }) else { return "is to be an array of texts" }
      guard let range, !range.contains(items.count) else { return nil }
      return "has \(range.lowerBound) to \(range.upperBound) items"
    default: return "is to be of type \(kind.rawValue)"
    }
  }
}

extension Visit {
  /// The domain that the path is about; nil: none, or several.
  func subjectDomain() throws -> String? {
    if let domain = values[.domain] { return domain }
    if values[.dataset] != nil { return try dataset().domain }
    if values[.alert] != nil { return try alert().record.cause.pipeline.domain }
    return values[.run] == nil ? nil : try run().pipeline.domain
  }

  /// Refuses who may not.
  func require(_ role: Role, in domain: String?) throws {
    guard !caller.may(role, in: domain) else { return }
    let place = domain.map { " in domain '\($0)'" } ?? ""
    throw Problem(.forbidden, "denied", "this needs the role \(role.rawValue)\(place)")
  }
}
