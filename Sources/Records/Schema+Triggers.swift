extension Schema {
  /// Migration 7: what lets data make pipelines due, and lets that go on after a restart.
  static let triggers = """
    CREATE TABLE data_triggers (
      -- The pipelines that a daemon runs by data, and how far what came was looked at.
      pipeline TEXT PRIMARY KEY,
      meaning TEXT NOT NULL,                -- equal for triggers that wait for the same partitions
      counts_from INTEGER NOT NULL,         -- what was published up to here makes nothing due
      counted_to INTEGER NOT NULL           -- what was published up to here was looked at
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE arrivals (
      -- Every partition whose data was complete, and what became of it.
      pipeline TEXT NOT NULL,
      partition TEXT NOT NULL,
      number INTEGER NOT NULL,              -- what was published up to here is counted in
      interval_start INTEGER,
      interval_end INTEGER,
      because TEXT NOT NULL,                -- a JSON array of versions: the last of what completed it
      outcome TEXT NOT NULL,                -- run, skipped
      run INTEGER REFERENCES runs (id),
      reason_code TEXT,
      reason_text TEXT,
      decided_at INTEGER NOT NULL,
      PRIMARY KEY (pipeline, partition, number)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX arrivals_by_number ON arrivals (pipeline, number);
    CREATE INDEX arrivals_by_run ON arrivals (run) WHERE run IS NOT NULL;

    -- Its place among all that was published, in the sequence of versions; NULL: nothing is, or it was
    -- skipped before there were such places.
    ALTER TABLE dataset_partitions ADD COLUMN published INTEGER;
    CREATE INDEX dataset_partitions_by_publication ON dataset_partitions (dataset, published);
    CREATE INDEX dataset_partitions_by_skip ON dataset_partitions (published) WHERE standing = 'skipped';
    """ + numberPublications

  /// Gives what is there from before its place, which is that of its version. Also a snapshot from before.
  static let numberPublications =
    "UPDATE dataset_partitions SET published = version WHERE published IS NULL AND standing <> 'missing';"
}
