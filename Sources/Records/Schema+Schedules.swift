extension Schema {
  /// Migration 4: what lets schedules be counted on after a restart.
  static let schedules = """
    CREATE TABLE schedules (
      -- The schedules that a daemon fires, and how far their ticks are decided.
      pipeline TEXT PRIMARY KEY,
      rhythm TEXT NOT NULL,                 -- equal for schedules that are due at the same moments
      counted_to INTEGER NOT NULL           -- later ticks are not in the ledger yet
    ) STRICT, WITHOUT ROWID;

    -- Missed ticks stand together: the last of the stretch; NULL: one tick.
    ALTER TABLE ticks ADD COLUMN through INTEGER;
    """
}
