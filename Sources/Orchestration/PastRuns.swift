import Basics
import MeshModel
import Records

/// What became of a pipeline's partition in its latest run.
struct RunStanding {
  var run: RunID
  var state: RunState
  var backfill: BackfillID?
}

/// What is to be known of earlier runs to make new ones: the record knows it, and a forecast adds what it
/// foresees.
protocol PastRuns {
  /// The latest run of a pipeline's partition; nil: it was never run.
  func standing(of pipeline: PipelineName, partition: String?) throws(RecordsError) -> RunStanding?
  /// The tasks that stand as successes for a partition; nil: it was never run.
  func succeededTasks(of pipeline: PipelineName, partition: String) throws(RecordsError) -> Set<String>?
  /// Whether there ever was a run of a partition that begins before a moment.
  func hasRuns(of pipeline: PipelineName, before moment: Instant) throws(RecordsError) -> Bool
  /// What tasks told when they last succeeded for a partition.
  func outputs(of pipeline: PipelineName, partition: String?) throws(RecordsError) -> [String: [String?]]
  /// What stands of some datasets and was published after a number, in that order.
  func publications(
    of datasets: [DatasetName], after number: Int64, limit: Int
  ) throws(RecordsError) -> [PublishedPartition]
  /// What is counted in with the last arrival of a partition; nil: it never was complete.
  func lastArrival(of pipeline: PipelineName, partition: String) throws(RecordsError) -> Int64?
  /// What the successful attempts of a run read.
  func inputs(of run: RunID) throws(RecordsError) -> Set<InputVersion>
  func isRunning(_ backfill: BackfillID) throws(RecordsError) -> Bool
  func runDetail(_ run: RunID) throws(RecordsError) -> RunDetail?
}

extension StateReader: PastRuns {
  func standing(of pipeline: PipelineName, partition: String?) throws(RecordsError) -> RunStanding? {
    try latestRun(of: pipeline, partition: partition).map {
      RunStanding(run: $0.id, state: $0.state, backfill: $0.backfill)
    }
  }

  func isRunning(_ backfill: BackfillID) throws(RecordsError) -> Bool {
    try self.backfill(backfill)?.state == .running
  }
}
