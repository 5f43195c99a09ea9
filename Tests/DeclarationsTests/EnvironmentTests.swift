import Declarations
import Diagnostics
import MeshModel
import TestKit
import Testing

struct EnvironmentTests {
  static let files = [
    "mesh.yaml": "values: {limit: 5, word: a}\n",
    "dev.env.yaml": """
    environment: dev
    schedules: false
    notifications: false
    values: {limit: 6}
    stores: {d: {sqlite: other.db}}
    borrow: e
    """,
    "broken.env.yaml": "environment: broken\nvalue: {}\n",
    "d/domain.yaml": "domain: d\nowner: team\nstore: {sqlite: d.db}\n",
    "d/p.yaml": "pipeline: p\nschedule: {cron: '0 6 * * *'}\ntasks: {a: {run: x}}\n",
    "e/domain.yaml": "domain: e\nowner: team\n",
  ]

  private func load(_ environment: String?) throws -> LoadedMesh {
    let project = try TemporaryProject(Self.files)
    return DeclarationLoader.load(project: project.root, environment: environment)
  }

  @Test func `production is as if there were no environments, but for their mistakes`() throws {
    let loaded = try load(nil)
    #expect(loaded.mesh.environment == nil)
    #expect(loaded.mesh.values == ["limit": .integer(5), "word": .text("a")])
    #expect(loaded.mesh.domains.map(\.store) == ["d.db", nil])
    #expect(loaded.mesh.domains[0].pipelines.first?.schedule != nil)
    #expect(loaded.codes == ["unknown-key"])
    #expect(!loaded.broken.mesh)
  }

  @Test func `an environment changes what it names, and nothing else`() throws {
    let mesh = try load("dev").mesh
    #expect(mesh.environment?.name == "dev")
    #expect(mesh.environment?.notifies == false)
    #expect(mesh.values == ["limit": .integer(6), "word": .text("a")])
    #expect(mesh.domains.map(\.store) == ["other.db", nil])
    #expect(mesh.domains.map(\.isBorrowed) == [false, true])
    #expect(mesh.domains[0].pipelines.first?.schedule == nil)
  }

  @Test(arguments: ["broken", "dav"])
  func `nothing runs in an environment that cannot be understood`(name: String) throws {
    let loaded = try load(name)
    #expect(loaded.broken.mesh)
    #expect(loaded.diagnostics.errorCount > 0)
  }

  @Test func `environments are known by their files`() throws {
    let project = try TemporaryProject(Self.files)
    #expect(DeclarationLoader.environments(of: project.root) == ["broken", "dev"])
  }
}
