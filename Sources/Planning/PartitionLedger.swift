import Basics
import MeshModel

/// Which partitions of which datasets are there, and in what version.
public struct PartitionLedger: Sendable {
  /// A partition that was made, or that its task was rightly skipped for.
  public struct Entry: Sendable {
    /// The materialization; 0 where the task was skipped and nothing was made.
    public var version: Int64
    public var at: Instant
    /// The run that made it, if a run did.
    public var run: RunID?

    public init(version: Int64, at: Instant, run: RunID?) {
      self.version = version
      self.at = at
      self.run = run
    }
  }

  private var entries: [DatasetName: [String: Entry]] = [:]

  public init() {}

  /// The entry of a partition; the key is empty for a dataset without partitions.
  public func entry(_ dataset: DatasetName, _ partition: String) -> Entry? { entries[dataset]?[partition] }

  /// Whether the partition of the dataset stands, made or covered.
  public func contains(_ dataset: DatasetName, _ partition: String) -> Bool {
    entry(dataset, partition) != nil
  }

  /// When a partition of the dataset was made last.
  public func newest(of dataset: DatasetName) -> Instant? { entries[dataset]?.values.map(\.at).max() }

  /// Forgets a partition: it counts as never made.
  public mutating func remove(_ dataset: DatasetName, _ partition: String) {
    entries[dataset]?[partition] = nil
  }

  /// Notes what became of a partition, in the place of what was noted before.
  public mutating func record(_ dataset: DatasetName, _ partition: String, _ entry: Entry) {
    entries[dataset, default: [:]][partition] = entry
  }
}
