import Basics
import Lineage
import MeshModel
import Planning
import Records

/// What there is to plan with: the declarations, and what the record knows, without owning the state.
public struct PlanningView {
  private let project: CheckedProject
  private let release: Release
  private let ledger: PartitionLedger
  private let past: RecordedPast
  private let requests: RunRequests
  let reader: StateReader?

  /// Reads the record as it is now; a state that does not exist yet reads as empty.
  public init(project: CheckedProject, state: StateDirectory, clock: any Clock) throws(SessionError) {
    var reader: StateReader?
    do { reader = try StateReader(opening: state, clock: clock) } catch {
      guard case .absent = error.kind else { throw SessionError(error) }
    }
    try self.init(project: project, reader: reader, clock: clock)
  }

  /// - Parameter known: the ledger as the reader would find it; nil: it is read.
  public init(
    project: CheckedProject, reader: StateReader?, ledger known: PartitionLedger? = nil, clock: any Clock
  ) throws(SessionError) {
    self.project = project
    self.reader = reader
    release = Release(id: 0, mesh: project.mesh, graph: project.graph)
    do { ledger = try known ?? reader.map(PartitionLedger.init(reading:)) ?? PartitionLedger() } catch {
      throw SessionError(wrapping: error)
    }
    past = RecordedPast(reader, of: project)
    requests = RunRequests(
      graph: project.graph, broken: project.broken, reader: reader, clock: clock)
  }

  /// What a backfill would do. Refuses a selection that holds broken pipelines.
  public func plan(_ request: BackfillRequest) throws(SessionError) -> BackfillPlan {
    let planner = BackfillPlanner(release: release, ledger: ledger, history: past)
    let plan: BackfillPlan
    do { plan = try planner.plan(request) } catch { throw SessionError(error) }
    if let failure = past.failure { throw SessionError(failure) }
    try project.graph.checkRunnable(
      Set(plan.items.map(\.pipelineIndex)).sorted(), broken: project.broken)
    return plan
  }

  /// The plan as the scheduler takes it.
  ///
  /// - Parameters:
  ///   - words: what was asked, for the record.
  ///   - params: given to the pipelines that have them, as people type them.
  public func order(
    _ plan: BackfillPlan, words: String, params: [String: String], maxActive: Int?
  ) throws(SessionError) -> BackfillOrder {
    BackfillOrder(request: words, runs: try requests.runs(plan, params: params), maxActive: maxActive)
  }

  /// What `heddle run` asks for.
  ///
  /// - Parameters:
  ///   - task: only this task; nil: all.
  ///   - partition: nil: the latest complete one, where the pipeline has partitions.
  public func runs(
    of pipeline: PipelineName, task: String? = nil, partition: String? = nil, params: [String: String] = [:]
  ) throws(SessionError) -> [RunRequest] {
    try requests.runs(pipeline, task: task, partition: partition, params: params)
  }
}
