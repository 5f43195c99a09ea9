import Basics
import Diagnostics
import Foundation
import TestKit
import Testing

@testable import CommandLine

@Suite struct CheckTests {
  @Test func `the mesh that init writes has no mistakes`() throws {
    let project = try StarterProject()
    let answer = project.session.heddle("check")
    #expect(answer.code == .success)
    #expect(answer.out == "2 pipelines, 0 errors, 0 warnings\n")
    #expect(answer.err == "")
  }

  /// The starter mesh with one mistake in each domain.
  static func broken() throws -> StarterProject {
    let project = try StarterProject()
    try project.folder.write("pipeline: bad\ntsaks: {}\n", to: "dags/shop/bad.yaml")
    try project.folder.write(
      "pipeline: worse\ntasks: {a: {run: x, retires: 3}}\n", to: "dags/reports/worse.yaml")
    return project
  }

  @Test func `mistakes are told with their places and counted`() throws {
    let answer = try Self.broken().keeping { $0.heddle("check") }
    #expect(answer.code == .invalidDeclarations)
    #expect(answer.out.contains("dags/shop/bad.yaml:2:1: error: "))
    #expect(answer.out.contains("did you mean 'tasks'?"))
    #expect(answer.out.hasSuffix(" warnings\n"))
    let quiet = try Self.broken().keeping { $0.heddle("check", "--quiet") }
    #expect(!quiet.out.contains("warnings\n"))
  }

  @Test(arguments: ["dags/shop", "dags/shop/bad.yaml"])
  func `a path narrows what is told, from wherever it is named`(path: String) throws {
    let project = try Self.broken()
    let answer = project.session.heddle("check", path)
    #expect(answer.code == .invalidDeclarations)
    #expect(answer.out.contains("bad.yaml") && !answer.out.contains("worse.yaml"))
    var elsewhere = project.session
    elsewhere.directory = "/"
    #expect(elsewhere.heddle("check", project.folder.file(path)).out == answer.out)
    #expect(project.session.heddle("check", "dags/shop/orders.yaml").code == .success)
  }

  @Test func `the folder of a project is the whole project`() throws {
    let project = try Self.broken()
    var elsewhere = project.session
    elsewhere.directory = "/"
    let answer = elsewhere.heddle("check", project.folder.path)
    #expect(answer.out.contains("bad.yaml") && answer.out.contains("worse.yaml"))
    #expect(project.session.heddle("check", "dags/none").code == .notFound)
  }

  @Test func `standard input stands in the place of the file that it calls itself`() throws {
    let project = try StarterProject()
    var session = project.session
    session.input = "pipeline: orders\ntasks: {land: {run: [x], retires: 3}}\n"
    let answer = session.heddle("check", "-")
    #expect(answer.code == .invalidDeclarations)
    #expect(answer.out.contains("-:2:"))
    session.input = try project.folder.text("dags/shop/orders.yaml")
    #expect(session.heddle("check", "-").code == .success)
    session.input = ""
    #expect(session.heddle("check", "-").code == .invalidDeclarations)
  }

  @Test(arguments: ["json", "sarif", "github"])
  func `mistakes come in formats for programs`(format: String) throws {
    let answer = try Self.broken().keeping { $0.heddle("check", "--format", format) }
    #expect(answer.code == .invalidDeclarations)
    switch format {
    case "json":
      let value = try JSONValue(parsing: answer.out.utf8)
      #expect(value["schema"] == .string("heddle.check/v1"))
      #expect(try Self.broken().keeping { $0.heddle("check", "--json") }.out == answer.out)
    case "sarif": #expect(try JSONValue(parsing: answer.out.utf8)["version"] == .string("2.1.0"))
    default: #expect(answer.out.hasPrefix("::error "))
    }
  }

  @Test func `a code is explained`() {
    let answer = ProgramSession().heddle("check", "--explain", "cycle")
    #expect(answer.code == .success)
    #expect(answer.out.hasPrefix("cycle\n\nTasks wait for each other in a circle"))
    #expect(ProgramSession().heddle("check", "--explain", "cylce").err.contains("did you mean 'cycle'?"))
  }

  @Test func `every code that is reported is explained`() throws {
    let explained = Set(CheckCommand.explanations.map(\.code))
    #expect(explained.count == CheckCommand.explanations.count)
    for room in ["Declarations", "Lineage", "Timetables"] {
      let folder = PackageRoot.file("Sources/\(room)")
      for path in try FileManager.default.subpathsOfDirectory(atPath: folder) where path.hasSuffix(".swift") {
        let text = try String(contentsOfFile: folder + "/" + path, encoding: .utf8)
        for match in text.matches(of: /(?:report\(|code:)\s*"([a-z][a-z-]*)"/) {
          #expect(explained.contains(String(match.1)), "\(path): \(match.1)")
        }
      }
    }
  }
}

extension StarterProject {
  /// Calls with the project's session while its folder is there.
  func keeping<Result>(_ body: (ProgramSession) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(folder) { try body(session) }
  }
}
