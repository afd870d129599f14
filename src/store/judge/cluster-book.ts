import { LRUCache } from 'lru-cache';
import { clusters } from '../../domain/analytics-params.ts';
import type { CaseText } from '../../domain/case-table.ts';
import { type FailureText, failureFields } from '../../domain/failure-fields.ts';
import { FAILED, FLAKY } from '../../domain/logical-run.ts';
import type { Db } from '../sqlite.ts';
import { ClusterLedger } from './cluster-ledger.ts';
import { ClusterRows } from './cluster-rows.ts';
import { FingerprintMemo } from './fingerprint-memo.ts';

/** An upload as far as clusters are made of it. */
export type ClusteredUpload = {
  repoId: number;
  seq: number;
  /** receipt */
  atMs: number;
  suiteOf: (testNo: number) => string;
  columns: { tests: ArrayLike<number>; statuses: ArrayLike<number> };
  /** by position, ascending */
  texts: readonly CaseText[];
};

/** What one upload has of one fingerprint. */
type Found = { text: FailureText; tests: Map<number, number> };

/** New texts that are looked at in a row: about 5 ms. */
const textsPerSlice = 50;
/** Fingerprints of repos with nothing to write, kept so that they need not be loaded: 2.7 KB each. */
const mostAtRest = 10_000;

/**
 * Which failures of a repo say the same, since when, and how often. Belongs to the writer. The
 * uploads of a repo must be taken in the order of their seq, each once; then the rows are a function
 * of them alone, whatever was flushed when, and equal again after `clear` and taking all anew.
 */
export class ClusterBook {
  readonly #rows: ClusterRows;
  readonly #memo = new FingerprintMemo();
  /** with something to write */
  readonly #open = new Map<number, ClusterLedger>();
  readonly #atRest = new LRUCache<number, ClusterLedger>({
    maxSize: mostAtRest,
    sizeCalculation: ({ size }) => size + 1,
  });

  constructor(db: Db) {
    this.#rows = new ClusterRows(db);
  }

  /** Buffers the failing cases of an upload, and the flaky ones that say why. Writes nothing. */
  take(upload: ClusteredUpload): void {
    for (const _ of this.taking(upload));
  }

  /** The same in slices of about 5 ms. Nothing else may be taken of the repo before it is through. */
  *taking(upload: ClusteredUpload): Generator<void, void, void> {
    const found = yield* this.#fingerprintsOf(upload);
    if (found.size === 0) return;
    const { repoId, seq, atMs } = upload;
    const ledger = yield* this.#opened(repoId);
    let added = 0;
    for (const [id, { text, tests }] of [...found].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (!ledger.has(id)) {
        ledger.add(id, failureFields(text), seq);
        if (++added % textsPerSlice === 0) yield;
      }
      ledger.saw(id, { seq, atMs, sample: sampleOf(text), tests });
    }
    ledger.prune();
  }

  /** Writes what was taken of a repo. Inside a transaction of the caller; `forget` if that fails. */
  flush(repoId: number): void {
    const ledger = this.#open.get(repoId);
    if (ledger === undefined) return;
    ledger.flush();
    this.#open.delete(repoId);
    this.#atRest.set(repoId, ledger);
  }

  /** The cluster of each test's newest failure, also of what is not flushed; tests without are left out. */
  newestOf(repoId: number, testNos: readonly number[]): Map<number, string> {
    const ledger =
      this.#open.get(repoId) ?? this.#atRest.get(repoId) ?? new ClusterLedger(repoId, this.#rows);
    return ledger.newestOf(testNos);
  }

  /** Drops what is not flushed: the transaction was rolled back, or uploads will be taken again. */
  forget(repoId: number): void {
    this.#open.delete(repoId);
    this.#atRest.delete(repoId);
  }

  /** Deletes all rows of a repo, which a rebuild begins with. Inside a transaction of the caller. */
  clear(repoId: number): void {
    this.forget(repoId);
    this.#rows.clear(repoId);
  }

  *#fingerprintsOf(upload: ClusteredUpload): Generator<void, Map<string, Found>, void> {
    const { columns, texts, suiteOf } = upload;
    const { tests, statuses } = columns;
    const found = new Map<string, Found>();
    const until = this.#memo.misses + textsPerSlice;
    let [next, pause] = [0, until];
    for (let position = 0; position < statuses.length; position++) {
      while (next < texts.length && texts[next]!.position < position) next++;
      const said = texts[next]?.position === position ? texts[next]! : null;
      const text = { message: said?.errorMessage ?? null, stack: said?.stack ?? null };
      if (!counts(statuses[position]!, text)) continue;
      const test = tests[position]!;
      add(found, this.#memo.of(text, suiteOf(test)), text, test);
      if (this.#memo.misses >= pause) {
        pause = this.#memo.misses + textsPerSlice;
        yield;
      }
    }
    return found;
  }

  *#opened(repoId: number): Generator<void, ClusterLedger, void> {
    const ledger =
      this.#open.get(repoId) ?? this.#atRest.get(repoId) ?? (yield* this.#load(repoId));
    this.#atRest.delete(repoId);
    this.#open.set(repoId, ledger);
    return ledger;
  }

  *#load(repoId: number): Generator<void, ClusterLedger, void> {
    const ledger = new ClusterLedger(repoId, this.#rows);
    for (const row of [...this.#rows.load(repoId)]) {
      ledger.restore(row);
      if (ledger.size % (4 * textsPerSlice) === 0) yield;
    }
    return ledger;
  }
}

/** Whether a case is counted: a flaky one passed in the end, and often nobody says why it had not. */
function counts(status: number, { message, stack }: FailureText): boolean {
  return status === FAILED || (status === FLAKY && (message !== null || stack !== null));
}

function add(found: Map<string, Found>, id: string, text: FailureText, test: number): void {
  const before = found.get(id);
  if (before === undefined) found.set(id, { text, tests: new Map([[test, 1]]) });
  else before.tests.set(test, (before.tests.get(test) ?? 0) + 1);
}

/** What stands for a cluster: the message, without one the stack. */
const sampleOf = ({ message, stack }: FailureText): string =>
  (message?.trim() ? message : (stack ?? message ?? '')).slice(0, clusters.sample).toWellFormed();
