import Diagnostics
import MeshModel

/// What became of the declarations of a project.
public struct LoadedMesh: Sendable {
  /// What is not to be run because of a mistake in it.
  public struct Broken: Sendable {
    /// mesh.yaml, which binds all: nothing is to be run.
    public var mesh = false
    /// Domains whose domain.yaml is wrong: none of their pipelines is to be run.
    public var domains: Set<String> = []
    /// Pipelines with a mistake of their own.
    public var pipelines: Set<PipelineName> = []
    /// Domains that have a file of which nothing can be told, so that what its tasks write is unknown: a
    /// dataset of such a domain that seems to have no writer may have one.
    public var domainsWithUnknownWriters: Set<String> = []

    /// Whether a pipeline is not to be run.
    public func contains(_ pipeline: PipelineName) -> Bool {
      mesh || domains.contains(pipeline.domain) || pipelines.contains(pipeline)
    }
  }

  /// Everything that could be read, also of what is broken: broken pipelines are here with the tasks that
  /// could be told, so that what they write is known to those who read it.
  public var mesh: Mesh
  /// Sorted for reading.
  public var diagnostics: [Diagnostic]
  public var broken: Broken
  /// How many files declare a pipeline, broken ones included.
  public var pipelineCount: Int
  /// Every text that was read, SQL files too, sorted by path.
  public var files: [SourceFile]
}
