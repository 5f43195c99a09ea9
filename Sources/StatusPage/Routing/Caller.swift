import Basics
import MeshModel
import Records

/// Who asks, and what they may.
struct Caller: Hashable, Sendable {
  /// The name of the token; nil: nobody signed in.
  var name: String?
  /// The token's number.
  var token: String?
  var role: Role?
  /// Where the role holds; nil: everywhere.
  var domains: Set<String>?
  var expiresAt: Instant?
  /// They came with a cookie, and this must come with what they change; nil: they came with none.
  var counterpart: String?
  /// States may be read without signing in.
  var readsStates: Bool
  /// The address they come from.
  var address: String

  static func nobody(readsStates: Bool, address: String) -> Caller {
    Caller(readsStates: readsStates, address: address)
  }

  /// Whether they may what needs a role, in a domain; nil: somewhere at all.
  func may(_ needed: Role, in domain: String? = nil) -> Bool {
    guard let role, role >= needed else { return false }
    guard let domains, let domain else { return true }
    return domains.contains(domain)
  }

  /// Whether they may see how a domain's pipelines are doing.
  func mayRead(_ domain: String) -> Bool { readsStates || may(.viewer, in: domain) }

  /// Whether nothing is kept from them because of where it belongs.
  var readsAllDomains: Bool { readsStates || domains == nil }

  /// Whether they may see a backfill: one of its runs at least is theirs to see.
  func mayRead(backfill: BackfillID, _ reader: StateReader) throws -> Bool {
    if readsAllDomains { return true }
    return try reader.domains(of: backfill).contains { mayRead($0) }
  }
}
