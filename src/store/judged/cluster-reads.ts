import { fingerprintBytes, formatFingerprint } from '../fingerprint-bytes.ts';
import type { Page } from '../reads.ts';
import type { Db } from '../sqlite.ts';
import { formatUuid } from '../uuid.ts';
import type { TestRef } from './titles.ts';

/** When something was seen: receipt, and the run that it was in. */
export type Sighting = { atMs: number; runId: string };

/** Failures of a repo that say nearly the same. */
export type ClusterFacts = {
  fingerprint: string;
  /** name of the exception, '' where none is told */
  type: string;
  /** the first message, or stack, of them; '' where nobody said anything */
  sample: string;
  /** cases */
  failures: number;
  tests: number;
  uploads: number;
  firstSeen: Sighting;
  lastSeen: Sighting;
};

/** A cluster with its tests and with what else belongs to it. */
export type ClusterDetail = ClusterFacts & {
  /** those with the most failures */
  named: (TestRef & { failures: number; lastSeenAtMs: number })[];
  /** ways to say it, without what changes from run to run: the newest */
  templates: { template: string; isFirst: boolean }[];
};

const most = { named: 100, templates: 20 };

/** The clusters of repos. Belongs to a reader, inside one snapshot of the file. */
export class ClusterReads {
  readonly #sql;

  constructor(db: Db) {
    this.#sql = prepare(db);
  }

  /**
   * Clusters of a repo, the one with the newest failure first. `q`: part of type or sample, ignoring
   * case. `cursor`: `next` of the page before. A search looks at all clusters, at most 5,000.
   */
  list(repoId: number, q: string | null, limit: number, cursor: string | null): Page<ClusterFacts> {
    const rows = this.#rows(repoId, q, limit + 1, cursor);
    const items = rows.slice(0, limit).map((row) => this.#factsOf(repoId, row));
    return { items, next: rows.length > limit ? cursorOf(rows[limit - 1]!) : null };
  }

  /** The cluster that a fingerprint belongs to, which may have begun with another; null: not known (any more). */
  get(
    repoId: number,
    fingerprint: string,
    titleOf: (test: number) => TestRef,
  ): ClusterDetail | null {
    const found = this.#sql.cluster.get(repoId, fingerprintBytes(fingerprint));
    if (found === undefined) return null;
    const bytes = found.fingerprint;
    const row = this.#sql.one.get(repoId, bytes)!;
    return {
      ...this.#factsOf(repoId, row),
      named: this.#sql.named
        .all(repoId, bytes, most.named)
        .map(({ test_no, failures, received_at_ms }) => ({
          ...titleOf(test_no),
          failures,
          lastSeenAtMs: received_at_ms,
        })),
      templates: this.#sql.templates
        .all(repoId, bytes, most.templates)
        .map((one) => ({ template: one.template, isFirst: one.fingerprint.equals(bytes) })),
    };
  }

  /** Since when the cluster of a fingerprint is seen, and its name; null: not known (any more). */
  clusterOf(repoId: number, fingerprint: string): { name: string; firstSeen: Sighting } | null {
    const row = this.#sql.cluster.get(repoId, fingerprintBytes(fingerprint));
    if (row === undefined) return null;
    const firstSeen = this.#sighting(row.first_seen_ms, row.first_seq);
    return { name: formatFingerprint(row.fingerprint), firstSeen };
  }

  #rows(repoId: number, q: string | null, limit: number, cursor: string | null): ClusterRow[] {
    const { seq, bytes } = placeOf(cursor);
    if (q === null) return this.#sql.page.all(repoId, seq, bytes, limit);
    const wanted = q.toLowerCase();
    const found: ClusterRow[] = [];
    for (const row of this.#sql.page.iterate(repoId, seq, bytes, -1)) {
      if (`${row.type}\n${row.sample}`.toLowerCase().includes(wanted)) found.push(row);
      if (found.length === limit) break;
    }
    return found;
  }

