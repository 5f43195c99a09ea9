import Basics
import Declarations
import Diagnostics
import Lineage
import MeshModel

/// A project's declarations, read and checked as a whole.
public struct CheckedProject: Sendable {
  /// The absolute path of the project: the folder that holds `dags/`, or whose copy was read.
  public internal(set) var root: String
  /// Where the files were read: the project itself, or a release's copy of it.
  let folder: String
  public let mesh: Mesh
  public let graph: MeshGraph
  /// Everything that is wrong with the files, sorted for reading.
  public internal(set) var diagnostics: [Diagnostic]
  /// Pipelines that must not run, by their place in the graph: those with a mistake, and those that depend on
  /// them.
  public internal(set) var broken: [Int: BrokenPipelines.Cause]
  /// Pipelines with a mistake that are as an earlier release, the one named, has them.
  public private(set) var kept: [PipelineName: ReleaseID] = [:]
  /// Domains with a mistake in `domain.yaml`, likewise.
  public private(set) var keptDomains: [String: ReleaseID] = [:]
  /// How many files declare a pipeline, broken ones included.
  public let pipelineCount: Int
  /// Tells states of the declarations apart: SHA-256 over every file that was read.
  public let digest: String
  /// What reading the files found broken, and the mistakes found by that.
  let misread: LoadedMesh.Broken
  private let misreadings: [Diagnostic]

  /// Reads and checks everything below `dags/`.
  ///
  /// - Parameters:
  ///   - environment: the environment that counts; nil: production.
  ///   - override: one file's content from elsewhere.
  public init(
    loading root: String, environment: String? = nil, overriding override: DeclarationLoader.Override? = nil
  ) {
    self.init(
      root: root, DeclarationLoader.load(project: root, environment: environment, overriding: override))
  }

  private init(root: String, _ loaded: LoadedMesh) {
    let (mesh, lineage) = Self.entered(loaded.mesh, loaded.broken.domainsWithUnknownWriters)
    self.root = root
    folder = root
    self.mesh = mesh
    graph = lineage.graph
    misread = loaded.broken
    misreadings = loaded.diagnostics
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

  /// These files, with some pipelines as other releases have them.
  init(_ project: CheckedProject, keeping versions: KeptVersions) {
    var mesh = project.mesh
    var misread = project.misread
    let files = versions.put(into: &mesh, &misread)
    let wrong = project.filesWithErrors.subtracting(files)
    misread.domainsWithUnknownWriters = misread.domainsWithUnknownWriters.filter { domain in
      wrong.contains { $0.hasPrefix("dags/\(domain)/") }
    }
    let (entered, lineage) = Self.entered(mesh, misread.domainsWithUnknownWriters)
    root = project.root
    folder = project.folder
    self.mesh = entered
    graph = lineage.graph
    self.misread = misread
    misreadings = project.misreadings.filter { !files.contains($0.position.file.path) }
    diagnostics = project.diagnostics
    broken =
      BrokenPipelines(lineage.graph, diagnostics: misreadings + lineage.diagnostics, loaded: misread).causes
    kept = versions.pipelines.mapValues(\.release)
    keptDomains = versions.domains.mapValues(\.release)
    pipelineCount = project.pipelineCount
    digest = project.digest
  }

  /// The same, for somebody who would rather not run what is not as its files say.
  func refusingKept() -> CheckedProject {
    var project = self
    for name in kept.keys { if let place = graph.index(of: name) { project.broken[place] = .own } }
    return project
  }

  /// The files that have errors.
  var filesWithErrors: Set<String> {
    Set(diagnostics.lazy.filter { $0.severity == .error }.map(\.position.file.path))
  }
}
