import Foundation
import Lineage
import MeshModel
import TestKit
import Testing

/// Real workflows of other systems, turned into declarations: the order that lineage derives is the declared
/// one.
struct WorkflowTests {
  @Test(.enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)))
  func `the edges derived from files are those that the authors declared`() throws {
    let workflows = try Self.all()
    try #require(!workflows.isEmpty)
    for workflow in workflows {
      let converter = WorkflowConverter(workflow)
      let mesh = try WovenMesh(converter.files)
      #expect(mesh.diagnostics.lines == "", "\(workflow.name)")
      var derived: Set<Workflow.Edge> = []
      var byFile = 0
      var pairs: Set<Workflow.Edge> = []
      for edge in mesh.graph.edges {
        let from = workflow.tasks[mesh.graph.nodes[edge.from].task].id
        let pair = Workflow.Edge(from: from, to: workflow.tasks[mesh.graph.nodes[edge.to].task].id)
        if edge.via != nil {
          byFile += 1
          pairs.insert(pair)
        }
        derived.insert(pair)
      }
      #expect(derived == workflow.declared, "\(workflow.name)")
      #expect(pairs == converter.withFile, "\(workflow.name)")
      let name = workflow.name.padding(toLength: 44, withPad: " ", startingAt: 0)
      print(
        "\(name) \(workflow.tasks.count) tasks, \(workflow.declared.count) edges declared, "
          + "\(pairs.count) of them derived from \(byFile) uses of files, "
          + "\(converter.withoutFile.count) without a file said by 'after'")
    }
  }

  @Test func `a file that two tasks write becomes a dataset for each`() throws {
    var workflow = Workflow(name: "two")
    workflow.tasks = [
      .init(id: "A", outputs: ["x"]), .init(id: "B", inputs: ["x"], outputs: ["x"]),
      .init(id: "C", inputs: ["x"]), .init(id: "D", inputs: ["in"]),
    ]
    workflow.declared = [.init(from: "A", to: "B"), .init(from: "B", to: "C"), .init(from: "C", to: "D")]
    let mesh = try WovenMesh(WorkflowConverter(workflow).files)
    #expect(mesh.diagnostics.lines == "")
    #expect(
      mesh.graph.edgeLines == [
        "wf/flow.t1 -> wf/flow.t2 by wf.f1_by_t1", "wf/flow.t2 -> wf/flow.t3 by wf.f1_by_t2",
        "wf/flow.t3 -> wf/flow.t4",
      ])
  }

  private static func all() throws -> [Workflow] {
    guard let folder = SharedData.path("data/workflows") else { return [] }
    let files = try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
    return try files.compactMap { file -> Workflow? in
      let path = folder + "/" + file
      let name = (file as NSString).lastPathComponent
      if file.hasPrefix("wfcommons/"), file.hasSuffix(".json") {
        return try Workflow(wfFormat: String(contentsOfFile: path, encoding: .utf8), name: name)
      }
      if file.hasSuffix(".dax") {
        return Workflow(dax: try Data(contentsOf: URL(fileURLWithPath: path)), name: name)
      }
      if file.hasSuffix(".dax.gz") { return Workflow(dax: try unpacked(path), name: name) }
      return nil
    }
  }

  private static func unpacked(_ path: String) throws -> Data {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/gzip")
    process.arguments = ["-dc", path]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return data
  }
}
