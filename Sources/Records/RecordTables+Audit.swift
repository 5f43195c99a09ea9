import Basics
import MeshModel
import SQLite

extension RecordTables {
  /// Adds a line to the audit log, chained to the one before.
  func enter(_ line: AuditRecord) throws {
    let last = try statement("SELECT number, link FROM audit ORDER BY number DESC LIMIT 1") { _ in }
    let hasLast = try last.step()
    let (number, previous) = hasLast ? (last.int64(0), last.text(1)) : (0, "")
    last.rewind()
    try statement(
      """
      INSERT INTO audit (number, at, who, origin, action, subject, before, after, link)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """
    ) {
      $0.add(number + 1)
      $0.add(line.at)
      $0.add(line.asker.name)
      $0.add(line.asker.origin)
      $0.add(line.action)
      $0.add(line.subject)
      $0.add(line.before)
      $0.add(line.after)
      $0.add(line.link(after: previous))
    }.run()
  }

  /// Makes a token, or says anew when it ends; what opens it never changes.
  func set(_ token: TokenRecord) throws {
    try changeOne(
      """
      INSERT INTO tokens (id, name, digest, role, domains, created_at, expires_at, revoked_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at, revoked_at = excluded.revoked_at
      WHERE digest = excluded.digest AND role = excluded.role
      """
    ) {
      $0.add(token.id)
      $0.add(token.name)
      $0.add(token.digest)
      $0.add(token.role.rawValue)
      $0.add(token.domains.map { domains in JSONWriter.texts(domains) })
      $0.add(token.createdAt)
      $0.add(token.expiresAt)
      $0.add(token.revokedAt)
    } else: {
      "there is another token '\(token.id)'"
    }
  }
}

extension JSONWriter {
  /// An array of texts.
  static func texts(_ texts: [String]) -> String {
    var writer = JSONWriter()
    writer.array { writer in for text in texts { writer.string(text) } }
    return writer.text
  }
}
