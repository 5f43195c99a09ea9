import CrashDisk
import SQLite
import Testing

/// The simulated disk does what a disk does.
@Suite struct CrashDiskTests {
  let disk = CrashDisk(seed: 3)

  private func open(_ mode: Connection.Mode = .create) throws -> Connection {
    try Connection(path: disk.uri("a.db"), mode: mode)
  }

  private func table(on connection: Connection) throws {
    try connection.useWriteAheadLog()
    try connection.execute("CREATE TABLE t (x INTEGER); INSERT INTO t VALUES (1)")
  }

  @Test func `a reader and a writer share the log`() throws {
    let writer = try open()
    try table(on: writer)
    let reader = try open(.readOnly)
    #expect(try reader.integer(of: "SELECT count(*) FROM t") == 1)
    try reader.execute("BEGIN")
    #expect(try reader.integer(of: "SELECT count(*) FROM t") == 1)
    try writer.execute("INSERT INTO t VALUES (2)")
    #expect(try reader.integer(of: "SELECT count(*) FROM t") == 1)
    try reader.execute("COMMIT")
    #expect(try reader.integer(of: "SELECT count(*) FROM t") == 2)
  }

  @Test func `two writers do not write at once`() throws {
    let first = try open()
    try table(on: first)
    let second = try open()
    try first.execute("BEGIN IMMEDIATE")
    #expect(throws: SQLiteError.self) { try second.execute("BEGIN IMMEDIATE") }
    try first.execute("COMMIT")
    try second.execute("BEGIN IMMEDIATE; COMMIT")
  }

  @Test func `what was committed survives, and what was open is useless`() throws {
    let before = try open()
    try table(on: before)
    try before.execute("BEGIN; INSERT INTO t VALUES (2)")
    disk.restart(.nothing)
    #expect(throws: SQLiteError.self) { try before.execute("COMMIT") }
    #expect(try open().integer(of: "SELECT count(*) FROM t") == 1)
  }

  @Test func `what was not synced is lost`() throws {
    let before = try open()
    try table(on: before)
    try before.execute("PRAGMA synchronous = OFF; INSERT INTO t VALUES (2)")
    disk.restart(.nothing)
    #expect(try open().integer(of: "SELECT count(*) FROM t") == 1)
  }

  @Test func `what was not synced survives the death of a process`() throws {
    let before = try open()
    try table(on: before)
    try before.execute("PRAGMA synchronous = OFF; INSERT INTO t VALUES (2)")
    disk.restart(.everything)
    #expect(try open().integer(of: "SELECT count(*) FROM t") == 2)
  }

  @Test func `a call fails as it was told to, and works again`() throws {
    let connection = try open()
    try table(on: connection)
    disk.inject(.full())
    do {
      try connection.execute("INSERT INTO t VALUES (2)")
      Issue.record("there was room")
    } catch { #expect(error.isFull) }
    disk.repair()
    try connection.execute("INSERT INTO t VALUES (2)")
    disk.inject(.busy(isLasting: true))
    do {
      try connection.execute("BEGIN IMMEDIATE")
      Issue.record("it was free")
    } catch { #expect(error.isBusy) }
    disk.repair()
    #expect(try connection.integer(of: "SELECT count(*) FROM t") == 2)
    #expect(disk.failures > 1)
  }
}
