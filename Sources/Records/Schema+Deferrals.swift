extension Schema {
  /// Migration 8: who asks for runs, tasks that make runs, and attempts that wait without a worker.
  static let deferrals = """
    -- The user who asked for the run; NULL: nobody did.
    ALTER TABLE runs ADD COLUMN asked_by TEXT;
    -- The attempt that made the run; NULL: none did. Its run may be removed before this one.
    ALTER TABLE runs ADD COLUMN trigger_run INTEGER;
    ALTER TABLE runs ADD COLUMN trigger_task INTEGER;
    ALTER TABLE runs ADD COLUMN trigger_index INTEGER;
    ALTER TABLE runs ADD COLUMN trigger_number INTEGER;

    -- Until when the attempt waits, without a worker; NULL: it works.
    ALTER TABLE attempts ADD COLUMN waits_until INTEGER;
    -- The run whose end it waits for, or that it made; NULL: none. That run may be removed before.
    ALTER TABLE attempts ADD COLUMN child INTEGER;
    -- 1: it made that run; NULL: it found it.
    ALTER TABLE attempts ADD COLUMN made_child INTEGER;
    """
}
