import Basics
import MeshModel
import SQLite

/// A line of the audit log as the record has it.
public struct AuditLine: Sendable, Hashable {
  /// From 1 without gaps.
  public var number: Int64
  public var record: AuditRecord
  /// Its link in the chain.
  public var link: String
}

extension StateReader {
  /// The token of that id, whether it still opens something or not.
  public func token(_ id: String) throws(RecordsError) -> TokenRecord? {
    try snapshot { _ in
      try firstRow("SELECT \(Self.tokenColumns) FROM tokens WHERE id = ?") {
        $0.add(id)
      } _: {
        try Self.token($0)
      }
    }
  }

  /// All tokens, those that were made last first.
  public func tokens() throws(RecordsError) -> [TokenRecord] {
    try snapshot { _ in
      try rows("SELECT \(Self.tokenColumns) FROM tokens ORDER BY created_at DESC, id") { try Self.token($0) }
    }
  }

  private static let tokenColumns = "id, name, digest, role, domains, created_at, expires_at, revoked_at"

  private static func token(_ row: Row) throws -> TokenRecord {
    var domains: [String]?
    if try row.optionalText(4) != nil {
      guard let list = try row.json(4).array else { throw row.wrong(4) }
      domains = list.compactMap(\.string)
    }
    return TokenRecord(
      id: try row.text(0), name: try row.text(1), digest: try row.text(2), role: try row.word(3),
      domains: domains, createdAt: try row.instant(5), expiresAt: try row.optionalInstant(6),
      revokedAt: try row.optionalInstant(7))
  }

  /// Lines of the audit log, the latest first.
  public func auditLines(before number: Int64? = nil, limit: Int) throws(RecordsError) -> [AuditLine] {
    try snapshot { _ in
      try auditRows("WHERE number < ? ORDER BY number DESC LIMIT ?") {
        $0.add(number ?? .max)
        $0.add(limit)
      }
    }
  }

  private func auditRows(_ condition: String, _ bind: (inout Binding) -> Void) throws -> [AuditLine] {
    try rows(
      """
      SELECT number, at, who, origin, action, subject, before, after, link FROM audit \(condition)
      """, bind
    ) { row in
      AuditLine(
        number: try row.int64(0),
        record: AuditRecord(
          at: try row.instant(1), asker: Asker(name: try row.text(2), origin: try row.text(3)),
          action: try row.text(4), subject: try row.text(5), before: try row.optionalText(6),
          after: try row.optionalText(7)), link: try row.text(8))
    }
  }

  /// Follows the chain of the audit log from its first line.
  ///
  /// - Returns: how many lines are linked, the last link, and the first line that is not as it was written;
  ///   nil: there is none. That lines are missing at the end shows only against a link that was kept
  ///   elsewhere.
  public func auditChain() throws(RecordsError) -> (lines: Int64, link: String, broken: Int64?) {
    try snapshot { _ in
      var (count, link) = (Int64(0), "")
      while true {
        let page = try auditRows("WHERE number > ? ORDER BY number LIMIT 1000") { $0.add(count) }
        if page.isEmpty { return (count, link, nil) }
        for line in page {
          let next = line.record.link(after: link)
          guard line.number == count + 1, line.link == next else { return (count, link, count + 1) }
          (count, link) = (line.number, next)
        }
      }
    }
  }
}
