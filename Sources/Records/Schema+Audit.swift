extension Schema {
  /// Migration 5: who may change something from elsewhere, and who changed what.
  static let audit = """
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
    """
}