  #factsOf(repoId: number, row: ClusterRow): ClusterFacts {
    return {
      fingerprint: formatFingerprint(row.fingerprint),
      type: row.type,
      sample: row.sample,
      failures: row.failures,
      tests: this.#sql.tests.get(repoId, row.fingerprint)!,
      uploads: row.uploads,
      firstSeen: this.#sighting(row.first_seen_ms, row.first_seq),
      lastSeen: this.#sighting(row.last_seen_ms, row.last_seq),
    };
  }

  #sighting(atMs: number, seq: number): Sighting {
    return { atMs, runId: formatUuid(this.#sql.run.get(seq)!) };
  }
}

const cursorOf = ({ last_seq, fingerprint }: ClusterRow): string =>
  `${last_seq}:${fingerprint.toString('hex')}`;

/** Without a cursor: behind all clusters. */
function placeOf(cursor: string | null): { seq: number; bytes: Buffer } {
  if (cursor === null) return { seq: Number.MAX_SAFE_INTEGER, bytes: Buffer.alloc(0) };
  const [seq, hex] = cursor.split(':');
  return { seq: Number(seq), bytes: Buffer.from(hex!, 'hex') };
}

type NamedRow = { test_no: number; failures: number; received_at_ms: number };
type FirstRow = { fingerprint: Buffer; first_seen_ms: number; first_seq: number };
type ClusterRow = FirstRow & {
  type: string;
  sample: string;
  failures: number;
  uploads: number;
  last_seen_ms: number;
  last_seq: number;
};

function prepare(db: Db) {
  return {
    page: db.prepare<[number, number, Buffer, number], ClusterRow>(
      `SELECT c.fingerprint, type, sample, failures, uploads, first_seen_ms, last_seen_ms,
         c.first_seq, c.last_seq
       FROM failure_clusters AS c
         JOIN failure_fingerprints AS f ON f.repo_id = c.repo_id AND f.fingerprint = c.fingerprint
       WHERE c.repo_id = ? AND (c.last_seq, c.fingerprint) < (?, ?)
       ORDER BY c.last_seq DESC, c.fingerprint DESC LIMIT ?`,
    ),
    one: db.prepare<[number, Buffer], ClusterRow>(
      `SELECT c.fingerprint, type, sample, failures, uploads, first_seen_ms, last_seen_ms,
         c.first_seq, c.last_seq
       FROM failure_clusters AS c
         JOIN failure_fingerprints AS f ON f.repo_id = c.repo_id AND f.fingerprint = c.fingerprint
       WHERE c.repo_id = ? AND c.fingerprint = ?`,
    ),
    named: db.prepare<[number, Buffer, number], NamedRow>(
      `SELECT test_no, failures, received_at_ms
       FROM cluster_tests JOIN uploads ON uploads.seq = last_seq
       WHERE repo_id = ? AND fingerprint = ? ORDER BY failures DESC, test_no LIMIT ?`,
    ),
    templates: db.prepare<[number, Buffer, number], { fingerprint: Buffer; template: string }>(
      `SELECT fingerprint, template FROM failure_fingerprints
       WHERE repo_id = ? AND cluster = ? ORDER BY last_seq DESC, fingerprint LIMIT ?`,
    ),
    cluster: db.prepare<[number, Buffer], FirstRow>(
      `SELECT c.fingerprint, first_seen_ms, c.first_seq
       FROM failure_fingerprints AS f
         JOIN failure_clusters AS c ON c.repo_id = f.repo_id AND c.fingerprint = f.cluster
       WHERE f.repo_id = ? AND f.fingerprint = ?`,
    ),
    tests: db
      .prepare<[number, Buffer], number>(
        'SELECT count(*) FROM cluster_tests WHERE repo_id = ? AND fingerprint = ?',
      )
      .pluck(),
    run: db
      .prepare<[number], Buffer>(
        'SELECT runs.id FROM uploads JOIN runs ON runs.seq = run_seq WHERE uploads.seq = ?',
      )
      .pluck(),
  };
}
