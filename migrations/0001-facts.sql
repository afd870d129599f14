-- Facts: what was posted, and who may post. Immutable except where a comment says otherwise.
-- Times are integers in ms since the epoch, ids are 16-byte UUIDs, sequences are given by the server.

CREATE TABLE workspaces (
  id              INTEGER PRIMARY KEY,
  name            TEXT    NOT NULL,
  plan            TEXT    NOT NULL CHECK (plan IN ('free', 'pro', 'team')),
  monthly_credits INTEGER NOT NULL,          -- counts on the plan free only
  created_at_ms   INTEGER NOT NULL
) STRICT;

-- Credits used, per calendar month (UTC). Only the newest month of a workspace changes.
CREATE TABLE credits (
  workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
  month        INTEGER NOT NULL,             -- year * 12 + month from 0
  used         INTEGER NOT NULL,
  PRIMARY KEY (workspace_id, month)
) STRICT, WITHOUT ROWID;

-- The one-time link of a first start. Only the SHA-256 of its token is kept.
CREATE TABLE setup_links (
  token_hash    BLOB    PRIMARY KEY CHECK (length(token_hash) = 32),
  workspace_id  INTEGER NOT NULL REFERENCES workspaces (id),
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  used_at_ms    INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
  id              INTEGER PRIMARY KEY,
  workspace_id    INTEGER NOT NULL REFERENCES workspaces (id),
  key_hash        BLOB    NOT NULL UNIQUE CHECK (length(key_hash) = 32),
  last4           TEXT    NOT NULL,
  name            TEXT    NOT NULL,
  scopes          TEXT    NOT NULL,          -- JSON list of ingest, read, act, admin
  repo_patterns   TEXT    NOT NULL,          -- JSON list; empty means every repo of the workspace
  created_at_ms   INTEGER NOT NULL,
  expires_at_ms   INTEGER,
  last_used_at_ms INTEGER,                   -- written at most once a minute
  revoked_at_ms   INTEGER
) STRICT;

CREATE TABLE repos (
  id            INTEGER PRIMARY KEY,
  workspace_id  INTEGER NOT NULL REFERENCES workspaces (id),
  slug          TEXT    NOT NULL,            -- first spelling seen, shown
  slug_folded   TEXT    NOT NULL UNIQUE,     -- lower case, looked up
  created_at_ms INTEGER NOT NULL,
  next_test     INTEGER NOT NULL DEFAULT 0,  -- number of the next new test
  last_run_seq  INTEGER,                     -- newest logical run by first receipt
  sealed_seq    INTEGER NOT NULL DEFAULT 0   -- newest upload that is in stripes; derived
) STRICT;

CREATE INDEX repos_by_workspace ON repos (workspace_id, slug_folded);

