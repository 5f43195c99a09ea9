import Basics
import Declarations
import Diagnostics
import Lineage
import MeshModel

/// A project's declarations, read and checked as a whole.
public struct CheckedProject: Sendable {
  /// The absolute path of the folder that holds `dags/`.
  public let root: String
  public let mesh: Mesh
  public let graph: MeshGraph
  /// Everything that is wrong, sorted for reading.
  public let diagnostics: [Diagnostic]
  /// Pipelines that must not run, by their place in the graph: those with a mistake, and those that depend on
  /// them.
  public let broken: [Int: BrokenPipelines.Cause]
  /// How many files declare a pipeline, broken ones included.
  public let pipelineCount: Int
  /// Tells states of the declarations apart: SHA-256 over every file that was read.
  public let digest: String

  /// Reads and checks everything below `dags/`.
  public init(loading root: String) { self.init(root: root, DeclarationLoader.load(project: root)) }

  /// Reads and checks everything, with one file's content from elsewhere.
  public init(loading root: String, overriding override: DeclarationLoader.Override) {
    self.init(root: root, DeclarationLoader.load(project: root, overriding: override))
  }

  private init(root: String, _ loaded: LoadedMesh) {
    let lineage = LineageBuilder.build(loaded)
    self.root = root
    mesh = loaded.mesh
    graph = lineage.graph
    diagnostics = (loaded.diagnostics + lineage.diagnostics).sortedForReading()
    broken = BrokenPipelines(lineage.graph, diagnostics: diagnostics, loaded: loaded.broken).causes
    pipelineCount = loaded.pipelineCount
    var sum = SHA256()
    for file in loaded.files {
      sum.update("\(file.path)\n\(file.text.utf8.count)\n")
      sum.update(file.text)
    }
    digest = sum.hexadecimal
  }
}
