import Basics
import MeshModel
import Planning
import Records

/// A live run that a backfill's plan meets.
public struct PlanConflict: Sendable, Hashable {
  public var run: RunID
  public var pipeline: PipelineName
  public var partition: String?
  public var state: RunState
  /// It makes a partition of the plan, which leaves that out.
  public var isLeftOut: Bool

  /// One sentence.
  public var text: String {
    let name = partition.map { "'\(pipeline)@\($0)'" } ?? "'\(pipeline)'"
    return isLeftOut
      ? "run \(run) makes \(name) already and is \(state.rawValue), so the plan leaves it out"
      : "run \(run) of \(name) is \(state.rawValue), and counts for 'max_active_runs'"
  }

  /// Writes its members.
  public func write(to writer: inout JSONWriter) {
    writer.key("run")
    writer.integer(run)
    writer.key("pipeline")
    writer.string(pipeline.description)
    writer.key("partition")
    writer.string(partition)
    writer.key("state")
    writer.string(state.rawValue)
    writer.key("is_left_out")
    writer.boolean(isLeftOut)
    writer.key("text")
    writer.string(text)
  }
}

extension PlanningView {
  /// So many live runs are named.
  private static let mostConflicts = 1000

  /// The live runs of the pipelines of a plan, ascending.
  public func conflicts(_ plan: BackfillPlan) throws(SessionError) -> [PlanConflict] {
    let left = plan.omissions.filter { $0.reason.code == "under_way" }
    let names = Set(plan.items.map(\.pipeline) + left.map(\.pipeline))
    guard let reader, !names.isEmpty else { return [] }
    let filter = RunFilter(
      pipelines: names.sorted(), states: [.queued, .running], limit: Self.mostConflicts)
    let live: [RunSummary]
    do { live = try reader.runs(filter).runs } catch { throw SessionError(error) }
    return live.reversed().map { run in
      PlanConflict(
        run: run.id, pipeline: run.pipeline, partition: run.partition?.key, state: run.state,
        isLeftOut: left.contains { $0.pipeline == run.pipeline && $0.partition == run.partition?.key })
    }
  }
}
