import Basics
import SQLite
import TestKit
import Testing

@testable import CommandLine

@Suite struct BackupTests {
  private func missing(_ answer: ProgramSession.Answer) throws -> [String] {
    try JSONValue(parsing: answer.out.utf8)["missing"]?.array?.compactMap(\.string) ?? []
  }

  @Test func `a backup restores what was there, and the old state is put aside`() throws {
    let ward = try DoctorTests.Ward()
    let folder = ward.project.folder.file("backup")
    try ward.project.write("s3cret", to: "/.heddle/secrets/KEY")
    let backup = ward.session.heddle("backup", "backup")
    #expect(backup.code == .success, "\(backup.err)")
    #expect(backup.err == "secrets and logs are left out\n")
    #expect(ward.project.folder.exists("backup/stores/d.db"))
    #expect(!ward.project.folder.exists("backup/secrets"))
    #expect(!ward.project.folder.exists("backup/stores/d.db-wal"))
    #expect(ward.session.heddle("run", "d/p", "--partition", "2025-01-01").code == .success)
    try ward.store().execute("DROP TABLE things")

    let restore = ward.session.heddle("restore", folder)
    #expect(restore.code == .success, "\(restore.err)")
    #expect(restore.out == "")
    #expect(ward.session.heddle("runs", "--quiet").out == "2\n1\n")
    #expect(try ward.store().integer(of: "SELECT count(*) FROM things") == 2)
    #expect(ward.project.folder.exists(".heddle/secrets/KEY"))
    let aside = try #require(restore.err.split(separator: "'").dropFirst().first.map(String.init))
    let old = ward.session.heddle("runs", "--quiet", "--state", aside)
    #expect(old.out == "3\n2\n1\n", "\(old.err)")
    let doctor = ward.session.heddle("doctor")
    #expect(!doctor.out.contains("law"), "\(doctor.out)")
    // The keys of what comes now are none that the old store has seen.
    #expect(ward.session.heddle("run", "d/p", "--partition", "2025-01-01").code == .success)
    #expect(try ward.store().integer(of: "SELECT count(DISTINCT attempt_key) FROM _heddle_commits") == 3)
  }

  @Test func `where record and store differ, the partition becomes missing`() throws {
    let ward = try DoctorTests.Ward()
    try ward.store().execute(
      """
      DELETE FROM _heddle_commits WHERE partition = '2025-01-02';
      INSERT INTO _heddle_commits SELECT substr(attempt_key, 1, instr(attempt_key, '-')) || '9-0-0-1', 9, task,
        dataset, '2025-01-01', inputs, rows, committed_at FROM _heddle_commits LIMIT 1
      """)
    #expect(ward.session.heddle("backup", "b").code == .success)
    let restore = ward.session.heddle("restore", "b", "--json")
    #expect(try missing(restore) == ["d.things@2025-01-01", "d.things@2025-01-02"])
    let doctor = ward.session.heddle("doctor")
    #expect(doctor.code == .success, "\(doctor.out)")
    let again = ["backfill", "d/p", "--from", "2025-01-01", "--to", "2025-01-02", "--yes"]
    #expect(ward.session.heddle(again).out.contains("2 runs, 2 tasks"))
    #expect(try ward.store().integer(of: "SELECT count(*) FROM things") == 2)
  }

  @Test func `a backup that is whole is never overwritten, and one that is not is begun again`() throws {
    let ward = try DoctorTests.Ward()
    #expect(ward.session.heddle("backup", "b").code == .success)
    #expect(ward.session.heddle("backup", "b").code == .conflict)
    #expect(ward.session.heddle("backup", "dags").code == .conflict)
    try ward.project.remove("/b/heddle-backup.json")
    try ward.project.write("", to: "/b/unfinished")
    #expect(ward.session.heddle("restore", "b").code == .notFound)
    #expect(ward.session.heddle("backup", "b").code == .success)
    #expect(ward.session.heddle("restore", "b").code == .success)
  }

  @Test func `a file that changed is refused, and nothing is touched`() throws {
    let ward = try DoctorTests.Ward()
    #expect(ward.session.heddle("backup", "b").code == .success)
    try Connection(path: ward.project.folder.file("b/stores/d.db"), mode: .readWrite)
      .execute("DELETE FROM things")
    let restore = ward.session.heddle("restore", "b")
    #expect(restore.code == .failed)
    #expect(restore.err.contains("'\(ward.project.root)/b/stores/d.db' is not as it was written"))
    #expect(ward.session.heddle("runs", "--quiet").out == "2\n1\n")
  }

  @Test(arguments: ["../x", "/etc/x", "a/../x", "", "a//b"])
  func `a marker that leads out of its folder is refused`(path: String) throws {
    let ward = try DoctorTests.Ward()
    #expect(ward.session.heddle("backup", "b").code == .success)
    let marker = try ward.project.folder.text("b/heddle-backup.json")
    try ward.project.write(
      marker.replacing("\"path\":\"stores/d.db\"", with: "\"path\":\"\(path)\""),
      to: "/b/heddle-backup.json")
    #expect(ward.session.heddle("restore", "b").err.contains("does not say what this heddle understands"))
  }
}
