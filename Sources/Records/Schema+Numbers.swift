extension Schema {
  /// Migration 9: the last number that was published is found also where what had it is marked as missing.
  static let numbers = """
    DROP INDEX dataset_partitions_by_skip;
    CREATE INDEX dataset_partitions_by_number ON dataset_partitions (published)
      WHERE standing IN ('skipped', 'missing');
    """
}
