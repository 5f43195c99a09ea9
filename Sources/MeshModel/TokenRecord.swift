import Basics

/// What the record keeps of a token: enough to know it again, and not enough to use it.
public struct TokenRecord: Hashable, Sendable {
  /// The name of the tokens that sign-in links give to browsers; nobody else's.
  public static let browser = "browser"

  /// Eight hexadecimal digits, which the token begins with.
  public var id: String
  /// What people call it.
  public var name: String
  /// SHA-256 of the whole token, in hexadecimal digits. Its 256 bits of chance need no slower sum.
  public var digest: String
  public var role: Role
  /// Where the role holds, sorted; nil: everywhere.
  public var domains: [String]?
  public var createdAt: Instant
  /// Nil: never.
  public var expiresAt: Instant?
  public var revokedAt: Instant?

  public init(
    id: String, name: String, digest: String, role: Role, domains: [String]? = nil, createdAt: Instant,
    expiresAt: Instant? = nil, revokedAt: Instant? = nil
  ) {
    self.id = id
    self.name = name
    self.digest = digest
    self.role = role
    self.domains = domains
    self.createdAt = createdAt
    self.expiresAt = expiresAt
    self.revokedAt = revokedAt
  }

  /// Whether it opens anything at a moment.
  public func isValid(at now: Instant) -> Bool {
    revokedAt == nil && expiresAt.map { now < $0 } ?? true
  }

  /// The digest of a token's text.
  public static func digest(of text: String) -> String {
    SHA256.hexadecimal(of: text)
  }

  /// Whether a text is this token. How long that takes does not tell how much of it is right.
  public func isToken(_ text: String) -> Bool {
    let (mine, other) = (Array(digest.utf8), Array(Self.digest(of: text).utf8))
    var difference = UInt8(mine.count == other.count ? 0 : 1)
    for (left, right) in zip(mine, other) { difference |= left ^ right }
    return difference == 0
  }
}
