import Diagnostics
import MeshModel

/// The graph while it is being built, with what only the building needs.
struct GraphDraft {
  /// A read that some declaration or SQL tells of, before it is known whether the dataset exists.
  struct FoundRead {
    var node: Int
    var dataset: DatasetName
    var columns: [String]?
    var terms: ReadDeclaration
    var position: SourcePosition
  }

  let mesh: Mesh
  var graph = MeshGraph()
  var diagnostics: [Diagnostic] = []
  let domains: Set<String>
  /// In the order of the nodes.
  var reads: [FoundRead] = []
  /// Nodes whose SQL was not understood, so that what they read and write is not known for certain.
  var uncertain: Set<Int> = []

  /// Domains with files of which nothing can be told, so that datasets may have writers that are not known.
  let unknownWriters: Set<String>
  /// How often names were searched for one that may have been meant.
  var searches = 0
  var sortedNames: [String] = []

  init(_ mesh: Mesh, unknownWriters: Set<String>) {
    self.mesh = mesh
    self.unknownWriters = unknownWriters
    domains = Set(mesh.domains.map(\.name))
    for domain in mesh.domains {
      graph.owners[domain.name] = domain.owner
      for source in domain.sources {
        graph.datasets[source.name] = MeshGraph.Dataset(
          name: source.name, columns: source.columns, writer: nil, position: source.position)
      }
      for pipeline in domain.pipelines { graph.pipelines.append(pipeline) }
    }
    graph.pipelines.sort { $0.name < $1.name }
    for (place, pipeline) in graph.pipelines.enumerated() {
      graph.firstNode.append(graph.nodes.count)
      for (number, task) in pipeline.tasks.enumerated() {
        let name = TaskName(pipeline: pipeline.name, task: task.name)
        graph.nodes.append(MeshGraph.Node(name: name, pipeline: place, task: number))
      }
    }
  }

  mutating func report(
    _ code: String, _ message: String, severity: Diagnostic.Severity = .error, at position: SourcePosition,
    length: Int = 1, notes: [Diagnostic.Note] = [], help: String? = nil
  ) {
    diagnostics.append(
      Diagnostic(
        severity, code: code, message, at: position, length: length, notes: notes, help: help))
  }
}
