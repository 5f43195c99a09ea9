import Declarations
import MeshModel
import TestKit
import Testing

struct TemplateTests {
  private static let template = """
    accepts:
      table: {type: dataset, description: where the rows go}
      path: {type: string}
      attempts: {type: integer, default: 3}
      columns: {type: mapping}
      pause: {type: duration, default: 5s}
    description: Rows from a file.
    partition: daily
    tags: [made]
    defaults: {timeout: 5m}
    tasks:
      land:
        load: {file: {with: path}}
        into: {with: table}
        columns: {with: columns}
        retry: {attempts: {with: attempts}, delay: {with: pause}}
      tell:
        run: [./tell.sh, {with: path}]
        reads: [{with: table}]
    """

  @Test func `a template's values are replaced whole, and what the pipeline says goes first`() throws {
    let loaded = try Check.load([
      "d/domain.yaml": "domain: d\nowner: t\n", "templates/ingest.yaml": Self.template,
      "d/one.yaml": """
      pipeline: one
      template: ../templates/ingest.yaml
      with: {table: d.one, path: "a {b}.csv", columns: {x: text, y: real}, attempts: 7}
      tags: [own]
      """,
      "d/two.yaml": """
      pipeline: two
      template: ../templates/ingest.yaml
      with: {table: d.two, path: b.csv, columns: {z: text}}
      partition: weekly
      """,
    ])
    #expect(loaded.diagnostics.isEmpty, "\(Check.text(loaded))")
    #expect(loaded.mesh.domains.map(\.name) == ["d"] && loaded.pipelineCount == 2)
    let pipelines = loaded.mesh.domains[0].pipelines
    #expect(pipelines.map(\.tags) == [["own"], ["made"]] && pipelines.map(\.grain) == [.daily, .weekly])
    guard case .load(let load) = pipelines[0].tasks[0].kind, case .file(.literal(let path)) = load.source,
      case .run(let command) = pipelines[1].tasks[1].kind, case .arguments(let items) = command.form
    else { throw Unexpected() }
    #expect(path == .text("a {b}.csv") && load.into.dataset.name == "one" && load.columns.count == 2)
    #expect(pipelines.map { $0.tasks[0].retry.attempts } == [7, 3])
    #expect(
      pipelines[0].tasks[0].retry.delay == .seconds(5) && pipelines[0].tasks[0].timeout == .seconds(300))
    #expect(command.directory.hasSuffix("/dags/templates") && items.count == 2)
    #expect(pipelines[1].tasks[1].reads.map(\.dataset.description) == ["d.two"])
  }

  @Test func `a template that nobody uses is left alone`() throws {
    let loaded = try Check.load([
      "d/domain.yaml": "domain: d\nowner: t\n", "d/t.yaml": "accepts: {}\ntasks: {a: {frobnicate: 1}}\n",
      "common.yaml": "accepts: {}\nnonsense: 1\n",
    ])
    #expect(loaded.diagnostics.isEmpty && loaded.pipelineCount == 0)
  }
}
