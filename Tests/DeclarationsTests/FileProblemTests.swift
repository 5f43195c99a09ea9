import Declarations
import Diagnostics
import Foundation
import Glibc
import MeshModel
import TestKit
import Testing

/// A project whose files change while they are read.
private struct UnsteadyFiles: DeclarationFiles {
  let base: ProjectFolder
  let beforeReading: @Sendable (String) -> Void

  func entries(of folder: String) throws(FileProblem) -> [FileEntry] { try base.entries(of: folder) }

  func content(of path: String) throws(FileProblem) -> [UInt8] {
    beforeReading(path)
    return try base.content(of: path)
  }
}

struct FileProblemTests {
  private static let good = "pipeline: good\ntasks: {a: {run: x}}\n"

  private func project() throws -> TemporaryProject {
    try TemporaryProject(["d/domain.yaml": "domain: d\nowner: team\n", "d/good.yaml": Self.good])
  }

  private func expect(
    _ project: TemporaryProject, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let loaded = DeclarationLoader.load(project: project.root)
    let text = Check.text(loaded).replacingOccurrences(of: project.root, with: "PROJECT")
    Snapshot.expect(text, matches: "\(name).txt", sourceLocation: sourceLocation)
    #expect(loaded.mesh.domains.first?.pipelines.contains { $0.name.name == "good" } == true)
  }

  @Test func `a symbolic link that leads out of the project is an error`() throws {
    let project = try project()
    let outside = try TemporaryFolder()
    try outside.write(Self.good, to: "p.yaml")
    try outside.write("SELECT 1", to: "x.sql")
    try outside.write("domain: e\nowner: x\n", to: "e/domain.yaml")
    try project.folder.link("dags/d/linked.yaml", to: outside.file("p.yaml"))
    try project.folder.link("dags/d/x.sql", to: outside.file("x.sql"))
    try project.folder.link("dags/e", to: outside.file("e"))
    try project.write("pipeline: q\ntasks: {a: {sql: x.sql}}\n", to: "d/q.yaml")
    expect(project, "symlinks-out-of-the-project")
  }

  @Test func `a symbolic link within the project is followed`() throws {
    let project = try project()
    try project.write("SELECT 1", to: "/common/x.sql")
    try project.folder.link("dags/d/x.sql", to: "../../common/x.sql")
    try project.write("pipeline: q\ntasks: {a: {sql: x.sql}, b: {sql: ../../common/x.sql}}\n", to: "d/q.yaml")
    #expect(DeclarationLoader.load(project: project.root).diagnostics.isEmpty)
  }

  @Test func `a file that vanishes while it is read is reported and stops nobody else`() throws {
    let project = try project()
    try project.write("pipeline: going\ntasks: {a: {run: x}}\n", to: "d/going.yaml")
    let victim = project.file("d/going.yaml")
    let files = UnsteadyFiles(base: try ProjectFolder(root: project.root)) { path in
      if path.hasSuffix("going.yaml") { unlink(victim) }
    }
    let loaded = DeclarationLoader.load(project: project.root, files: files)
    Snapshot.expect(Check.text(loaded), matches: "vanished-file.txt")
    #expect(loaded.mesh.domains[0].pipelines.map(\.name.name) == ["good"])
    #expect(loaded.broken.contains(PipelineName(domain: "d", name: "going")))
  }

  @Test func `what is no regular file is reported, and nobody waits for it`() throws {
    let project = try project()
    #expect(mkfifo(project.file("d/pipe.yaml"), 0o600) == 0)
    try project.folder.link("dags/d/loop.yaml", to: "loop.yaml")
    try project.folder.link("dags/d/nowhere.yaml", to: "nothing.yaml")
    expect(project, "no-regular-files")
  }

  @Test func `a file of 20 MiB is refused without being read`() throws {
    let project = try project()
    try project.folder.write([UInt8](repeating: UInt8(ascii: "#"), count: 20 << 20), to: "dags/d/large.yaml")
    expect(project, "large-file")
  }

  @Test func `text that is not UTF-8 is shown with the first bad byte`() throws {
    let project = try project()
    let latin =
      Array("pipeline: p\ndescription: Caf".utf8) + [0xE9, 0x0A] + Array("tasks: {a: {run: x}}\n".utf8)
    try project.folder.write(latin, to: "dags/d/latin.yaml")
    try project.folder.write([0xFF, 0xFE, 0x70, 0x00, 0x0A, 0x00], to: "dags/d/utf16.yaml")
    try project.folder.write(Array("SELECT '".utf8) + [0xC3, 0x28], to: "dags/d/bad.sql")
    try project.write("pipeline: q\ntasks: {a: {sql: bad.sql}}\n", to: "d/q.yaml")
    expect(project, "invalid-utf8")
  }

  @Test(arguments: [
    ("[", "nested-brackets"), ("{a: ", "nested-braces"), ("- ", "nested-dashes"), ("? ", "nested-keys"),
  ])
  func `nesting of 100,000 levels is answered at once`(bracket: String, name: String) throws {
    let project = try project()
    try project.write("pipeline: p\ntasks:\n  " + String(repeating: bracket, count: 100_000), to: "d/p.yaml")
    expect(project, name)
  }

  @Test func `of many mistakes in one file the first are shown`() throws {
    let lines = (0..<1000).map { "key_\($0): 1" }.joined(separator: "\n")
    let loaded = try Check.pipeline(lines)
    #expect(loaded.diagnostics.count == 201 && loaded.codes.contains("too-many-mistakes"))
  }

  @Test func `a project without dags is told so`() throws {
    let folder = try TemporaryFolder()
    #expect(DeclarationLoader.findProject(from: folder.path) == nil)
    let loaded = DeclarationLoader.load(project: folder.path)
    #expect(loaded.codes == ["file-missing"] && loaded.broken.mesh)
    #expect(DeclarationLoader.load(project: folder.path + "/none").codes == ["file-missing"])
  }
}
