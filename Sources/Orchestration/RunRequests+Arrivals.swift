import Lineage
import MeshModel
import Planning
import Records

/// What the record knows for pipelines that are due by data.
extension RunRequests {
  /// So much of what came is told at once.
  private static let mostPublications = 10_000

  /// Answers the scheduler. An error is the machine's.
  ///
  /// - Parameter last: the last number that was given to anything published.
  package func answer(
    to question: ArrivalQuestion, last: Int64
  ) throws(SessionError) -> ArrivalAnswer {
    switch question {
    case .published(let pipeline, let datasets, let number):
      let found = try reading { reader throws(RecordsError) in
        try reader.publications(of: datasets, after: number, limit: Self.mostPublications)
      }
      guard let found, let latest = found.last, found.count == Self.mostPublications else {
        return .published(pipeline: pipeline, found ?? [], upTo: last)
      }
      return .published(pipeline: pipeline, found, upTo: latest.number)
    case .due(let arrival):
      do throws(SessionError) { return try answer(to: arrival) } catch {
        guard error.kind != .environment else { throw error }
        return .refusal(arrival, Reason("impossible", error.message))
      }
    }
  }

  private func answer(to arrival: DueArrival) throws(SessionError) -> ArrivalAnswer {
    let pipeline = graph.pipelines[arrival.pipeline]
    if let partition = arrival.partition {
      let decided = try reading { reader throws(RecordsError) in
        try reader.lastArrival(of: pipeline.name, partition: partition.key)
      }
      if let decided = decided ?? nil, decided > arrival.countsFrom,
        !arrival.refreshes || decided >= arrival.newest
      {
        return .known(arrival)
      }
      if let refusal = try refusal(of: arrival, partition, pipeline) { return .refusal(arrival, refusal) }
    }
    return .run(arrival, try runs(arrival.pipeline, arrival.partition, cause: .data))
  }

  /// Why a partition whose data is complete is not made, though no run of it is live.
  private func refusal(
    of arrival: DueArrival, _ partition: PartitionInterval, _ pipeline: Pipeline
  ) throws(SessionError) -> Reason? {
    try reading { reader throws(RecordsError) -> Reason? in
      guard let run = try reader.standing(of: pipeline.name, partition: partition.key), run.state.isFinal
      else { return nil }
      if run.state == .success {
        guard arrival.refreshes else {
          return Reason("same_partition", "'\(partition.key)' was made already")
        }
        let read = try reader.inputs(of: run.run)
        let isRead =
          !arrival.isCut
          && arrival.because.allSatisfy { came in
            let same = read.filter { $0.dataset == came.dataset && $0.partition == came.partition }
            return !same.isEmpty
              && same.allSatisfy { $0.isSame(asVersion: came.version, content: came.content) }
          }
        return isRead ? Reason("same_partition", "run \(run.run) has read what came, or its like") : nil
      }
      guard let backfill = run.backfill, try reader.isRunning(backfill) else { return nil }
      return Reason("backfill", "backfill b\(backfill) has it in its plan, and is not over")
    } ?? nil
  }

  /// Nil where there is no record.
  private func reading<Answer>(
    _ read: (any PastRuns) throws(RecordsError) -> Answer
  ) throws(SessionError) -> Answer? {
    guard let reader else { return nil }
    do throws(RecordsError) { return try read(reader) } catch { throw SessionError(error) }
  }
}
