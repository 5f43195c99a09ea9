import Basics
import Glibc
import MeshModel
import SQLite
import TestKit
import Testing

@testable import Records

@Suite struct OpeningTests {
  let folder: TemporaryFolder
  let directory: StateDirectory
  let clock = ManualClock()

  init() throws {
    folder = try TemporaryFolder()
    directory = StateDirectory(root: folder.file("deep/state"))
  }

  private func open() throws(RecordsError) -> StateOwner { try StateOwner(opening: directory, clock: clock) }

  private func refusal(_ body: () throws -> Void) -> RecordsError? {
    do { try body() } catch { return error as? RecordsError }
    return nil
  }

  private func mode(_ path: String) -> UInt32 {
    var information = stat()
    return stat(path, &information) == 0 ? information.st_mode & 0o777 : 0
  }

  /// Changes the file as no heddle would.
  private func vandalize(_ sql: String) throws {
    try Connection(path: directory.database, mode: .readWrite).execute(sql)
  }

  @Test func `the schema is what the golden file says`() throws {
    let connection = try Connection(path: "", mode: .memory)
    try connection.migrate(Schema.migrations)
    let dump = try Schema.dump(connection)
    Snapshot.expect(dump, matches: "schema.sql")
    #expect(SHA256.hexadecimal(of: dump) == Schema.digest)
  }

  @Test(arguments: 0..<Schema.number)
  func `an owner brings every older schema up to date`(_ number: Int) throws {
    try StateOwner.makeFolder(directory.root)
    close(Glibc.open(directory.database, O_RDWR | O_CREAT, 0o600))
    let connection = try Connection(path: directory.database, mode: .readWrite)
    try connection.migrate(Array(Schema.migrations.prefix(number)))
    if number > 0 {
      try connection.execute("INSERT INTO meta (id, state_id, created_at) VALUES (1, 'earlier', 0)")
    }
    let owner = try open()
    #expect(number == 0 || owner.stateID == "earlier")
    let model = try Connection(path: "", mode: .memory)
    try model.migrate(Schema.migrations)
    #expect(try Schema.dump(owner.writer.connection) == Schema.dump(model))
  }

  @Test func `a new state is for this user only, and keeps its name`() throws {
    let name = try open().stateID
    #expect(!name.isEmpty && !name.contains("-"))
    #expect(mode(directory.root) == 0o700)
    #expect(mode(directory.database) == 0o600)
    #expect(mode(directory.lock) == 0o600)
    #expect(try open().stateID == name)
    #expect(try StateReader(opening: directory).stateID() == name)
  }

  @Test func `commits are durable and in a write-ahead log`() throws {
    let owner = try open()
    let settings = ["journal_mode", "synchronous", "foreign_keys"]
    let values = try settings.flatMap { try StateFixture.rows("PRAGMA \($0)", of: owner.writer.connection) }
    #expect(values == ["wal", "2", "1"])
  }

  @Test func `a second owner is refused and told who holds the state`() throws {
    let owner = try open()
    let error = refusal { _ = try open() }
    #expect(error?.kind == .owned(pid: getpid(), since: clock.now))
    #expect(
      error?.message.contains("process \(getpid()) has owned this state since 2013-01-01 00:00:00 UTC")
        == true)
    withExtendedLifetime(owner) {}
  }

  @Test func `an owner that is gone leaves the state to the next one`() throws {
    for _ in 0..<3 { _ = try open() }
  }

  @Test func `a lock file with nonsense in it hinders nobody`() throws {
    _ = try open()
    try folder.write("-- nonsense 99999999999999999999", to: "deep/state/lock")
    _ = try open()
  }

  @Test(arguments: [0x6969, 0xFF53_4D42, 0x6573_5546, 0x0102_1997] as [Int64])
  func `a network file system is refused`(kind: Int64) {
    let error = refusal {
      _ = try StateOwner(opening: directory, clock: clock, fileSystemKind: { _ in kind })
    }
    #expect(error?.kind == .networkFileSystem)
    #expect(error?.help?.contains("--state") == true)
    #expect(!folder.exists("deep/state/heddle.db"))
  }

  @Test func `a newer schema is refused by the owner and by readers`() throws {
    _ = try open()
    try vandalize("PRAGMA user_version = 99")
    #expect(refusal { _ = try open() }?.kind == .newerSchema)
    let error = refusal { _ = try StateReader(opening: directory) }
    #expect(error?.kind == .newerSchema)
    #expect(
      error?.message == "the state file has schema 99, and this heddle knows them up to \(Schema.number)")
  }

  @Test func `another program's database is refused and not touched`() throws {
    try folder.write("", to: "deep/state/heddle.db")
    try vandalize("CREATE TABLE theirs (x); PRAGMA application_id = 7")
    #expect(refusal { _ = try open() }?.kind == .foreign)
    #expect(refusal { _ = try StateReader(opening: directory) }?.kind == .foreign)
  }

  @Test func `a file that is no database is refused and not touched`() throws {
    let text = String(repeating: "this is a diary, not a database\n", count: 100)
    try folder.write(text, to: "deep/state/heddle.db")
    #expect(refusal { _ = try open() }?.kind == .foreign)
    #expect(try folder.text("deep/state/heddle.db") == text)
  }

  @Test func `tables that were changed by hand are damage`() throws {
    _ = try open()
    try vandalize("ALTER TABLE runs ADD COLUMN extra TEXT")
    #expect(refusal { _ = try open() }?.kind == .damaged)
  }

  @Test func `an emptied file is damage where the state has been used`() throws {
    let folder = try TemporaryFolder()
    let directory = StateDirectory(root: folder.file("state"))
    _ = try StateOwner(opening: directory, clock: ManualClock())
    #expect(truncate(directory.database, 0) == 0)
    #expect(mkdir(folder.file("state/releases"), 0o700) == 0)
    for open in [
      { _ = try StateOwner(opening: directory, clock: ManualClock()) },
      { _ = try StateReader(opening: directory, clock: ManualClock()) },
    ] {
      let error = #expect(throws: RecordsError.self) { try open() }
      #expect(error?.kind == .damaged)
    }
  }

  @Test func `a truncated file is damage, and not a trap`() throws {
    let owner = try open()
    try owner.writer.commit([
      .releaseTaken(ReleaseRecord(id: 1, digest: String(repeating: "d", count: 50_000), takenAt: clock.now))
    ])
    let size = Int64(8192)
    _ = consume(owner)
    #expect(truncate(directory.database, Int(size)) == 0)
    let error = refusal {
      _ = try open().writer
      _ = try StateReader(opening: directory).events(after: 0)
    }
    #expect(error != nil)
  }

  @Test func `a state inside a file is refused`() throws {
    try folder.write("", to: "deep")
    #expect(refusal { _ = try open() }?.kind == .unwritable)
  }

  @Test func `to read where nothing is says so`() throws {
    #expect(refusal { _ = try StateReader(opening: directory) }?.kind == .absent)
    try folder.write("", to: "deep/state/heddle.db")
    #expect(refusal { _ = try StateReader(opening: directory) }?.kind == .absent)
  }

  @Test func `a crash before the first row of meta is made good`() throws {
    _ = try open()
    try vandalize("DELETE FROM meta")
    #expect(try !open().stateID.isEmpty)
  }

  private func consume(_ owner: consuming StateOwner) -> String { owner.stateID }
}
