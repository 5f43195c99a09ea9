import Basics
import Declarations
import MeshModel
import Orchestration
import Records

/// `heddle token create|list|revoke`.
struct TokenCommand: Command {
  static let description = CommandDescription(
    name: "token", summary: "let people and programs use the page and the API, and see who may",
    operands: [
      .required("create|list|revoke", words: .choices(["create", "list", "revoke"])), .optional("NAME|ID"),
    ],
    options: [
      .value("role", "ROLE", words: .choices(Role.allCases.map(\.rawValue))),
      .value("domain", "DOMAIN", repeats: true), .value("expires", "SPAN"),
    ],
    help: """
      heddle token: let people and programs use the page and the API, and see who may

      Examples:
        heddle token create ci --role operator --domain sales --expires 90d
        heddle token list
        heddle token revoke 1f0c99ab

      Usage: heddle token create NAME [--role ROLE] [--domain DOMAIN]... [--expires SPAN]
             heddle token list
             heddle token revoke ID

      A token is printed once, when it is made; the state keeps its digest only. It is sent as
      'Authorization: Bearer TOKEN', or typed where the page asks for it. One that is revoked opens nothing from
      that moment on.

      Options:
        --role ROLE      viewer (default): reads states and logs; operator: also starts, stops, retries, pauses
                         and marks; admin: also takes releases
        --domain DOMAIN  the role holds in this domain only; may be given more than once
        --expires SPAN   how long it is good: 12h, 90d; default: 90d

      Exit codes: 0 done, 3 there is no such token

      \(HelpText.options)
      """)

  private enum Deed {
    case create(name: String, role: Role, domains: [String]?, span: Duration)
    case list
    case revoke(String)
  }

  private var deed: Deed

  init(_ arguments: Arguments) throws(CommandFailure) {
    let subject = arguments.operand(1)
    let isCreate = arguments.operand(0) == "create"
    for option in ["role", "domain", "expires"] where !isCreate && arguments.has(option) {
      throw .usage("--\(option) is for 'heddle token create'")
    }
    switch (try arguments.required(0), subject) {
    case ("create", let name?): deed = try Self.creation(name, arguments)
    case ("create", nil): throw .usage("whose token?", help: "heddle token create NAME --role viewer")
    case ("list", nil): deed = .list
    case ("revoke", let id?):
      guard TokenText.isID(id) else {
        throw .usage("'\(id)' is no id of a token", help: "see them: heddle token list")
      }
      deed = .revoke(id)
    default:
      throw .usage(
        "'heddle token' does not understand that",
        help: "heddle token create NAME, heddle token list, or heddle token revoke ID")
    }
  }

  private static func creation(_ name: String, _ arguments: Arguments) throws(CommandFailure) -> Deed {
    guard name.utf8.count <= 64, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw .usage("the name of a token is at most 64 letters, digits and signs without spaces")
    }
    guard name != TokenRecord.browser else {
      throw .usage("'\(name)' is the name of what sign-in links give", help: "choose another name")
    }
    let domains = arguments.values("domain")
    for domain in domains where !Name.isValid(domain) { throw .usage("'\(domain)' is no domain") }
    let text = arguments.value("expires") ?? "90d"
    guard let span = Duration(declared: text), span > .zero, span <= .seconds(3650 * 86_400) else {
      throw .usage("'\(text)' is no span of time up to ten years", help: "write 12h or 90d")
    }
    let role = try arguments.choice("role", of: Role.self) ?? .viewer
    return .create(
      name: name, role: role, domains: domains.isEmpty ? nil : Set(domains).sorted(), span: span)
  }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    let project = try context.project()
    switch deed {
    case .create(let name, let role, let domains, let span):
      try create(name, role, domains, span, context, project)
    case .list: try list(context, project)
    case .revoke(let id):
      let text = try context.asking(project) { (ask) throws(CommandFailure) in try ask(.revokeToken(id)) }
      if context.settings.json {
        context.json("token") { writer in
          writer.key("id")
          writer.string(id)
          writer.key("text")
          writer.string(text)
        }
      } else {
        context.out.line(context.settings.quiet ? id : TerminalText.clean(text))
      }
    }
    return .success
  }

  private func create(
    _ name: String, _ role: Role, _ domains: [String]?, _ span: Duration, _ context: Context,
    _ project: Project
  ) throws(CommandFailure) {
    guard let text = TokenText.make(), let id = TokenText.id(in: text) else {
      throw CommandFailure(.failed, "the machine gives no random numbers")
    }
    let now = context.clock.now
    let token = TokenRecord(
      id: id, name: name, digest: TokenRecord.digest(of: text), role: role, domains: domains, createdAt: now,
      expiresAt: now + span)
    _ = try context.asking(project) { (ask) throws(CommandFailure) in try ask(.createToken(token)) }
    guard !context.settings.json else {
      return context.json("token") { writer in
        token.write(to: &writer, at: now)
        writer.key("token")
        writer.string(text)
      }
    }
    context.out.line(text)
    context.remark(
      "\(role.rawValue) in \(token.scopeText), until \((now + span).text). This is the only time it is shown."
    )
  }

  private func list(_ context: Context, _ project: Project) throws(CommandFailure) {
    let now = context.clock.now
    let tokens =
      try context.record(project).map { (reader) throws(CommandFailure) in
        try context.reading(reader) { try $0.tokens() }
      } ?? []
    if context.settings.json {
      return context.json("token") { writer in
        writer.key("tokens")
        writer.array { writer in
          for token in tokens { writer.object { token.write(to: &$0, at: now) } }
        }
      }
    }
    guard !tokens.isEmpty else {
      return context.remark("there is no token; make one: heddle token create NAME")
    }
    var table = Table(["ID", "NAME", "ROLE", "DOMAINS", "STATE", "UNTIL"])
    for token in tokens {
      table.add(
        .text(token.id), .text(token.name), .text(token.role.rawValue), .text(token.scopeText),
        .text(token.standing(at: now)), .text(token.expiresAt?.text ?? "-"))
    }
    table.write(to: context.out)
  }
}

extension TokenRecord {
  /// `valid`, `expired` or `revoked`.
  fileprivate func standing(at now: Instant) -> String {
    if revokedAt != nil { return "revoked" }
    return isValid(at: now) ? "valid" : "expired"
  }

  fileprivate func write(to writer: inout JSONWriter, at now: Instant) {
    writer.key("id")
    writer.string(id)
    writer.key("name")
    writer.string(name)
    writer.key("role")
    writer.string(role.rawValue)
    writer.key("domains")
    if let domains {
      writer.array { writer in for domain in domains { writer.string(domain) } }
    } else {
      writer.null()
    }
    writer.key("state")
    writer.string(standing(at: now))
    writer.moment("created_at", createdAt)
    writer.moment("expires_at", expiresAt)
    writer.moment("revoked_at", revokedAt)
  }
}
