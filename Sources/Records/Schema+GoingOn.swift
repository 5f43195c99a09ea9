extension Schema {
  /// Migration 2: what an owner needs to go on where a dead one stopped.
  static let goingOn = """
    -- A JSON array of the places of tasks whose success stands from an earlier run; NULL: none.
    ALTER TABLE runs ADD COLUMN kept TEXT;
    -- but_teardown or everything; NULL: nobody cancelled it.
    ALTER TABLE runs ADD COLUMN cancellation TEXT;
    -- A JSON array of the versions that the attempt was found ready with; NULL: none.
    ALTER TABLE attempts ADD COLUMN inputs TEXT;

    CREATE TABLE pauses (
      -- What operators paused: a pipeline, `domain/name`, or a backfill, `b12`.
      target TEXT PRIMARY KEY,
      paused_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    """
}
