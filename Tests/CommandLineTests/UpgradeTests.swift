import Basics
import Glibc
import SQLite
import TestKit
import Testing

@testable import CommandLine
@testable import Records

/// A state that an earlier heddle left.
@Suite struct UpgradeTests {
  private let starter: StarterProject

  init() throws {
    starter = try StarterProject()
    let directory = StateDirectory(root: starter.folder.path + "/.heddle")
    // A state of today without tables, and the tables of the release before.
    try StateOwner.makeFolder(directory.root)
    Glibc.close(open(directory.database, O_RDWR | O_CREAT, 0o600))
    let connection = try Connection(path: directory.database, mode: .readWrite)
    try connection.migrate(Schema.migrations.dropLast())
    try connection.execute("INSERT INTO meta (id, state_id, created_at) VALUES (1, 'earlier', 0)")
  }

  @Test func `a command that only reads says what brings the state up to date`() {
    let answer = starter.session.heddle("status")
    #expect(answer.code == .failed)
    #expect(
      answer.err.hasPrefix(
        "error: the state file has schema \(Schema.number - 1), and this heddle reads \(Schema.number)\n"))
    #expect(answer.err.contains("'heddle backfill' brings it up to date"))
  }

  @Test(arguments: [
    ["cancel", "sales/*", "--yes"], ["backfill", "sales/nosuch", "--yes"], ["retry", "412"],
    ["alerts", "ack", "shop/*"],
  ])
  func `a command that changes the state brings it up to date`(_ words: [String]) {
    let answer = starter.session.heddle(words)
    #expect(!answer.err.contains("schema"), "\(answer.err)")
    #expect(starter.session.heddle("status").code == .success)
  }
}
