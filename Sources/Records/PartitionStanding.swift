/// What the record says of a partition of a dataset.
public enum PartitionStanding: String, Sendable, CaseIterable {
  /// An attempt made it.
  case made
  /// An operator declared it good.
  case declared
  /// Its task was rightly skipped: it is covered, and empty or as it was.
  case skipped
  /// An operator declared it missing: it counts as never made.
  case missing
}
