import Lineage
import MeshModel
import Planning
import Timetables

extension RunRequests {
  /// The run that a task wants to be made, after those of the partitions that its pipeline looks back on.
  package func runs(for wish: TriggerWish) throws(SessionError) -> [RunRequest] {
    let index = try pipeline(wish.pipeline)
    let bindings: [String: Scalar]
    do { bindings = try graph.pipelines[index].bindings(of: wish.params.mapValues(\.text)) } catch {
      throw SessionError(error)
    }
    return try runs(index, try partition(for: wish, of: graph.pipelines[index]), bindings, .trigger)
  }

  /// The partition that is asked for by its key; else the one of the same key, or the longer one that holds
  /// the start of the interval of the task's own run.
  private func partition(
    for wish: TriggerWish, of pipeline: Pipeline
  ) throws(SessionError) -> PartitionInterval? {
    guard let calendar = try PartitionCalendar.known(for: pipeline) else { return nil }
    if let key = wish.key { return try partition(of: pipeline, key) }
    guard let origin = wish.origin, let grain = Grain(ofKey: origin.key) else {
      throw SessionError(
        .invalid, "no partition of '\(pipeline.name)' is chosen, and the run has none itself")
    }
    if grain == calendar.grain { return try partition(of: pipeline, origin.key) }
    return try partition(of: pipeline, calendar.partition(containing: origin.start).key)
  }
}
