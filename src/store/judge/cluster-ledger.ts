import { clusters } from '../../domain/analytics-params.ts';
import type { SaidFields } from '../../domain/failure-fields.ts';
import { MessageClusters } from '../../domain/message-clusters.ts';
import { sketch } from '../../domain/near-duplicates.ts';
import type {
  ClusterRows,
  ClusterSightings,
  FingerprintRow,
  TestSightings,
} from './cluster-rows.ts';

type Known = {
  cluster: string;
  firstSeq: number;
  lastSeq: number;
  /** newest upload that keeps it: of one that names a cluster, that of any of the cluster */
  keptBySeq: number;
};

/** What an upload has of one fingerprint. */
export type Sighting = {
  seq: number;
  atMs: number;
  /** cut already */
  sample: string;
  /** cases by test number */
  tests: ReadonlyMap<number, number>;
};

/**
 * The fingerprints of one repo, and what came to them since the last flush. What it holds, and what
 * it writes, is a function of the uploads in their order: not of when it was flushed or loaded.
 */
export class ClusterLedger {
  readonly #repoId: number;
  readonly #rows: ClusterRows;
  readonly #known = new Map<string, Known>();
  readonly #messages = new MessageClusters();
  /** to be written */
  readonly #added = new Map<string, SaidFields>();
  readonly #seen = new Set<string>();
  readonly #gone = new Set<string>();
  readonly #clusters = new Map<string, ClusterSightings>();
  readonly #tests = new Map<string, Map<number, TestSightings>>();

  constructor(repoId: number, rows: ClusterRows) {
    this.#repoId = repoId;
    this.#rows = rows;
  }

  /** Fingerprints held. */
  get size(): number {
    return this.#known.size;
  }

  has(id: string): boolean {
    return this.#known.has(id);
  }

  restore(row: FingerprintRow): void {
    const { id, cluster, firstSeq, lastSeq, clusterLastSeq } = row;
    this.#messages.restore(id, sketch(row), cluster);
    this.#known.set(id, { cluster, firstSeq, lastSeq, keptBySeq: clusterLastSeq ?? lastSeq });
  }

  /** A fingerprint that is not known. Those of one upload must come in ascending order. */
  add(id: string, { type, template }: SaidFields, seq: number): void {
    const cluster = this.#messages.add(id, sketch({ type, template }));
    this.#known.set(id, { cluster, firstSeq: seq, lastSeq: seq, keptBySeq: seq });
    this.#added.set(id, { type, template });
  }

  /** A known fingerprint in an upload. */
  saw(id: string, sighting: Sighting): void {
    const known = this.#known.get(id)!;
    const { cluster } = known;
    known.lastSeq = known.keptBySeq = sighting.seq;
    this.#known.get(cluster)!.keptBySeq = sighting.seq;
    if (!this.#added.has(id)) this.#seen.add(id);
    this.#count(cluster, sighting);
    const tests = this.#tests.get(cluster) ?? new Map<number, TestSightings>();
    this.#tests.set(cluster, tests);
    for (const [test, failures] of sighting.tests) countTest(tests, test, failures, sighting.seq);
  }

  #count(cluster: string, { seq, atMs, sample, tests }: Sighting): void {
    let failures = 0;
    for (const count of tests.values()) failures += count;
    const before = this.#clusters.get(cluster);
    if (before === undefined) {
      const [firstSeenMs, lastSeenMs] = [atMs, atMs];
      const seqs = { firstSeq: seq, lastSeq: seq };
      this.#clusters.set(cluster, {
        sample,
        firstSeenMs,
        lastSeenMs,
        ...seqs,
        failures,
        uploads: 1,
      });
      return;
    }
    before.firstSeenMs = Math.min(before.firstSeenMs, atMs);
    before.lastSeenMs = Math.max(before.lastSeenMs, atMs);
    before.failures += failures;
    if (before.lastSeq !== seq) before.uploads++;
    before.lastSeq = seq;
  }

  /** To be called after each upload: lets go of what was not seen for longest. */
  prune(): void {
    const { most, kept } = clusters.fingerprints;
    if (this.#known.size <= most) return;
    const leaving = [...this.#known].sort(byStay).slice(0, this.#known.size - kept);
    for (const [id] of leaving) {
      this.#known.delete(id);
      this.#added.delete(id);
      this.#seen.delete(id);
      this.#clusters.delete(id);
      this.#tests.delete(id);
      this.#gone.add(id);
    }
    this.#messages.remove(leaving.map(([id]) => id));
  }

  /** Writes what came since the last time. Inside a transaction of the caller. */
  flush(): void {
    const [repoId, rows] = [this.#repoId, this.#rows];
    for (const id of this.#gone) rows.remove(repoId, id);
    for (const [id, fields] of this.#added) {
      rows.addFingerprint(repoId, { id, ...fields, ...this.#known.get(id)! });
    }
    for (const id of this.#seen) rows.sawFingerprint(repoId, id, this.#known.get(id)!.lastSeq);
    for (const [id, sightings] of this.#clusters) rows.addSightings(repoId, id, sightings);
    for (const [id, tests] of this.#tests) {
      for (const [test, sightings] of tests) rows.addTest(repoId, id, test, sightings);
    }
    for (const pending of [this.#gone, this.#added, this.#seen, this.#clusters, this.#tests]) {
      pending.clear();
    }
  }

  /** The cluster of the newest failure of each test, of several in one upload the smallest name. */
  newestOf(tests: readonly number[]): Map<number, string> {
    const wanted = new Set(tests);
    const newest = new Map<number, { cluster: string; lastSeq: number }>();
    for (const [cluster, counts] of this.#tests) {
      for (const [test, { lastSeq }] of counts) {
        if (wanted.has(test)) keepNewest(newest, test, { cluster, lastSeq });
      }
    }
    for (const test of wanted) {
      for (const stored of this.#rows.clustersOf(this.#repoId, test)) {
        if (this.#gone.has(stored.cluster)) continue;
        keepNewest(newest, test, stored);
        break;
      }
    }
    return new Map([...newest].map(([test, { cluster }]) => [test, cluster]));
  }
}

/** Who leaves first: least recently seen, members before the one that names them. */
function byStay([a, x]: [string, Known], [b, y]: [string, Known]): number {
  const names = Number(x.cluster === a) - Number(y.cluster === b);
  return x.keptBySeq - y.keptBySeq || names || (a < b ? -1 : 1);
}

function countTest(
  tests: Map<number, TestSightings>,
  test: number,
  failures: number,
  seq: number,
): void {
  const before = tests.get(test);
  if (before === undefined) tests.set(test, { failures, firstSeq: seq, lastSeq: seq });
  else {
    before.failures += failures;
    before.lastSeq = seq;
  }
}

function keepNewest(
  newest: Map<number, { cluster: string; lastSeq: number }>,
  test: number,
  found: { cluster: string; lastSeq: number },
): void {
  const before = newest.get(test);
  const isNewer =
    before === undefined ||
    found.lastSeq > before.lastSeq ||
    (found.lastSeq === before.lastSeq && found.cluster < before.cluster);
  if (isNewer) newest.set(test, found);
}
