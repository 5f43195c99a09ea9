import MeshModel

/// Data that made a partition of a pipeline due, or the pipeline itself: its owner says what the record knows
/// of it.
public struct DueArrival: Sendable {
  /// The pipeline's place in the graph of the latest release.
  public var pipeline: Int
  /// Nil: the pipeline has no partitions.
  public var partition: PartitionInterval?
  /// What came for it.
  public var because: [InputVersion]
  /// More came than is named.
  public var isCut: Bool
  /// The number of the last of that.
  public var newest: Int64
  /// What was published up to this number is counted in.
  public var number: Int64
  /// What the ledger says of earlier numbers is of an earlier trigger.
  public var countsFrom: Int64
  /// It is made again when what it was made of is renewed.
  public var refreshes: Bool
}

/// What the scheduler asks of the record for pipelines that are due by data.
public enum ArrivalQuestion: Sendable {
  /// What came of these datasets after a number, for the pipeline of that place.
  case published(pipeline: Int, of: [DatasetName], after: Int64)
  case due(DueArrival)

  /// Whether it asks for a decision on a partition.
  public var isDue: Bool { if case .due = self { true } else { false } }
}

/// What the record says.
public enum ArrivalAnswer: Sendable {
  /// All that came up to a number, in its order.
  case published(pipeline: Int, [PublishedPartition], upTo: Int64)
  /// The run that it asks for, after those of earlier partitions that it rebuilds.
  case run(DueArrival, [RunRequest])
  /// Why it asks for none.
  case refusal(DueArrival, Reason)
  /// What became of it is in the ledger already.
  case known(DueArrival)
}
