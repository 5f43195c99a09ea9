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

  public init(id: ReleaseID, project: CheckedProject) {
    self.id = id
    self.project = project
    schedules = project.graph.pipelines.map { PipelineSchedule($0) }
    domains = Dictionary(project.mesh.domains.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  public init(_ taken: TakenRelease) { self.init(id: taken.id, project: taken.project) }
}
