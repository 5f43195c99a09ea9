extension Schema {
  /// Migration 6: what tells whether a partition is still what its code makes of its inputs.
  static let staleness = """
    -- What the task meant that made it; NULL: not recorded, or declared.
    ALTER TABLE materializations ADD COLUMN code TEXT;
    -- Equal for equal results; NULL: only the version tells.
    ALTER TABLE materializations ADD COLUMN content INTEGER;
    -- 1: no version of its own, but what an operator lets a stale one count as made of.
    ALTER TABLE materializations ADD COLUMN accepted INTEGER;
    -- The content that was read; NULL: only the version tells.
    ALTER TABLE materialization_inputs ADD COLUMN content INTEGER;
    -- The content of the version.
    ALTER TABLE dataset_partitions ADD COLUMN content INTEGER;
    -- What it counts as made of in the place of its version; NULL: nobody accepted it.
    ALTER TABLE dataset_partitions ADD COLUMN accepted INTEGER;
    -- Of the result of the attempt.
    ALTER TABLE attempts ADD COLUMN content INTEGER;
    """
}
