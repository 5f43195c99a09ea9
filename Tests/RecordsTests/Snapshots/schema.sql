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

CREATE UNIQUE INDEX alerts_open ON alerts (pipeline, kind, partition, task, dataset)
  WHERE resolved_at IS NULL;

CREATE INDEX alerts_resolved ON alerts (resolved_at) WHERE resolved_at IS NOT NULL;

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

CREATE TABLE attempts (
  -- The tries of a task instance, numbered from 1 without gaps.
  run INTEGER NOT NULL,
  task INTEGER NOT NULL,
  each_index INTEGER NOT NULL,
  number INTEGER NOT NULL,
  state TEXT NOT NULL,                  -- starting, running, stopping; final: success, failed, timed_out,
                                        -- cancelled, skipped, lost
  attempt_key TEXT NOT NULL,            -- its name in stores, environments and external systems
  started_at INTEGER NOT NULL,
  running_at INTEGER,
  stopping_at INTEGER,
  finished_at INTEGER,
  pid INTEGER,
  process_start INTEGER,                -- clock ticks since boot; with pid and boot it names the process
  boot TEXT,
  exit_code INTEGER,
  signal INTEGER,
  asks_retry INTEGER,
  is_permanent INTEGER,
  reason_code TEXT,
  reason_text TEXT,
  rows INTEGER,
  bytes INTEGER,
  processor_ms INTEGER,
  peak_memory INTEGER, inputs TEXT, content INTEGER, waits_until INTEGER, child INTEGER, made_child INTEGER,
  PRIMARY KEY (run, task, each_index, number),
  FOREIGN KEY (run, task, each_index) REFERENCES task_instances (run, task, each_index)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  -- Every change that somebody asked for, in order.
  number INTEGER PRIMARY KEY,           -- from 1 without gaps
  at INTEGER NOT NULL,
  who TEXT NOT NULL,
  origin TEXT NOT NULL,                 -- socket, command, or an address
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  before TEXT,                          -- JSON objects
  after TEXT,
  link TEXT NOT NULL                    -- SHA-256 over the link before and this line
) STRICT;

CREATE TABLE backfills (
  -- What operators asked to be made up for; users see b1, b2, ...
  id INTEGER PRIMARY KEY,
  request TEXT NOT NULL,                -- the command's own words
  runs INTEGER NOT NULL,                -- how many it plans
  max_active INTEGER,
  state TEXT NOT NULL,                  -- running; final: success, failed, cancelled
  created_at INTEGER NOT NULL,
  finished_at INTEGER
) STRICT;

CREATE TABLE column_lineage (
  -- Which columns a release makes each written column of, where SQL tells.
  release INTEGER NOT NULL REFERENCES releases (id),
  dataset TEXT NOT NULL,
  column_name TEXT NOT NULL,
  source_dataset TEXT NOT NULL,
  source_column TEXT NOT NULL,
  PRIMARY KEY (release, dataset, column_name, source_dataset, source_column)
) STRICT, WITHOUT ROWID;

CREATE TABLE conditions (
  -- What `when` of a task instance said, asked once.
  run INTEGER NOT NULL REFERENCES runs (id),
  task INTEGER NOT NULL,
  each_index INTEGER NOT NULL,
  holds INTEGER NOT NULL CHECK (holds IN (0, 1)),
  at INTEGER NOT NULL,
  PRIMARY KEY (run, task, each_index)
) STRICT, WITHOUT ROWID;

CREATE TABLE current_runs (
  -- The latest run of each pipeline and partition.
  pipeline TEXT NOT NULL,
  partition TEXT NOT NULL,
  run INTEGER NOT NULL REFERENCES runs (id),
  PRIMARY KEY (pipeline, partition)
) STRICT, WITHOUT ROWID;

CREATE TABLE data_triggers (
  -- The pipelines that a daemon runs by data, and how far what came was looked at.
  pipeline TEXT PRIMARY KEY,
  meaning TEXT NOT NULL,                -- equal for triggers that wait for the same partitions
  counts_from INTEGER NOT NULL,         -- what was published up to here makes nothing due
  counted_to INTEGER NOT NULL           -- what was published up to here was looked at
) STRICT, WITHOUT ROWID;

CREATE TABLE dataset_partitions (
  -- What holds now for each partition that was ever made, skipped or marked.
  dataset TEXT NOT NULL,
  partition TEXT NOT NULL,
  standing TEXT NOT NULL,               -- made, declared, skipped, missing
  version INTEGER REFERENCES materializations (id),  -- NULL: nothing is there
  run INTEGER REFERENCES runs (id),     -- which made or skipped it; NULL: an operator marked it
  interval_start INTEGER,
  interval_end INTEGER,
  changed_at INTEGER NOT NULL,
  reason_code TEXT,                     -- why it was marked
  reason_text TEXT, content INTEGER, accepted INTEGER, published INTEGER,
  PRIMARY KEY (dataset, partition)
) STRICT, WITHOUT ROWID;

