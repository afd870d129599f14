-- Accounts: who may sign in, who may do what where, and what was done. Tokens are kept as their
-- SHA-256 only, passwords as argon2id; nothing here opens a door to who reads it.

-- A public repo is shown to people who have not signed in.
ALTER TABLE repos ADD COLUMN is_public INTEGER NOT NULL DEFAULT 0 CHECK (is_public IN (0, 1));

CREATE TABLE users (
  id                INTEGER PRIMARY KEY,
  login             TEXT    NOT NULL,        -- first spelling, shown
  login_folded      TEXT    NOT NULL,        -- looked up
  name              TEXT    NOT NULL,
  password_hash     TEXT    NOT NULL,        -- $argon2id$v=19$m=…,t=…,p=…$salt$hash
  is_instance_admin INTEGER NOT NULL CHECK (is_instance_admin IN (0, 1)),
  created_at_ms     INTEGER NOT NULL,
  password_at_ms    INTEGER NOT NULL,        -- when the password was set
  signed_in_at_ms   INTEGER,                 -- last sign-in
  removed_at_ms     INTEGER                  -- kept, because the audit log speaks of it
) STRICT;

CREATE UNIQUE INDEX users_by_login ON users (login_folded) WHERE removed_at_ms IS NULL;

CREATE TABLE memberships (
  user_id      INTEGER NOT NULL REFERENCES users (id),
  workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
  role         TEXT    NOT NULL CHECK (role IN ('viewer', 'member', 'admin')),
  since_ms     INTEGER NOT NULL,
  PRIMARY KEY (user_id, workspace_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX memberships_by_workspace ON memberships (workspace_id, user_id);

-- Ends by idleness or age (src/limits.ts); rows that have ended are deleted at the next sign-in.
CREATE TABLE sessions (
  id            INTEGER PRIMARY KEY,
  token_hash    BLOB    NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  user_id       INTEGER NOT NULL REFERENCES users (id),
  created_at_ms INTEGER NOT NULL,
  seen_at_ms    INTEGER NOT NULL,            -- written every few minutes at most
  address       TEXT    NOT NULL,            -- where the sign-in came from
  agent         TEXT    NOT NULL             -- the browser, as it calls itself
) STRICT;

CREATE INDEX sessions_by_user ON sessions (user_id);

-- A link that makes one account, or one membership of an account that exists.
CREATE TABLE invitations (
  id              INTEGER PRIMARY KEY,
  token_hash      BLOB    NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  workspace_id    INTEGER NOT NULL REFERENCES workspaces (id),
  role            TEXT    NOT NULL CHECK (role IN ('viewer', 'member', 'admin')),
  note            TEXT    NOT NULL,          -- for whom; may be empty
  created_by      TEXT    NOT NULL,
  created_at_ms   INTEGER NOT NULL,
  expires_at_ms   INTEGER NOT NULL,
  used_at_ms      INTEGER,
  used_by         INTEGER REFERENCES users (id),
  withdrawn_at_ms INTEGER
) STRICT;

CREATE INDEX invitations_by_workspace ON invitations (workspace_id, id);

-- A link that sets a new password. A newer one, and any change of the password, ends it.
CREATE TABLE password_resets (
  token_hash    BLOB    PRIMARY KEY CHECK (length(token_hash) = 32),
  user_id       INTEGER NOT NULL REFERENCES users (id),
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What was done, by whom, from where. Written in the transaction that does it; names as they were.
CREATE TABLE audit (
  seq          INTEGER PRIMARY KEY,
  at_ms        INTEGER NOT NULL,
  workspace_id INTEGER REFERENCES workspaces (id),  -- null: the whole appliance
  actor_kind   TEXT    NOT NULL CHECK (actor_kind IN ('user', 'key', 'operator', 'nobody')),
  actor_id     INTEGER,                      -- of the user or key
  actor        TEXT    NOT NULL,
  action       TEXT    NOT NULL,
  subject      TEXT    NOT NULL,
  address      TEXT                          -- null: the command line
) STRICT;

CREATE INDEX audit_by_workspace ON audit (workspace_id, seq);

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append only'); END;

CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append only'); END;