-- Names, once per repo. Everything else speaks of (repo, test number).
CREATE TABLE tests (
  repo_id     INTEGER NOT NULL REFERENCES repos (id),
  test_no     INTEGER NOT NULL,
  public_id   BLOB    NOT NULL CHECK (length(public_id) = 8),
  suite       TEXT    NOT NULL,
  name        TEXT    NOT NULL,
  ordinal     INTEGER NOT NULL,              -- 1 for the first of equal names in one upload
  explicit_id TEXT,
  file        TEXT,                          -- as first reported
  class_name  TEXT,
  PRIMARY KEY (repo_id, test_no)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX tests_by_public_id ON tests (repo_id, public_id);

-- Logical runs: what a person calls a run. The counts are a fold of its uploads and change with them.
CREATE TABLE runs (
  seq                 INTEGER PRIMARY KEY,
  id                  BLOB    NOT NULL CHECK (length(id) = 16),  -- id of its first upload, which is unique
  repo_id             INTEGER NOT NULL REFERENCES repos (id),
  identity            BLOB,                  -- digest of what its uploads share; null: it takes no second one
  branch              TEXT,
  commit_sha          TEXT,
  framework           TEXT,
  ci_provider         TEXT,
  run_key             TEXT,
  job                 TEXT,
  environment         TEXT,
  run_url             TEXT,
  received_at_ms      INTEGER NOT NULL,      -- first upload
  last_received_at_ms INTEGER NOT NULL,
  started_at_ms       INTEGER NOT NULL,      -- earliest start reported, else first receipt
  uploads             INTEGER NOT NULL,
  attempts            INTEGER NOT NULL,      -- highest attempt
  overlapping         INTEGER NOT NULL,      -- 1: some test occurs in two uploads
  outcome             TEXT    NOT NULL CHECK (outcome IN ('passed', 'failed', 'flaky', 'empty')),
  total               INTEGER NOT NULL,
  passed              INTEGER NOT NULL,
  failed              INTEGER NOT NULL,
  skipped             INTEGER NOT NULL,
  flaky               INTEGER NOT NULL,
  duration_ms         INTEGER,
  cases_stored        INTEGER NOT NULL,
  cases_dropped       INTEGER NOT NULL
) STRICT;

CREATE INDEX runs_by_identity ON runs (repo_id, identity, seq)   WHERE identity IS NOT NULL;
CREATE INDEX runs_by_repo     ON runs (repo_id, seq);
CREATE INDEX runs_by_outcome  ON runs (repo_id, outcome, seq);
CREATE INDEX runs_by_branch   ON runs (repo_id, branch, seq)     WHERE branch IS NOT NULL;
CREATE INDEX runs_by_commit   ON runs (repo_id, commit_sha, seq) WHERE commit_sha IS NOT NULL;
CREATE INDEX runs_by_run_key  ON runs (repo_id, run_key, seq)    WHERE run_key IS NOT NULL;

-- One accepted POST. Never changes.
CREATE TABLE uploads (
  seq            INTEGER PRIMARY KEY,
  id             BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
  run_seq        INTEGER NOT NULL REFERENCES runs (seq),
  key_id         INTEGER NOT NULL REFERENCES api_keys (id),
  attempt        INTEGER NOT NULL,
  shard_index    INTEGER,
  shard_total    INTEGER,
  job            TEXT,
  received_at_ms INTEGER NOT NULL,
  started_at_ms  INTEGER,
  total          INTEGER NOT NULL,
  passed         INTEGER NOT NULL,
  failed         INTEGER NOT NULL,
  skipped        INTEGER NOT NULL,
  flaky          INTEGER NOT NULL,
  duration_ms    INTEGER,
  cases_stored   INTEGER NOT NULL,
  cases_dropped  INTEGER NOT NULL,
  warnings       TEXT,                       -- JSON list, null when there are none
  context        TEXT                        -- JSON: parents, base, pull request, reporter, tags; null when none
) STRICT;

CREATE INDEX uploads_by_run ON uploads (run_seq, seq);

-- The cases of one upload: one compressed columnar block (docs/storage.md), texts of what is not a
-- plain pass in a second one. Apart from uploads, so that lists never page through them.
CREATE TABLE blocks (
  upload_seq INTEGER PRIMARY KEY REFERENCES uploads (seq),
  repo_id    INTEGER NOT NULL,
  columns    BLOB    NOT NULL,
  texts      BLOB
) STRICT;

CREATE INDEX blocks_by_repo ON blocks (repo_id, upload_seq);

-- The same cases by test, so that the history of a test does not read a block per upload: 64
-- consecutive uploads of a repo, 256 consecutive tests. Derived from blocks; may be deleted, with
-- repos.sealed_seq set to 0, and is then made again by the next uploads.
CREATE TABLE stripes (
  repo_id    INTEGER NOT NULL,
  test_group INTEGER NOT NULL,               -- test_no / 256, rounded down
  last_seq   INTEGER NOT NULL,               -- newest upload of the 64
  block      BLOB    NOT NULL,
  PRIMARY KEY (repo_id, test_group, last_seq)
) STRICT, WITHOUT ROWID;

-- A row only where a case failed or flaked: the way from a test to its troubles.
CREATE TABLE failures (
  repo_id    INTEGER NOT NULL,
  test_no    INTEGER NOT NULL,
  upload_seq INTEGER NOT NULL REFERENCES uploads (seq),
  position   INTEGER NOT NULL,               -- of the case in its block
  status     INTEGER NOT NULL CHECK (status IN (1, 3)),
  PRIMARY KEY (repo_id, test_no, upload_seq, position)
) STRICT, WITHOUT ROWID;

-- Admitted requests of the last minute, so that a restart does not open the rate limit. Pruned.
CREATE TABLE admissions (
  seq      INTEGER PRIMARY KEY,
  key_id   INTEGER NOT NULL,
  at_ms    INTEGER NOT NULL,
  requests INTEGER NOT NULL                  -- of this key in this millisecond, as far as they share a commit
) STRICT;

-- Answers to posts with an Idempotency-Key, kept for a day. Pruned.
CREATE TABLE idempotent_answers (
  key_id      INTEGER NOT NULL,
  route       TEXT    NOT NULL,
  value       TEXT    NOT NULL,
  body_digest BLOB    NOT NULL,
  answer      TEXT    NOT NULL,
  at_ms       INTEGER NOT NULL,
  PRIMARY KEY (key_id, route, value)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotent_answers_by_age ON idempotent_answers (at_ms);
