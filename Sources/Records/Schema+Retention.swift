extension Schema {
  /// Migration 3: what lets old runs and old events go.
  static let retention = """
    CREATE TABLE snapshot_rows (
      -- The rows of a snapshot, in parts that are written and removed one by one. Parts without their line in
      -- 'snapshots' are of one that was never finished.
      seq INTEGER NOT NULL,                 -- the snapshot
      part INTEGER NOT NULL,
      content TEXT NOT NULL,                -- {"table": name, "rows": [[value, ...], ...]}
      PRIMARY KEY (seq, part)
    ) STRICT, WITHOUT ROWID;

    -- A run that is removed must be found here without reading the whole table.
    CREATE INDEX dataset_partitions_by_skipped_run ON dataset_partitions (run) WHERE standing = 'skipped';
    CREATE INDEX ticks_by_run ON ticks (run) WHERE run IS NOT NULL;
    """
}
