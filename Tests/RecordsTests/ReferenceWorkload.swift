import Basics
import CrashDisk
import MeshModel
import SQLite

@testable import Records

/// Commits of a random history on a disk of its own, short enough to be ended at every call and long enough
/// for checkpoints.
struct ReferenceWorkload {
  let commits: [[Change]]
  /// The last event of each commit.
  let ends: [Int64]
  private let fixture: StateFixture

  init(seed: UInt64, commits count: Int) throws {
    fixture = try StateFixture()
    var history = RandomHistory(seed: seed, fixture: fixture)
    var chance = SeededGenerator(seed: seed)
    var commits: [[Change]] = [[.releaseTaken(fixture.release(1))]]
    for _ in 1..<count { commits.append(history.changes(Int.random(in: 1...12, using: &chance))) }
    self.commits = commits
    var last: Int64 = 0
    ends = commits.map { commit in
      last += Int64(commit.count)
      return last
    }
  }

  /// The owner of the state file on the disk, with a log that is checkpointed every few commits.
  func owner(on disk: CrashDisk) throws -> StateOwner {
    let connection = try Connection(path: disk.uri("heddle.db"), mode: .create)
    let owner = try StateOwner(
      of: connection, in: StateDirectory(root: "/"), now: fixture.now, identity: { 7 })
    try owner.writer.connection.execute("PRAGMA wal_autocheckpoint = 25")
    return owner
  }

  func reader(on disk: CrashDisk) throws -> StateReader {
    try StateReader(
      of: try Connection(path: disk.uri("heddle.db"), mode: .readOnly), clock: fixture.clock)
  }

  /// Commits what comes after that event; the last event that was acknowledged before something failed.
  func play(_ owner: StateOwner, after sequence: Int64 = 0) -> Int64 {
    var acknowledged = sequence
    for (commit, end) in zip(commits, ends) where end > sequence {
      guard (try? owner.writer.commit(commit)) != nil else { return acknowledged }
      acknowledged = end
    }
    return acknowledged
  }

  /// Opens the file, and commits everything that is not in it; the last event that was acknowledged.
  func play(on disk: CrashDisk) -> Int64 {
    guard let owner = try? owner(on: disk) else { return 0 }
    return play(owner, after: owner.writer.lastSequence)
  }

  /// The whole event log, one event a line.
  func history(on disk: CrashDisk) throws -> [String] {
    try StateFixture.rows(
      "SELECT seq, at, kind, payload FROM events ORDER BY seq", of: try reader(on: disk).connection)
  }
}
