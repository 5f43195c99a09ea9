import Diagnostics
import Lineage
import MeshModel
import Testing

struct BrokenPipelinesTests {
  /// Each pipeline in a file of its own.
  private func graph() -> MeshGraph {
    var mesh = SketchedMesh(
      """
      a/first.x writes a.x
      a/second.y writes a.y
      b/third.z reads a.x writes b.z
      c/fourth.w reads b.z
      c/fifth.v reads a.y
      """
    ).mesh
    for domain in mesh.domains.indices {
      for pipeline in mesh.domains[domain].pipelines.indices {
        let name = mesh.domains[domain].pipelines[pipeline].name
        let position = Self.place("dags/\(name).yaml")
        mesh.domains[domain].pipelines[pipeline].position = position
        for task in mesh.domains[domain].pipelines[pipeline].tasks.indices {
          mesh.domains[domain].pipelines[pipeline].tasks[task].position = position
        }
      }
    }
    return LineageBuilder.build(mesh).graph
  }

  private static func place(_ path: String) -> SourcePosition {
    SourcePosition(file: SourceFile(path: path, text: ""), line: 1, column: 1)
  }

  private func broken(_ diagnostics: [Diagnostic]) -> [String] {
    let graph = graph()
    return BrokenPipelines(graph, diagnostics: diagnostics).causes.keys.sorted()
      .map { graph.pipelines[$0].name.description }
  }

  @Test func `an error stops its pipeline and what depends on it, and nothing else`() {
    let error = Diagnostic(code: "syntax", "wrong", at: Self.place("dags/a/first.yaml"))
    #expect(broken([error]) == ["a/first", "b/third", "c/fourth"])
    #expect(broken([]) == [])
  }

  @Test func `a file that cannot be read stops those who read what it may write, without an error of theirs`()
    throws
  {
    let mesh = try WovenMesh([
      "a/torn.yaml": "pipeline: torn\ntasks: [\n",
      "a/whole.yaml": "pipeline: whole\ntasks:\n  t: {run: \"true\", writes: a.whole}\n",
      "b/sql.yaml": "pipeline: sql\ntasks:\n  t: {sql: SELECT x FROM a.torn, into: b.x}\n",
      "b/run.yaml": "pipeline: run\ntasks:\n  t: {run: \"true\", reads: a.torn}\n",
      "c/next.yaml": "pipeline: next\ntasks:\n  t: {run: \"true\", reads: b.x}\n",
      "c/fine.yaml": "pipeline: fine\ntasks:\n  t: {run: \"true\", reads: a.whole}\n",
    ])
    #expect(Set(mesh.diagnostics.map(\.position.file.path)) == ["dags/a/torn.yaml"])
    #expect(mesh.broken == ["b/run", "b/sql", "c/next"])
  }

  @Test func `a warning stops nothing`() {
    #expect(broken([Diagnostic(.warning, code: "doubt", "hm", at: Self.place("dags/a/first.yaml"))]) == [])
  }

  @Test func `an error of a domain stops the domain, one of the mesh stops all`() {
    let domain = Diagnostic(code: "type", "wrong", at: Self.place("dags/b/domain.yaml"))
    #expect(broken([domain]) == ["b/third", "c/fourth"])
    let mesh = Diagnostic(code: "type", "wrong", at: Self.place("dags/mesh.yaml"))
    #expect(broken([mesh]).count == 5)
  }

  @Test func `a mistake that lies in two places stops both`() {
    let place = Diagnostic.Note("here", at: Self.place("dags/c/fifth.yaml"))
    let two = Diagnostic(
      code: "two-writers", "both", at: Self.place("dags/c/fourth.yaml"), notes: [place])
    #expect(broken([two]) == ["c/fifth", "c/fourth"])
    let one = Diagnostic(code: "syntax", "one", at: Self.place("dags/c/fourth.yaml"), notes: [place])
    #expect(broken([one]) == ["c/fourth"])
  }
}
