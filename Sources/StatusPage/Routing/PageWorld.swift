import Basics
import Lineage
import MeshModel
import Orchestration
import Records
import Timetables

/// What one of the page's threads answers with.
struct PageWorld {
  /// The thread's own.
  var reader: StateReader
  var release: PublishedRelease
  var clock: any Clock
  var settings: PageSettings
  var services: PageServices
}

/// The declarations that new runs are made from, as the page shows them.
public struct PublishedRelease: Sendable {
  public let id: ReleaseID
  /// Counts what was published, for files that have errors change what is told of a release that stands.
  var edition = 0
  public let project: CheckedProject
  var graph: MeshGraph { project.graph }
  let domains: [String: Domain]
  /// For each pipeline its schedule, which is not read anew for each line of the overview.
  let schedules: [PipelineSchedule?]
  /// For each pipeline that others count on the datasets of, how old those may become.
  let promises: [Int: [DatasetName: Duration]]

  public init(id: ReleaseID, project: CheckedProject) {
    self.id = id
    self.project = project
    let graph = project.graph
    schedules = graph.pipelines.map { PipelineSchedule($0) }
    promises = graph.promises { project.broken[$0] != nil }.reduce(into: [:]) { found, promise in
      guard let writer = graph.datasets[promise.key]?.writer else { return }
      found[graph.nodes[writer].pipeline, default: [:]][promise.key] = promise.value
    }
    domains = Dictionary(project.mesh.domains.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  public init(_ taken: TakenRelease) { self.init(id: taken.id, project: taken.project) }
}
