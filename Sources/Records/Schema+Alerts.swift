extension Schema {
  /// Migration 10: what somebody should know of, and who was told.
  static let alerts = """
    CREATE TABLE alerts (
      id INTEGER PRIMARY KEY,
      kind TEXT NOT NULL,                   -- deadline_missed, run_failed, freshness_broken, wait_timed_out
      pipeline TEXT NOT NULL,               -- that answers for it
      partition TEXT NOT NULL,
      interval_start INTEGER,
      interval_end INTEGER,
      task TEXT NOT NULL,                   -- '': it is about none
      dataset TEXT NOT NULL,                -- '': it is about none
      run INTEGER,                          -- that run may be removed before
      reason_code TEXT NOT NULL,
      reason_text TEXT NOT NULL,
      raised_at INTEGER NOT NULL,
      silence INTEGER,                      -- what kept it from being told, or from being told again
      acknowledged_at INTEGER,
      acknowledged_by TEXT,
      note TEXT,
      resolved_at INTEGER,                  -- NULL: it is open
      resolution_code TEXT,
      resolution_text TEXT
    ) STRICT;
    -- Of each cause at most one is open.
    CREATE UNIQUE INDEX alerts_open ON alerts (pipeline, kind, partition, task, dataset)
      WHERE resolved_at IS NULL;
    CREATE INDEX alerts_resolved ON alerts (resolved_at) WHERE resolved_at IS NOT NULL;

    CREATE TABLE silences (
      id INTEGER PRIMARY KEY,
      selector TEXT NOT NULL,
      until INTEGER NOT NULL,
      reason TEXT,
      who TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      ended_at INTEGER,                     -- NULL: nobody ended it before its time
      ended_by TEXT
    ) STRICT;

    CREATE TABLE notifications (
      -- Tries to tell somebody of alerts.
      id INTEGER PRIMARY KEY,
      channel TEXT NOT NULL,                -- whom: *.1 of mesh.yaml, operations.1 of a domain.yaml
      state TEXT NOT NULL,                  -- sending, retrying, delivered, failed
      attempts INTEGER NOT NULL,
      started_at INTEGER NOT NULL,
      retry_at INTEGER,
      ended_at INTEGER,
      reason_code TEXT,                     -- of the last try that failed
      reason_text TEXT
    ) STRICT;
    CREATE INDEX notifications_open ON notifications (id) WHERE state = 'sending' OR state = 'retrying';

    CREATE TABLE deliveries (
      -- Who is to be told of which alert.
      alert INTEGER NOT NULL REFERENCES alerts (id),
      channel TEXT NOT NULL,
      notification INTEGER,                 -- NULL: it waits, or its alert is silenced
      PRIMARY KEY (alert, channel)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX deliveries_by_notification ON deliveries (notification);

    CREATE TABLE deadlines (
      -- The deadlines that a daemon looks after, and how far it did.
      pipeline TEXT PRIMARY KEY,
      meaning TEXT NOT NULL,                -- equal for deadlines that are due at the same moments
      counted_to INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    """
}
