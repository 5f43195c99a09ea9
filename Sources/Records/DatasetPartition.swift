import Basics
import MeshModel

/// What holds now for a partition of a dataset.
public struct DatasetPartition: Sendable, Hashable {
  /// Empty for a dataset without partitions.
  public var key: String
  public var standing: PartitionStanding
  /// The materialization that counts; nil: nothing is there.
  public var version: Int64?
  /// The run that made or skipped it; nil: an operator marked it.
  public var run: RunID?
  /// Nil for a dataset without partitions, and where only a mark tells of it.
  public var start: Instant?
  public var end: Instant?
  public var changedAt: Instant
  /// Why it was marked.
  public var reason: Reason?

  /// Readers need not wait for it.
  public var isCovered: Bool { standing != .missing }
}

extension DatasetPartition {
  static let columns = """
    partition, standing, version, run, interval_start, interval_end, changed_at, reason_code, reason_text
    """

  init(_ row: Row) throws {
    key = try row.text(0)
    standing = try row.word(1)
    version = try row.optionalInt64(2)
    run = try row.optionalInt64(3)
    start = try row.optionalInstant(4)
    end = try row.optionalInstant(5)
    changedAt = try row.instant(6)
    reason = try row.reason(7)
    let needsVersion = standing == .made || standing == .declared
    guard !needsVersion || version != nil else { throw row.wrong(2) }
  }
}
