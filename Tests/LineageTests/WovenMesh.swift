import Declarations
import Diagnostics
import Lineage
import MeshModel
import TestKit

/// A mesh written as files, read and woven into its graph by the real loader and builder.
struct WovenMesh {
  let graph: MeshGraph
  let diagnostics: [Diagnostic]
  let broken: [String]

  /// - Parameter files: by their path below `dags/`; domains without a `domain.yaml` get one.
  init(_ files: [String: String]) throws {
    var files = files
    for path in files.keys {
      guard let domain = path.split(separator: "/").first, path.contains("/") else { continue }
      let head = "\(domain)/domain.yaml"
      if files[head] == nil { files[head] = "domain: \(domain)\nowner: team\n" }
    }
    let project = try TemporaryProject(files)
    self.init(root: project.root)
  }

  init(root: String) {
    let loaded = DeclarationLoader.load(project: root)
    let (graph, found) = LineageBuilder.build(loaded)
    self.graph = graph
    diagnostics = (loaded.diagnostics + found).sortedForReading()
    let broken = BrokenPipelines(graph, diagnostics: diagnostics, loaded: loaded.broken)
    self.broken = broken.causes.keys.sorted().map { graph.pipelines[$0].name.description }
  }

  /// What a task reads: `dataset(column, column)`, or `dataset(?)` where nothing tells the columns.
  func reads(_ task: String) -> String {
    guard let node = graph.nodes.first(where: { $0.name.description == task }) else { return "no such task" }
    return node.reads.map { read in
      "\(read.dataset)(\(read.columns.map { $0.joined(separator: ", ") } ?? "?"))"
    }.joined(separator: " ")
  }
}
