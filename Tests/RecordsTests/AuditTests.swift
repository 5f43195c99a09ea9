import Basics
import MeshModel
import SQLite
import TestKit
import Testing

@testable import Records

/// The audit log and the tokens.
struct AuditTests {
  private let fixture: StateFixture

  init() throws { fixture = try StateFixture() }

  private func line(_ number: Int, at second: Int = 0) -> AuditRecord {
    AuditRecord(
      at: fixture.now + .seconds(second), asker: Asker(name: "ada", origin: "127.0.0.1"), action: "pause",
      subject: "d/p\(number)", before: #"{"paused":false}"#, after: #"{"paused":true}"#)
  }

  /// A log of five lines.
  private func write() throws { try fixture.commit((1...5).map { .audited(line($0, at: $0)) }) }

  @Test func `the chain of an untouched log is whole`() throws {
    try write()
    let reader = try fixture.reader()
    let chain = try reader.auditChain()
    #expect(chain.lines == 5 && chain.broken == nil && chain.link.count == 64)
    #expect(try reader.auditLines(limit: 2).map(\.number) == [5, 4])
    #expect(try reader.auditLines(before: 4, limit: 9).map(\.record.subject) == ["d/p3", "d/p2", "d/p1"])
    #expect(try reader.differencesFromFold() == [])
  }

  @Test(arguments: [
    ("UPDATE audit SET who = 'eve' WHERE number = 3", Int64(3)), ("DELETE FROM audit WHERE number = 2", 2),
    ("UPDATE audit SET after = NULL WHERE number = 5", 5),
    ("UPDATE audit SET at = at + 1 WHERE number = 1", 1),
    ("UPDATE audit SET link = 'x' WHERE number = 4", 4),
    ("UPDATE audit SET action = 'pausee', subject = substr(subject, 2) WHERE number = 2", 2),
    ("UPDATE audit SET number = -number WHERE number IN (2, 3)", 2),
  ])
  func `a line that is touched breaks the chain there`(sql: String, broken: Int64) throws {
    try write()
    try fixture.vandal().execute(sql)
    #expect(try fixture.reader().auditChain().broken == broken)
  }

  @Test func `what a token opens never changes, and when it ends may`() throws {
    let text = try #require(TokenText.make())
    var token = TokenRecord(
      id: try #require(TokenText.id(in: text)), name: "ci", digest: TokenRecord.digest(of: text),
      role: .viewer,
      domains: ["d"], createdAt: fixture.now)
    try fixture.commit([.tokenSet(token, at: fixture.now)])
    token.revokedAt = fixture.now
    try fixture.commit([.tokenSet(token, at: fixture.now)])
    let reader = try fixture.reader()
    #expect(try reader.token(token.id) == token)
    #expect(try reader.tokens() == [token])
    token.role = .admin
    #expect(throws: RecordsError.self) { try fixture.commit([.tokenSet(token, at: fixture.now)]) }
    #expect(token.isToken(text) && !token.isToken(text + " ") && !token.isValid(at: fixture.now))
  }

  @Test func `no two tokens are the same, and none is written down`() throws {
    let texts = (0..<100).compactMap { _ in TokenText.make() }
    #expect(Set(texts).count == 100)
    #expect(texts.allSatisfy { TokenText.id(in: $0) != nil })
    #expect(
      ["", "hdl_", "hdl_12345678_", "hdl_1234567g_" + String(repeating: "0", count: 64)].allSatisfy {
        TokenText.id(in: $0) == nil
      })
  }
}
