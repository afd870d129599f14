import type { SaidFields } from '../../domain/failure-fields.ts';
import { fingerprintBytes, formatFingerprint } from '../fingerprint-bytes.ts';
import type { Db } from '../sqlite.ts';

/** A fingerprint as it is kept: the cluster is named by the fingerprint it began with. */
export type FingerprintRow = SaidFields & {
  id: string;
  cluster: string;
  firstSeq: number;
  lastSeq: number;
  /** newest upload of any fingerprint of the cluster, where this one names it */
  clusterLastSeq: number | null;
};

/** What came to a cluster. */
export type ClusterSightings = {
  /** counts only where the cluster is new */
  sample: string;
  firstSeenMs: number;
  lastSeenMs: number;
  firstSeq: number;
  lastSeq: number;
  failures: number;
  uploads: number;
};

export type TestSightings = Pick<ClusterSightings, 'firstSeq' | 'lastSeq' | 'failures'>;

/** The tables of clusters. Belongs to the writer; all but `load` inside a transaction of the caller. */
export class ClusterRows {
  readonly #sql;

  constructor(db: Db) {
    this.#sql = prepare(db);
  }

  /** In the order in which they were first seen. */
  *load(repoId: number): Generator<FingerprintRow, void, void> {
    for (const { fingerprint, cluster, ...row } of this.#sql.load.iterate(repoId)) {
      yield { ...row, id: formatFingerprint(fingerprint), cluster: formatFingerprint(cluster) };
    }
  }

  addFingerprint(repoId: number, row: Omit<FingerprintRow, 'clusterLastSeq'>): void {
    const { id, cluster, type, template, firstSeq, lastSeq } = row;
    const [bytes, ofCluster] = [fingerprintBytes(id), fingerprintBytes(cluster)];
    this.#sql.addFingerprint.run(repoId, bytes, ofCluster, type, template, firstSeq, lastSeq);
  }

  sawFingerprint(repoId: number, id: string, lastSeq: number): void {
    this.#sql.sawFingerprint.run(lastSeq, repoId, fingerprintBytes(id));
  }

  addSightings(repoId: number, cluster: string, sightings: ClusterSightings): void {
    this.#sql.addSightings.run({ ...sightings, repoId, cluster: fingerprintBytes(cluster) });
  }

  addTest(repoId: number, cluster: string, testNo: number, sightings: TestSightings): void {
    const bytes = fingerprintBytes(cluster);
    this.#sql.addTest.run({ ...sightings, repoId, cluster: bytes, testNo });
  }

  /** The clusters of a test, newest first. */
  *clustersOf(repoId: number, testNo: number): Generator<{ cluster: string; lastSeq: number }> {
    for (const row of this.#sql.clustersOf.iterate(repoId, testNo)) {
      yield { cluster: formatFingerprint(row.fingerprint), lastSeq: row.lastSeq };
    }
  }

  /** With the cluster that it names, if it names one. */
  remove(repoId: number, id: string): void {
    const bytes = fingerprintBytes(id);
    for (const statement of this.#sql.remove) statement.run(repoId, bytes);
  }

  clear(repoId: number): void {
    for (const statement of this.#sql.clear) statement.run(repoId);
  }
}

const tables = ['failure_fingerprints', 'failure_clusters', 'cluster_tests'];

type LoadedRow = Omit<FingerprintRow, 'id' | 'cluster'> & { fingerprint: Buffer; cluster: Buffer };

function prepare(db: Db) {
  return {
    load: db.prepare<[number], LoadedRow>(
      `SELECT f.fingerprint, f.cluster, f.type, f.template, f.first_seq AS firstSeq,
         f.last_seq AS lastSeq, c.last_seq AS clusterLastSeq
       FROM failure_fingerprints AS f
         LEFT JOIN failure_clusters AS c ON c.repo_id = f.repo_id AND c.fingerprint = f.fingerprint
       WHERE f.repo_id = ? ORDER BY f.first_seq, f.fingerprint`,
    ),
    addFingerprint: db.prepare(
      `INSERT INTO failure_fingerprints
         (repo_id, fingerprint, cluster, type, template, first_seq, last_seq)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ),
    sawFingerprint: db.prepare(
      'UPDATE failure_fingerprints SET last_seq = ? WHERE repo_id = ? AND fingerprint = ?',
    ),
    addSightings: db.prepare(
      `INSERT INTO failure_clusters (repo_id, fingerprint, sample, first_seen_ms, last_seen_ms,
         first_seq, last_seq, failures, uploads)
       VALUES (:repoId, :cluster, :sample, :firstSeenMs, :lastSeenMs, :firstSeq, :lastSeq, :failures,
         :uploads)
       ON CONFLICT DO UPDATE SET
         first_seen_ms = min(first_seen_ms, :firstSeenMs), last_seen_ms = max(last_seen_ms, :lastSeenMs),
         last_seq = :lastSeq, failures = failures + :failures, uploads = uploads + :uploads`,
    ),
    addTest: db.prepare(
      `INSERT INTO cluster_tests (repo_id, fingerprint, test_no, failures, first_seq, last_seq)
       VALUES (:repoId, :cluster, :testNo, :failures, :firstSeq, :lastSeq)
       ON CONFLICT DO UPDATE SET failures = failures + :failures, last_seq = :lastSeq`,
    ),
    clustersOf: db.prepare<[number, number], { fingerprint: Buffer; lastSeq: number }>(
      `SELECT fingerprint, last_seq AS lastSeq FROM cluster_tests
       WHERE repo_id = ? AND test_no = ? ORDER BY last_seq DESC, fingerprint`,
    ),
    remove: tables.map((table) =>
      db.prepare(`DELETE FROM ${table} WHERE repo_id = ? AND fingerprint = ?`),
    ),
    clear: tables.map((table) => db.prepare(`DELETE FROM ${table} WHERE repo_id = ?`)),
  };
}
