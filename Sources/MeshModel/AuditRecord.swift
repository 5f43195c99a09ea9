import Basics

/// Who asks for a change, and from where.
public struct Asker: Hashable, Sendable {
  /// A user of the machine, or the name of a token.
  public var name: String
  /// `socket`, `command`, the address that a request came from, or `files`: they were saved, or the daemon
  /// was sent a SIGHUP, and it is told as whom the daemon runs.
  public var origin: String

  public init(name: String, origin: String) {
    self.name = name
    self.origin = origin
  }
}

/// A line of the audit log: somebody changed something.
public struct AuditRecord: Hashable, Sendable {
  public var at: Instant
  public var asker: Asker
  /// What was asked: `run`, `cancel`, `token_create`.
  public var action: String
  /// What it was asked of: `operations/departures`, `412`, `b12`.
  public var subject: String
  /// One JSON object each; nil: there is nothing to tell.
  public var before: String?
  public var after: String?

  public init(
    at: Instant, asker: Asker, action: String, subject: String, before: String? = nil, after: String? = nil
  ) {
    self.at = at
    self.asker = asker
    self.action = action
    self.subject = subject
    self.before = before
    self.after = after
  }

  /// The line's link in the chain: SHA-256 over the link before and all that the line says, so that a line
  /// that is changed, taken out or put in breaks every link after it.
  ///
  /// - Parameter previous: the link of the line before; empty before the first.
  public func link(after previous: String) -> String {
    var sum = SHA256()
    let parts = [
      previous, String(at.milliseconds), asker.name, asker.origin, action, subject, before ?? "", after ?? "",
    ]
    for part in parts {
      sum.update("\(part.utf8.count):")
      sum.update(part)
    }
    return sum.hexadecimal
  }
}
