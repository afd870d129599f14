-- Judgements: what the formulas make of the facts. May be deleted, and is then made again by
-- `qualitypilot rebuild`. Only repo_settings is a fact: what a person decided, and from when on.

CREATE TABLE repo_settings (
  repo_id INTEGER NOT NULL REFERENCES repos (id),
  name    TEXT    NOT NULL,
  from_ms INTEGER NOT NULL,                  -- holds for uploads received from then on
  value   TEXT    NOT NULL,
  PRIMARY KEY (repo_id, name, from_ms)
) STRICT, WITHOUT ROWID;

-- What evidence is kept apart by: the job key and environment of a repo.
CREATE TABLE judged_cells (
  repo_id     INTEGER NOT NULL REFERENCES repos (id),
  cell_no     INTEGER NOT NULL,
  job         TEXT    NOT NULL,
  environment TEXT    NOT NULL,              -- '' for none
  has_retries INTEGER NOT NULL,              -- some case was tried more than once
  PRIMARY KEY (repo_id, cell_no)
) STRICT, WITHOUT ROWID;

-- Commits in the order of their keys (time_ms, name): the default branch, or pull requests.
CREATE TABLE judged_commits (
  repo_id           INTEGER NOT NULL REFERENCES repos (id),
  commit_no         INTEGER NOT NULL,
  is_pull           INTEGER NOT NULL,
  name              TEXT    NOT NULL,        -- the commit; of a run without one the id of the run
  sha               TEXT,
  time_ms           INTEGER NOT NULL,        -- commit time where reported, else the earliest start
  has_commit_time   INTEGER NOT NULL,
  first_received_ms INTEGER NOT NULL,
  PRIMARY KEY (repo_id, commit_no)
) STRICT, WITHOUT ROWID;

-- Logical runs as they were judged.
CREATE TABLE judged_runs (
  repo_id        INTEGER NOT NULL REFERENCES repos (id),
  run_seq        INTEGER NOT NULL REFERENCES runs (seq),
  cell_no        INTEGER NOT NULL,
  commit_no      INTEGER NOT NULL,
  at_ms          INTEGER NOT NULL,           -- earliest start
  total          INTEGER NOT NULL,
  failed         INTEGER NOT NULL,
  skipped        INTEGER NOT NULL,
  flaky          INTEGER NOT NULL,
  duration_ms    INTEGER,
  executed_cases INTEGER NOT NULL,           -- stored cases that were not skipped
  storm          INTEGER NOT NULL,           -- 0 evidence, 1 mass failure held back, 2 one that turned out to be real
  offenders      BLOB    NOT NULL,           -- tests that failed or flaked (docs/storage.md)
  PRIMARY KEY (repo_id, run_seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE judgements (
  repo_id         INTEGER PRIMARY KEY REFERENCES repos (id),
  judged_seq      INTEGER NOT NULL,          -- newest upload that is judged
  formula_version TEXT    NOT NULL,
  input_hash      BLOB    NOT NULL,          -- SHA-256 over what the grade was made of
  default_branch  TEXT,                      -- as settled by the uploads; a setting goes before it
  summary         TEXT    NOT NULL,          -- JSON: grade, suites, false reds and so on
  variants        BLOB    NOT NULL,          -- one row per variant, columns (docs/storage.md)
  commits         BLOB    NOT NULL,          -- the commits that were looked at, with what was expected of them
  book            TEXT    NOT NULL           -- JSON: incidents as of the last cut, where the next evaluation begins
) STRICT;

-- The closing grade of each day (UTC) on which uploads came in.
CREATE TABLE grades (
  repo_id         INTEGER NOT NULL REFERENCES repos (id),
  day             INTEGER NOT NULL,          -- days since the epoch
  judged_seq      INTEGER NOT NULL,
  formula_version TEXT    NOT NULL,
  input_hash      BLOB    NOT NULL,
  score           REAL,                      -- null: not enough data
  summary         TEXT    NOT NULL,          -- JSON: inputs, demerits, interval, rates of the day
  PRIMARY KEY (repo_id, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE incidents (
  repo_id        INTEGER NOT NULL REFERENCES repos (id),
  id             BLOB    NOT NULL CHECK (length(id) = 8),
  kind           TEXT    NOT NULL,
  is_open        INTEGER NOT NULL,
  opened_at_ms   INTEGER NOT NULL,
  resolved_at_ms INTEGER,
  body           TEXT    NOT NULL,           -- JSON: tests, suspects, evidence, events
  PRIMARY KEY (repo_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX incidents_by_time ON incidents (repo_id, opened_at_ms);
CREATE INDEX incidents_by_id   ON incidents (id);

-- All uploads up to this one are judged: where a start begins to look.
CREATE TABLE judge_mark (
  id          INTEGER PRIMARY KEY CHECK (id = 1),
  through_seq INTEGER NOT NULL
) STRICT;