CREATE INDEX dataset_partitions_by_change ON dataset_partitions (dataset, changed_at)
  WHERE standing <> 'missing';

CREATE INDEX dataset_partitions_by_number ON dataset_partitions (published)
  WHERE standing IN ('skipped', 'missing');

CREATE INDEX dataset_partitions_by_publication ON dataset_partitions (dataset, published);

CREATE INDEX dataset_partitions_by_skipped_run ON dataset_partitions (run) WHERE standing = 'skipped';

CREATE TABLE deadlines (
  -- The deadlines that a daemon looks after, and how far it did.
  pipeline TEXT PRIMARY KEY,
  meaning TEXT NOT NULL,                -- equal for deadlines that are due at the same moments
  counted_to INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE deliveries (
  -- Who is to be told of which alert.
  alert INTEGER NOT NULL REFERENCES alerts (id),
  channel TEXT NOT NULL,
  notification INTEGER,                 -- NULL: it waits, or its alert is silenced
  PRIMARY KEY (alert, channel)
) STRICT, WITHOUT ROWID;

CREATE INDEX deliveries_by_notification ON deliveries (notification);

CREATE TABLE events (
  -- The history: one row a change, in the order they were decided. The tables below are its fold.
  seq INTEGER PRIMARY KEY,              -- 1, 2, 3, ... without gaps
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL                 -- a JSON object with the rest of the change
) STRICT;

CREATE TABLE fan_outs (
  -- The values that `each` of a task gave in a run, asked once.
  run INTEGER NOT NULL REFERENCES runs (id),
  task INTEGER NOT NULL,
  each_values TEXT NOT NULL,            -- a JSON array
  at INTEGER NOT NULL,
  PRIMARY KEY (run, task)
) STRICT, WITHOUT ROWID;

CREATE TABLE materialization_inputs (
  -- The versions of the partitions that were read to make one.
  materialization INTEGER NOT NULL REFERENCES materializations (id),
  dataset TEXT NOT NULL,
  partition TEXT NOT NULL,
  version INTEGER NOT NULL, content INTEGER,
  PRIMARY KEY (materialization, dataset, partition, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE materializations (
  -- That a partition of a dataset was made, or declared good by an operator: its version is the id.
  id INTEGER PRIMARY KEY,
  dataset TEXT NOT NULL,
  partition TEXT NOT NULL,
  interval_start INTEGER,
  interval_end INTEGER,
  run INTEGER,                          -- NULL: declared, not made
  task INTEGER,
  each_index INTEGER,
  number INTEGER,
  rows INTEGER,
  at INTEGER NOT NULL, code TEXT, content INTEGER, accepted INTEGER,
  FOREIGN KEY (run, task, each_index, number) REFERENCES attempts (run, task, each_index, number)
) STRICT;

CREATE INDEX materializations_by_partition ON materializations (dataset, partition);

CREATE INDEX materializations_by_run ON materializations (run, task, each_index, number)
  WHERE run IS NOT NULL;

CREATE TABLE meta (
  -- One row: which state file this is.
  id INTEGER PRIMARY KEY CHECK (id = 1),
  state_id TEXT NOT NULL,               -- tells state files apart; part of every attempt key
  created_at INTEGER NOT NULL
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

CREATE TABLE outputs (
  -- What an attempt told in $HEDDLE_OUTPUT.
  run INTEGER NOT NULL,
  task INTEGER NOT NULL,
  each_index INTEGER NOT NULL,
  number INTEGER NOT NULL,
  output TEXT NOT NULL,                 -- a JSON object
  PRIMARY KEY (run, task, each_index, number),
  FOREIGN KEY (run, task, each_index, number) REFERENCES attempts (run, task, each_index, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE pauses (
  -- What operators paused: a pipeline, `domain/name`, or a backfill, `b12`.
  target TEXT PRIMARY KEY,
  paused_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE release_tasks (
  -- What a release calls the tasks of its pipelines: enough to show its runs when the files are gone.
  release INTEGER NOT NULL REFERENCES releases (id),
  pipeline TEXT NOT NULL,
  task INTEGER NOT NULL,                -- its place in the pipeline, from 0
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  PRIMARY KEY (release, pipeline, task)
) STRICT, WITHOUT ROWID;

CREATE TABLE releases (
  -- Checked states of the declarations that runs are made from.
  id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL,                 -- equal for equal declarations
  taken_at INTEGER NOT NULL,
  summary TEXT NOT NULL                 -- a JSON object for people
) STRICT;

CREATE TABLE runs (
  -- One execution of one pipeline, for one partition or on its own.
  id INTEGER PRIMARY KEY,
  pipeline TEXT NOT NULL,
  partition TEXT,
  interval_start INTEGER,
  interval_end INTEGER,
  params TEXT NOT NULL,                 -- a JSON object
  tasks TEXT,                           -- a JSON array of the places of its tasks; NULL: all
  cause TEXT NOT NULL,
  backfill INTEGER REFERENCES backfills (id),
  retry_of INTEGER REFERENCES runs (id),
  release INTEGER NOT NULL REFERENCES releases (id),
  state TEXT NOT NULL,                  -- queued, running; final: success, failed, cancelled
  reason_code TEXT,
  reason_text TEXT,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER
, kept TEXT, cancellation TEXT, asked_by TEXT, trigger_run INTEGER, trigger_task INTEGER, trigger_index INTEGER, trigger_number INTEGER) STRICT;

CREATE INDEX runs_by_backfill ON runs (backfill) WHERE backfill IS NOT NULL;

CREATE INDEX runs_by_partition ON runs (partition, pipeline) WHERE partition IS NOT NULL;

CREATE INDEX runs_by_pipeline ON runs (pipeline, state);

CREATE INDEX runs_by_retried ON runs (retry_of) WHERE retry_of IS NOT NULL;

CREATE INDEX runs_by_state ON runs (state);

CREATE TABLE schedules (
  -- The schedules that a daemon fires, and how far their ticks are decided.
  pipeline TEXT PRIMARY KEY,
  rhythm TEXT NOT NULL,                 -- equal for schedules that are due at the same moments
  counted_to INTEGER NOT NULL           -- later ticks are not in the ledger yet
) STRICT, WITHOUT ROWID;

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

CREATE TABLE snapshot_rows (
  -- The rows of a snapshot, in parts that are written and removed one by one. Parts without their line in
  -- 'snapshots' are of one that was never finished.
  seq INTEGER NOT NULL,                 -- the snapshot
  part INTEGER NOT NULL,
  content TEXT NOT NULL,                -- {"table": name, "rows": [[value, ...], ...]}
  PRIMARY KEY (seq, part)
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshots (
  -- The tables as they were after an event, so that older events need not be kept to fold.
  seq INTEGER PRIMARY KEY,              -- the last event that is part of it
  taken_at INTEGER NOT NULL,
  content BLOB NOT NULL
) STRICT;

CREATE TABLE task_instances (
  -- A task within a run, from the moment it leaves `waiting`; before that it has no row.
  run INTEGER NOT NULL REFERENCES runs (id),
  task INTEGER NOT NULL,
  each_index INTEGER NOT NULL,          -- the place of its value under `each`, else 0
  state TEXT NOT NULL,                  -- deferred, queued, running, retrying; final: success,
                                        -- failed, skipped, upstream_failed, cancelled
  since INTEGER NOT NULL,               -- when it came into its state
  attempts INTEGER NOT NULL,            -- how many it had; the number of the latest
  ready_at INTEGER,                     -- when it first needed nothing but a slot
  started_at INTEGER,                   -- when its first attempt began
  retry_at INTEGER,                     -- while `retrying`: when the next one is due
  finished_at INTEGER,
  reason_code TEXT,
  reason_text TEXT,
  PRIMARY KEY (run, task, each_index)
) STRICT, WITHOUT ROWID;

CREATE INDEX task_instances_unfinished ON task_instances (run) WHERE finished_at IS NULL;

CREATE TABLE ticks (
  -- Every moment a schedule was due, and what became of it.
  pipeline TEXT NOT NULL,
  at INTEGER NOT NULL,
  outcome TEXT NOT NULL,                -- run, skipped, missed
  run INTEGER REFERENCES runs (id),
  reason_code TEXT,
  reason_text TEXT,
  decided_at INTEGER NOT NULL, through INTEGER,
  PRIMARY KEY (pipeline, at)
) STRICT, WITHOUT ROWID;

CREATE INDEX ticks_by_run ON ticks (run) WHERE run IS NOT NULL;

CREATE TABLE tokens (
  -- What opens the page and the API; its secret is not here.
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  digest TEXT NOT NULL,                 -- SHA-256 of the token
  role TEXT NOT NULL,                   -- viewer, operator, admin
  domains TEXT,                         -- a JSON array; NULL: everywhere
  created_at INTEGER NOT NULL,
  expires_at INTEGER,                   -- NULL: never
  revoked_at INTEGER
) STRICT, WITHOUT ROWID;

