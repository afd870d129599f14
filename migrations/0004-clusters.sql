-- Failures that say the same. Judgements: may be deleted for a repo as a whole, and are then made
-- again from its uploads, oldest first. A fingerprint is the 16 bytes behind its `ef1:`.

-- Each message that was seen, without what changes from run to run, and the cluster it belongs to: the
-- fingerprint that the cluster began with. It keeps its cluster as long as it is known. At most 5,000
-- per repo; the least recently seen leave, a cluster's first one not before all others of its cluster.
CREATE TABLE failure_fingerprints (
  repo_id     INTEGER NOT NULL REFERENCES repos (id),
  fingerprint BLOB    NOT NULL CHECK (length(fingerprint) = 16),
  cluster     BLOB    NOT NULL CHECK (length(cluster) = 16),
  type        TEXT    NOT NULL,              -- name of the exception, '' where none is told
  template    TEXT    NOT NULL,
  first_seq   INTEGER NOT NULL,              -- uploads
  last_seq    INTEGER NOT NULL,
  PRIMARY KEY (repo_id, fingerprint)
) STRICT, WITHOUT ROWID;

-- What was seen of each cluster. A case counts when it failed, or flaked and says why.
CREATE TABLE failure_clusters (
  repo_id       INTEGER NOT NULL REFERENCES repos (id),
  fingerprint   BLOB    NOT NULL CHECK (length(fingerprint) = 16),
  sample        TEXT    NOT NULL,            -- the first message, at most 2,048 characters; '' without
  first_seen_ms INTEGER NOT NULL,            -- receipt
  last_seen_ms  INTEGER NOT NULL,
  first_seq     INTEGER NOT NULL,
  last_seq      INTEGER NOT NULL,
  failures      INTEGER NOT NULL,            -- cases
  uploads       INTEGER NOT NULL,
  PRIMARY KEY (repo_id, fingerprint)
) STRICT, WITHOUT ROWID;

CREATE INDEX failure_clusters_by_last ON failure_clusters (repo_id, last_seq, fingerprint);

CREATE TABLE cluster_tests (
  repo_id     INTEGER NOT NULL REFERENCES repos (id),
  fingerprint BLOB    NOT NULL,              -- of the cluster
  test_no     INTEGER NOT NULL,
  failures    INTEGER NOT NULL,              -- cases
  first_seq   INTEGER NOT NULL,
  last_seq    INTEGER NOT NULL,
  PRIMARY KEY (repo_id, fingerprint, test_no)
) STRICT, WITHOUT ROWID;

CREATE INDEX cluster_tests_by_test ON cluster_tests (repo_id, test_no, last_seq);
