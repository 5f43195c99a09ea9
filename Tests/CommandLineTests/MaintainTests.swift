import Basics
import TestKit
import Testing

@testable import CommandLine

@Suite struct MaintainTests {
  @Test func `old runs go with their logs, the latest of each partition stays`() throws {
    let ward = try DoctorTests.Ward()
    try ward.project.write("retention: {runs: 1m, logs: 1m, events: none}\n", to: "mesh.yaml")
    #expect(ward.session.heddle("run", "d/p", "--partition", "2025-01-01").code == .success)
    #expect(ward.session.heddle("maintain").err == "nothing to remove\n")
    let clock = ManualClock()
    clock.advance(by: SystemClock().now - clock.now + .seconds(3600))
    ward.session.clock = clock
    let preview = ward.session.heddle("maintain", "--dry-run")
    #expect(preview.out.hasPrefix("would remove 1 runs"), "\(preview.out)\(preview.err)")
    #expect(ward.session.heddle("runs", "--quiet").out == "3\n2\n1\n")
    let done = ward.session.heddle("maintain")
    #expect(done.code == .success, "\(done.err)")
    #expect(done.out.hasPrefix("removed 1 runs"), "\(done.out)")
    #expect(ward.session.heddle("runs", "--quiet").out == "3\n2\n")
    let doctor = ward.session.heddle("doctor")
    #expect(doctor.code == .success, "\(doctor.out)")
    #expect(!ward.project.folder.exists(".heddle/logs/1"))
  }

  @Test func `where nothing was run nothing is removed and nothing is made`() throws {
    let project = try TemporaryProject.domain(["p": "tasks: {only: {run: 'exit 0'}}\n"])
    let answer = ProgramSession(directory: project.root).heddle("maintain", "--json")
    #expect(answer.code == .success)
    #expect(try JSONValue(parsing: answer.out.utf8)["runs"] == .integer(0))
    #expect(!project.folder.exists(".heddle"))
  }
}
