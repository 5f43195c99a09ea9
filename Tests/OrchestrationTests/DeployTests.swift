import Basics
import Lineage
import MeshModel
import Planning
import Records
import TestKit
import Testing
import Threads

@testable import Orchestration

/// Releases of a project whose files change, with and without mistakes.
@Suite struct DeployTests {
  let project: TemporaryProject
  let state: StateDirectory
  let clock = SystemClock()

  init() throws {
    project = try TemporaryProject([
      "d/domain.yaml": "domain: d\nowner: team\n", "e/domain.yaml": "domain: e\nowner: others\n",
      "d/a.yaml": Self.a("SELECT 1 AS n"), "e/b.yaml": Self.b("n"),
      "d/shell.yaml": "pipeline: shell\ntasks: {t: {run: ./t.sh}}\n", "d/t.sh": "echo one\n",
    ])
    state = StateDirectory(root: project.state)
  }

  static func a(_ sql: String) -> String {
    "pipeline: a\ntasks: {make: {sql: \"\(sql)\", into: d.made, mode: replace}}\n"
  }

  static func b(_ column: String) -> String {
    "pipeline: b\ntasks: {read: {sql: \"SELECT \(column) AS m FROM d.made\", into: e.read, mode: replace}}\n"
  }

  static let a = PipelineName(domain: "d", name: "a")
  static let b = PipelineName(domain: "e", name: "b")
  static let shell = PipelineName(domain: "d", name: "shell")

  /// Takes a release as an owner does that starts, and goes again.
  @discardableResult func take(isDaemon: Bool = true) throws -> (project: CheckedProject, taken: TakenRelease)
  {
    let owner = try Owner(
      project: CheckedProject(loading: project.root), state: state, clock: clock,
      identity: .init(version: "", isDaemon: isDaemon))
    return (owner.project, owner.taken)
  }

  func sql(_ name: PipelineName, _ project: CheckedProject) throws -> String {
    let place = try #require(project.graph.index(of: name))
    guard case .sql(let task) = project.graph.pipelines[place].tasks[0].kind else { return "" }
    return task.text.text
  }

  func isBroken(_ name: PipelineName, _ project: CheckedProject) -> Bool {
    project.graph.index(of: name).map { project.broken[$0] != nil } ?? true
  }

  @Test(arguments: [
    "pipeline: a\ntasks: [", "pipeline: a\ntasks: {make: {sqll: SELECT 2}}\n",
    a("SELECT nothing FROM d.none"),
  ])
  func `a pipeline with errors stays as it was, over deploys and restarts, until it is mended`(
    broken: String
  ) throws {
    try take()
    try project.write(broken, to: "d/a.yaml")
    let second = try take()
    #expect(second.taken.id == 2)
    #expect(second.project.kept == [Self.a: 1])
    #expect(try sql(Self.a, second.project) == "SELECT 1 AS n")
    #expect(second.project.broken.isEmpty)
    #expect(try take().taken.id == 2)
    try project.write("echo two\n", to: "d/t.sh")
    let third = try take()
    #expect(third.taken.id == 3 && third.project.kept == [Self.a: 1])
    // Each copy stands alone.
    try project.folder.remove(".heddle/releases/1")
    let again = try #require(CheckedProject(release: 3, in: state))
    #expect(try sql(Self.a, again) == "SELECT 1 AS n")
    #expect(again.kept == [Self.a: 1] && again.broken.isEmpty)
    try project.write(Self.a("SELECT 2 AS n"), to: "d/a.yaml")
    let mended = try take()
    #expect(mended.project.kept.isEmpty)
    #expect(try sql(Self.a, mended.project) == "SELECT 2 AS n")
  }

  @Test func `a kept pipeline runs its scripts of then, and others those of now`() throws {
    try project.write("pipeline: shell2\ntasks: {t: {run: ./t.sh}}\n", to: "d/shell2.yaml")
    try take()
    try project.write("echo two\n", to: "d/t.sh")
    try project.write("pipeline: shell\ntasks: {t: {runn: ./t.sh}}\n", to: "d/shell.yaml")
    let release = try take().taken.release
    func script(_ name: String) throws -> String {
      let place = try #require(release.graph.index(of: PipelineName(domain: "d", name: name)))
      guard case .run(let command) = release.graph.pipelines[place].tasks[0].kind else { return "" }
      return String(
        decoding: try FileTree.contents(of: command.directory + "/t.sh", most: 100), as: UTF8.self)
    }
    #expect(try script("shell") == "echo one\n")
    #expect(try script("shell2") == "echo two\n")
  }

