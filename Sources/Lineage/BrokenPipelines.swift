import Basics
import Declarations
import Diagnostics
import MeshModel

/// Which pipelines must not run because of errors: those that hold one, and those that depend on such a one.
/// An error in one domain stops only what depends on it.
public struct BrokenPipelines: Sendable {
  /// Why a pipeline must not run.
  public enum Cause: Hashable, Sendable {
    /// A file of its own holds an error.
    case own
    /// It reads what this pipeline, which holds an error or depends on one that does, writes.
    case upstream(PipelineName)
    /// It reads this, whose writer may stand in a file that could not be read.
    case unknownWriter(DatasetName)
  }

  /// Codes of mistakes that lie in all the places they name, not just in the first.
  private static let shared: Set<String> = [
    "cycle", "two-writers", "circular-columns", "duplicate-pipeline", "duplicate-store",
  ]

  /// The broken pipelines by their place in the graph.
  public let causes: [Int: Cause]

  /// - Parameters:
  ///   - diagnostics: those of the graph; those of reading the declarations may be among them.
  ///   - loaded: what reading the declarations found broken.
  public init(
    _ graph: MeshGraph, diagnostics: [Diagnostic], loaded: LoadedMesh.Broken? = nil
  ) {
    var paths: Set<String> = []
    for diagnostic in diagnostics where diagnostic.severity == .error {
      paths.insert(diagnostic.position.file.path)
      guard Self.shared.contains(diagnostic.code) else { continue }
      for note in diagnostic.notes { if let position = note.position { paths.insert(position.file.path) } }
    }
    var causes: [Int: Cause] = [:]
    var queue: [Int] = []
    for (place, pipeline) in graph.pipelines.enumerated()
    where loaded?.contains(pipeline.name) == true || Self.isBroken(pipeline, by: paths) {
      causes[place] = .own
      queue.append(place)
    }
    for (node, dataset) in graph.unknownInputs.sorted(by: { $0.key < $1.key }) {
      let place = graph.nodes[node].pipeline
      guard causes[place] == nil else { continue }
      causes[place] = .unknownWriter(dataset)
      queue.append(place)
    }
    guard !queue.isEmpty else {
      self.causes = causes
      return
    }
    let pipelines = DirectedGraph(
      nodeCount: graph.pipelines.count,
      edges: graph.edges.map { (from: graph.nodes[$0.from].pipeline, to: graph.nodes[$0.to].pipeline) })
    var taken = 0
    while taken < queue.count {
      let place = queue[taken]
      taken += 1
      for next in pipelines.successors(of: place) where causes[next] == nil {
        causes[next] = .upstream(graph.pipelines[place].name)
        queue.append(next)
      }
    }
    self.causes = causes
  }

  /// Whether one of the files that say something about the pipeline is among those with errors.
  private static func isBroken(_ pipeline: Pipeline, by paths: Set<String>) -> Bool {
    if paths.isEmpty { return false }
    let domain = pipeline.name.domain
    if paths.contains("dags/mesh.yaml") || paths.contains("dags/\(domain)/domain.yaml") { return true }
    if paths.contains(pipeline.position.file.path) { return true }
    return pipeline.tasks.contains { task in
      if paths.contains(task.position.file.path) { return true }
      guard case .sql(let sql) = task.kind else { return false }
      return paths.contains(sql.text.position.file.path)
    }
  }
}
