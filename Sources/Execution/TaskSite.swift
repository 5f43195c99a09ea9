import Lineage
import MeshModel
import Planning

/// A task instance and everything around it that its worker needs.
struct TaskSite: Sendable {
  let release: Release
  let domain: Domain
  let pipeline: Pipeline
  let task: TaskDeclaration
  let context: InstanceContext
  private let node: MeshGraph.Node

  /// Finds the instance's declaration; nil when its release has no such task.
  init?(_ context: InstanceContext) {
    let release = context.run.release
    let graph = release.graph
    let pipelineIndex = context.run.pipelineIndex
    guard graph.pipelines.indices.contains(pipelineIndex) else { return nil }
    let pipeline = graph.pipelines[pipelineIndex]
    guard pipeline.name == context.run.pipeline, pipeline.tasks.indices.contains(context.instance.task),
      let domain = release.domainPlaces[pipeline.name.domain]
    else { return nil }
    self.release = release
    self.domain = release.mesh.domains[domain]
    self.pipeline = pipeline
    task = pipeline.tasks[context.instance.task]
    self.context = context
    node = graph.nodes[graph.firstNode[pipelineIndex] + context.instance.task]
  }

  var mesh: Mesh { release.mesh }

  /// The task writes its domain's store itself.
  var writesStore: Bool { node.writesStore }
  var writes: [DatasetName] { node.writes }

  /// The datasets that the task reads. It was found ready, so one that is not there is empty: what should
  /// have made it was skipped, or may be missing.
  var reads: Set<DatasetName> { Set(node.reads.map(\.dataset)) }

  /// The datasets of its own domain that it reads or writes.
  var ownDatasets: [DatasetName] {
    node.reads.map(\.dataset).filter { $0.domain == domain.name } + node.writes
  }

  /// What is there of a dataset is in its domain's store, and tasks of Heddle's own write it there.
  func isStored(_ dataset: DatasetName) -> Bool {
    let graph = release.graph
    return graph.datasets[dataset]?.writer.map { graph.nodes[$0].writesStore } ?? false
  }

  /// `each` is declared, so the instance is one of several.
  var isFannedOut: Bool { task.each != nil }
}
