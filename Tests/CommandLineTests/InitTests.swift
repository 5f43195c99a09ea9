import Basics
import TestKit
import Testing

@testable import CommandLine

@Suite struct InitTests {
  @Test func `init writes the mesh and says what comes next`() throws {
    let folder = try TemporaryFolder()
    let answer = ProgramSession(directory: folder.path).heddle("init", "my demo")
    #expect(answer.code == .success)
    let files = try folder.files()
    #expect(files == (StarterMesh.files.map(\.path) + [".gitignore"]).map { "my demo/" + $0 }.sorted())
    #expect(answer.out.split(separator: "\n").count == files.count)
    #expect(answer.err.contains("  cd 'my demo'\n  heddle check\n"))
  }

  @Test func `init overwrites nothing`() throws {
    let folder = try TemporaryFolder()
    try folder.write("mine", to: "landing/orders/2025-01-02.csv")
    let answer = ProgramSession(directory: folder.path).heddle("init")
    #expect(answer.code == .conflict)
    #expect(answer.err.hasPrefix("error: 'landing/orders/2025-01-02.csv' exists already in "))
    #expect(try folder.files() == ["landing/orders/2025-01-02.csv"])
  }

  @Test func `init leaves what a project ignores as it is`() throws {
    let folder = try TemporaryFolder()
    try folder.write("target/\n", to: ".gitignore")
    #expect(ProgramSession(directory: folder.path).heddle("init", ".").code == .success)
    #expect(try folder.text(".gitignore") == "target/\n")
    #expect(ProgramSession(directory: folder.path).heddle("init").code == .conflict)
  }

  @Test func `init as JSON names files and next lines`() throws {
    let folder = try TemporaryFolder()
    let answer = ProgramSession(directory: folder.path).heddle("init", "--json")
    let value = try JSONValue(parsing: answer.out.utf8)
    #expect(value["schema"] == .string("heddle.init/v1"))
    #expect(value["project"] == .string(folder.path))
    #expect(value["files"]?.array?.count == StarterMesh.files.count + 1)
    #expect(value["next"]?.array?.count == StarterMesh.nextLines.count)
    #expect(answer.err == "")
  }

  @Test func `init where nothing can be written says so`() {
    let answer = ProgramSession(directory: "/proc").heddle("init")
    #expect(answer.code == .failed)
    #expect(answer.err.hasPrefix("error: cannot make the folder '/proc/dags'"))
  }

  @Test func `a folder that no text can name is refused`() {
    let answer = ProgramSession(directory: "/tmp/a\u{FFFD}b").heddle("init")
    #expect(answer.code == .failed)
    #expect(answer.err.contains("is no UTF-8"))
  }
}
