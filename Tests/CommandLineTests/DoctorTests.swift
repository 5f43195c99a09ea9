import Basics
import Glibc
import SQLite
import TestKit
import Testing

@testable import CommandLine

@Suite struct DoctorTests {
  /// A project with a SQL task a day, run for two days.
  final class Ward {
    let project: TemporaryProject
    var session: ProgramSession

    init() throws {
      project = try TemporaryProject.domain([
        "p": """
        partition: daily
        schedule: {cron: "0 6 * * *", start: 2025-01-01, end: 2025-01-03}
        tasks:
          make: {sql: "SELECT :partition AS day, 1 AS n", into: d.things, mode: partition, partition_by: day}
        """
      ])
      session = ProgramSession(directory: project.root)
      session.clock = SystemClock()
      let words = ["backfill", "d/p", "--from", "2025-01-01", "--to", "2025-01-02", "--yes"]
      #expect(session.heddle(words).code == .success)
    }

    func store() throws -> Connection {
      try Connection(path: project.state + "/stores/d.db", mode: .readWrite)
    }

    func record() throws -> Connection {
      try Connection(path: project.state + "/heddle.db", mode: .readWrite)
    }
  }

  @Test func `a healthy state has no findings`() throws {
    let ward = try Ward()
    let answer = ward.session.heddle("doctor")
    #expect(answer.code == .success, "\(answer.out)")
    #expect(answer.out == "")
    #expect(answer.err.hasPrefix("nothing is wrong: "))
    let json = try JSONValue(parsing: ward.session.heddle("doctor", "--json").out.utf8)
    #expect(json["schema"] == .string("heddle.doctor/v1"))
    #expect(json["healthy"] == .boolean(true))
    #expect(json["state"]?["runs"] == .integer(2))
  }

  @Test func `where nothing was run there is nothing to find`() throws {
    let project = try TemporaryProject.domain(["p": "tasks: {only: {run: 'exit 0'}}\n"])
    let answer = ProgramSession(directory: project.root).heddle("doctor")
    #expect(answer.code == .success, "\(answer.out)")
    #expect(answer.err == "there is no state yet: nothing was ever run\n")
    #expect(!project.folder.exists(".heddle"))
  }

  @Test func `a store that lost what the record says it has is told`() throws {
    let ward = try Ward()
    try ward.store().execute("DELETE FROM _heddle_commits WHERE partition = '2025-01-02'")
    let answer = ward.session.heddle("doctor")
    #expect(answer.code == .failed)
    #expect(answer.out.hasPrefix("✕ problem  stores (law 23)  'd.things@2025-01-02' is recorded as made by "))
    #expect(answer.out.hasSuffix("heddle mark 'd.things@2025-01-02' missing, then a backfill\n"))
  }

  @Test func `a store that has what the record does not know is told`() throws {
    let ward = try Ward()
    try ward.store().execute(
      """
      INSERT INTO _heddle_commits SELECT substr(attempt_key, 1, instr(attempt_key, '-')) || '9-0-0-1', 9, task,
        dataset, partition, inputs, rows, committed_at FROM _heddle_commits LIMIT 1;
      INSERT INTO _heddle_commits VALUES ('other-1-0-0-1', 1, 't', NULL, NULL, '[]', 0, 0)
      """)
    let answer = ward.session.heddle("doctor")
    #expect(answer.code == .failed)
    #expect(answer.out.split(separator: "\n").count == 1, "\(answer.out)")
    #expect(answer.out.contains("-9-0-0-1, and the record does not have it; "))
  }

  @Test func `what others can read, and a clock that went back, are told`() throws {
    let ward = try Ward()
    chmod(ward.project.state + "/heddle.db", 0o644)
    var past = ward.session
    past.clock = ManualClock()
    let answer = past.heddle("doctor")
    #expect(answer.code == .failed)
    #expect(
      answer.out.contains("permissions  '\(ward.project.state)/heddle.db' is open to others (mode 644)"))
    #expect(answer.out.contains("clock  the newest event is of "))
  }

  @Test func `a state file that is none is a finding and no failure of the doctor`() throws {
    let ward = try Ward()
    try ward.record().execute("PRAGMA application_id = 7")
    let answer = ward.session.heddle("doctor")
    #expect(answer.code == .failed)
    #expect(answer.out.contains("state_file  "))
  }
}