  @Test func `what fails only because something is kept is kept too, and stops nobody else`() throws {
    try take()
    try project.write(
      "pipeline: a\ntasks: {make: {sql: \"SELECT 1 AS n, 2 AS o\", into: d.made, mod: replace}}\n",
      to: "d/a.yaml")
    try project.write(Self.b("o"), to: "e/b.yaml")
    try project.write("echo two\n", to: "d/t.sh")
    let next = try take().project
    #expect(next.kept == [Self.a: 1, Self.b: 1])
    #expect(next.broken.isEmpty)
  }

  @Test func `a new pipeline with errors does not run, and what is taken away is gone`() throws {
    try take()
    try project.write("pipeline: c\ntasks: {t: {runn: x}}\n", to: "d/c.yaml")
    try project.remove("d/shell.yaml")
    let next = try take().project
    #expect(next.kept.isEmpty)
    #expect(isBroken(PipelineName(domain: "d", name: "c"), next))
    #expect(next.graph.index(of: Self.shell) == nil)
    #expect(!isBroken(Self.a, next) && !isBroken(Self.b, next))
  }

  @Test func `an error in domain.yaml keeps the domain, one in mesh.yaml everything`() throws {
    try take()
    try project.write("domain: d\nowner: team\nslots: many\n", to: "d/domain.yaml")
    try project.write(Self.a("SELECT 2 AS n"), to: "d/a.yaml")
    try project.write(Self.b("n + 1"), to: "e/b.yaml")
    let second = try take()
    #expect(second.project.keptDomains == ["d": 1])
    #expect(try sql(Self.a, second.project) == "SELECT 1 AS n")
    #expect(try sql(Self.b, second.project).contains("n + 1"))
    #expect(second.project.broken.isEmpty)
    try project.write("pools: [", to: "mesh.yaml")
    let third = try take()
    #expect(third.taken.id == 2 && !third.taken.isNew)
    #expect(try sql(Self.b, third.project).contains("n + 1"))
  }

  @Test func `who runs by hand is refused what is kept`() throws {
    try take()
    try project.write("pipeline: a\ntasks: [", to: "d/a.yaml")
    #expect(isBroken(Self.a, try take(isDaemon: false).project))
    #expect(!isBroken(Self.a, try take().project))
  }

  @Test func `a plan says what changes, and nothing of what does not`() throws {
    try take()
    func plan() -> DeployPlan { DeployPlan(of: CheckedProject(loading: project.root), in: state, after: 1) }
    #expect(plan().isEmpty)
    try project.write("# Nothing new.\n" + Self.b("n"), to: "e/b.yaml")
    #expect(plan().pipelines.isEmpty && plan().files == [.init(path: "dags/e/b.yaml", kind: .changed)])
    try project.write(Self.a("SELECT 2 AS n"), to: "d/a.yaml")
    try project.write("domain: e\nowner: others\nslots: 2\n", to: "e/domain.yaml")
    try project.write(
      "pipeline: shell\nschedule: {cron: '0 6 * * *'}\ntasks: {u: {run: 'true'}, t: {run: ./t.sh, timeout: 5m}}\n",
      to: "d/shell.yaml")
    try project.write("pipeline: new\ntasks: {t: {run: 'true', writes: e.new}}\n", to: "e/new.yaml")
    let all = plan()
    #expect(
      all.pipelines.map { "\($0.kind) \($0.name)" } == ["changed d/a", "changed d/shell", "added e/new"])
    #expect(all.pipelines[0].tasks == [.init(name: "make", kind: .changed, keys: ["sql"])])
    #expect(all.pipelines[1].keys == ["schedule"])
    #expect(
      all.pipelines[1].tasks == [
        .init(name: "u", kind: .added, keys: []), .init(name: "t", kind: .changed, keys: ["timeout"]),
      ])
    #expect(all.datasets.map { "\($0.kind) \($0.name)" } == ["changed d.made", "added e.new"])
    #expect(all.datasets[0].readers == [TaskName(pipeline: Self.b, task: "read")])
    #expect(all.settings == ["e: slots"])
  }

  @Test func `who deploys is written down in the commit of the release, and names it`() throws {
    func deploy() throws {
      try Owner(
        project: CheckedProject(loading: project.root), state: state, clock: clock, deploys: true
      ).close()
    }
    try deploy()
    try deploy()
    try project.write(Self.a("SELECT 2 AS n"), to: "d/a.yaml")
    try deploy()
    let reader = try StateReader(opening: state)
    let lines = try reader.auditLines(limit: 9).map(\.record)
    #expect(lines.map(\.subject) == ["release 2", "release 1"])
    #expect(lines.first?.before == #"{"release":1}"# && lines.first?.after == #"{"release":2}"#)
    let kinds = try reader.events(after: 0).map { event in
      switch event.change {
      case .releaseTaken: "release"
      case .audited: "line"
      default: "other"
      }
    }
    #expect(kinds == ["release", "line", "release", "line"])
  }
}
