import Basics

/// What became of data that made a pipeline due: its entry in the ledger.
public struct ArrivalRecord: Hashable, Sendable {
  public var pipeline: PipelineName
  /// Nil: the pipeline has no partitions.
  public var partition: PartitionInterval?
  /// What was published up to this number is counted in.
  public var number: Int64
  /// The last of what completed it.
  public var because: [InputVersion]
  public var outcome: TickRecord.Outcome
  public var decidedAt: Instant
  /// Up to this number nothing is left to be looked at.
  public var countedTo: Int64

  public init(
    pipeline: PipelineName, partition: PartitionInterval?, number: Int64, because: [InputVersion],
    outcome: TickRecord.Outcome, decidedAt: Instant, countedTo: Int64
  ) {
    self.pipeline = pipeline
    self.partition = partition
    self.number = number
    self.because = because
    self.outcome = outcome
    self.decidedAt = decidedAt
    self.countedTo = countedTo
  }
}

/// From when on data makes a pipeline due, and how far what came was looked at.
///
/// Whatever is published takes the next of one sequence of numbers, which versions are of too.
public struct TriggerRecord: Hashable, Sendable {
  public var pipeline: PipelineName
  /// Equal for triggers that wait for the same partitions.
  public var meaning: String
  /// What was published up to here makes nothing due: it was there before the trigger.
  public var countsFrom: Int64
  /// What was published up to here was looked at, and what it made due is in the ledger.
  public var countedTo: Int64

  public init(pipeline: PipelineName, meaning: String, countsFrom: Int64, countedTo: Int64) {
    self.pipeline = pipeline
    self.meaning = meaning
    self.countsFrom = countsFrom
    self.countedTo = countedTo
  }
}

/// That a partition of a dataset came to be there: made, declared good or covered by a skip.
public struct PublishedPartition: Hashable, Sendable {
  /// Its place among all that was published.
  public var number: Int64
  public var dataset: DatasetName
  /// Empty for a dataset without partitions.
  public var partition: String
  /// 0 where a task was skipped and nothing was made.
  public var version: Int64
  /// Equal for equal results; nil: only the version tells.
  public var content: Int64?

  public init(
    number: Int64, dataset: DatasetName, partition: String, version: Int64, content: Int64? = nil
  ) {
    self.number = number
    self.dataset = dataset
    self.partition = partition
    self.version = version
    self.content = content
  }

  /// What whoever reads it now reads.
  public var asInput: InputVersion {
    InputVersion(dataset: dataset, partition: partition, version: version, content: content)
  }
}
