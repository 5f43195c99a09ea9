import MeshModel
import TestKit
import Testing

@testable import Orchestration

/// What counts as the meaning of a task, and what does not.
@Suite struct CodeVersionsTests {
  private static let sql = """
    pipeline: p
    params: {low: {type: integer, default: 1}, other: {type: integer, default: 1}}
    tasks:
      make:
        sql: clean.sql
        into: d.made
        mode: replace
      shell: {run: "./go.sh --fast", writes: d.out}
      args: {run: [python3, tools/step.py, "{}"]}
    """

  private static func project() throws -> TemporaryProject {
    try TemporaryProject([
      "mesh.yaml": "values: {limit: 5, unused: 1}\n", "d/domain.yaml": "domain: d\nowner: team\n",
      "d/p.yaml": sql, "d/clean.sql": "-- what is clean\nSELECT 1 AS n WHERE :low < :limit",
      "d/go.sh": "echo $HEDDLE_PARAM_LOW\n", "d/tools/step.py": "print(1)\n", "d/data.csv": "a\n",
    ])
  }

  private static func versions(_ project: TemporaryProject) -> [String] {
    let checked = CheckedProject(loading: project.root)
    #expect(checked.diagnostics.isEmpty, "\(checked.diagnostics)")
    return CodeVersions(graph: checked.graph, mesh: checked.mesh).all
  }

  /// An edit and which of the tasks `make`, `shell` and `args` mean something else after it.
  struct Edit: CustomTestStringConvertible, Sendable {
    var what: String
    var file: String
    var text: String
    var changed: [Bool]
    var testDescription: String { what }
  }

  static let none = [false, false, false]

  static let edits = [
    Edit(
      what: "a comment in SQL, its space and the case of its words", file: "d/clean.sql",
      text: "select 1   as N /* why */\n WHERE :low<:limit;\n", changed: none),
    Edit(
      what: "SQL", file: "d/clean.sql", text: "SELECT 2 AS n WHERE :low < :limit",
      changed: [true, false, false]),
    Edit(
      what: "a text in SQL", file: "d/clean.sql", text: "SELECT 'A' AS n WHERE :low < :limit",
      changed: [true, false, false]),
    Edit(
      what: "a script's bytes", file: "d/go.sh", text: "echo $HEDDLE_PARAM_LOW # why\n",
      changed: [false, true, false]),
    Edit(
      what: "a script in a folder", file: "d/tools/step.py", text: "print(2)\n",
      changed: [false, false, true]),
    Edit(what: "a file that no command names", file: "d/data.csv", text: "b\n", changed: none),
    Edit(
      what: "a comment and the order of keys in YAML", file: "d/p.yaml",
      text: sql.replacing(
        "    into: d.made\n    mode: replace", with: "    mode: replace # all\n    into: d.made"),
      changed: none),
    Edit(
      what: "retries, times and descriptions", file: "d/p.yaml",
      text: sql.replacing(
        "    into: d.made",
        with: "    timeout: 5m\n    description: x\n    retry: {attempts: 3}\n    into: d.made"),
      changed: none),
    Edit(
      what: "an argument", file: "d/p.yaml", text: sql.replacing("--fast", with: "--slow"),
      changed: [false, true, false]),
    Edit(
      what: "the mode", file: "d/p.yaml", text: sql.replacing("mode: replace", with: "mode: append"),
      changed: [true, false, false]),
    Edit(
      what: "a param's default, for those that name it", file: "d/p.yaml",
      text: sql.replacing("low: {type: integer, default: 1}", with: "low: {type: integer, default: 2}"),
      changed: [true, true, false]),
    Edit(
      what: "a param that nobody names", file: "d/p.yaml",
      text: sql.replacing("other: {type: integer, default: 1}", with: "other: {type: integer, default: 2}"),
      changed: none),
    Edit(
      what: "a value of the mesh, for those that name it", file: "mesh.yaml",
      text: "values: {limit: 6, unused: 2}\n", changed: [true, false, false]),
  ]

  @Test(arguments: edits) func `a task means something else when what it does changes`(edit: Edit) throws {
    let project = try Self.project()
    let before = Self.versions(project)
    try project.write(edit.text, to: edit.file)
    let after = Self.versions(project)
    #expect(zip(before, after).map { $0 != $1 } == edit.changed)
  }

  @Test func `the files are named in which a meaning stands`() throws {
    let project = try Self.project()
    let checked = CheckedProject(loading: project.root)
    let codes = CodeVersions(graph: checked.graph, mesh: checked.mesh)
    #expect(codes.files(of: 0) == ["dags/d/clean.sql", "dags/d/p.yaml"])
    #expect(codes.files(of: 1) == ["dags/d/go.sh", "dags/d/p.yaml"])
  }
}
