extension Schema {
  /// Migration 11: when a dataset was renewed last is found without a look at all of its partitions.
  static let renewals = """
    CREATE INDEX dataset_partitions_by_change ON dataset_partitions (dataset, changed_at)
      WHERE standing <> 'missing';
    """
}
