import type { Db } from './sqlite.ts';

/** Requests of one key in one millisecond. */
export type Admitted = { keyId: number; atMs: number; requests: number };

const pruneEvery = 32;
const usedOnceInMs = 60_000;

/**
 * Which requests the limiter admitted, so that a restart does not open it, and when a key was used
 * last. Requests of one key and millisecond share a row. Belongs to the writer.
 */
export class Admissions {
  readonly #sql;
  readonly #keptMs: number;
  /** of the open transaction */
  readonly #admitted: Admitted[] = [];
  #last: Admitted | null = null;
  #sincePruned = 0;

  /** Rows are kept for `keptMs` and then pruned, some with each later commit. */
  constructor(db: Db, keptMs: number) {
    this.#keptMs = keptMs;
    this.#sql = {
      insert: db.prepare('INSERT INTO admissions (key_id, at_ms, requests) VALUES (?, ?, ?)'),
      prune: db.prepare(
        // A clock that was ahead left rows in the future: they must not keep later ones from being pruned.
        `DELETE FROM admissions WHERE seq IN (SELECT seq FROM admissions ORDER BY seq LIMIT ?)
           AND NOT at_ms BETWEEN ? AND ?`,
      ),
      touchKey: db.prepare(
        'UPDATE api_keys SET last_used_at_ms = ? WHERE id = ? AND coalesce(last_used_at_ms, 0) < ?',
      ),
    };
  }

  /** Before a run: nothing was admitted for it yet. */
  begin(): void {
    this.#last = null;
  }

  add(keyId: number, atMs: number): void {
    const same = this.#admitted.findLast((row) => row.keyId === keyId && row.atMs === atMs);
    if (same !== undefined) same.requests++;
    else this.#admitted.push({ keyId, atMs, requests: 1 });
    this.#last = same ?? this.#admitted.at(-1)!;
  }

  /** The run at hand is undone. */
  undoRun(): void {
    if (this.#last !== null) this.#last.requests--;
    this.#last = null;
  }

  /** Writes down what the open transaction owes. */
  flush(): void {
    const used = new Map<number, number>();
    for (const { keyId, atMs, requests } of this.#admitted) {
      if (requests === 0) continue;
      this.#sql.insert.run(keyId, atMs, requests);
      used.set(keyId, atMs);
    }
    for (const [keyId, atMs] of used) this.#sql.touchKey.run(atMs, keyId, atMs - usedOnceInMs);
    this.#sincePruned += this.#admitted.length;
    if (this.#sincePruned >= pruneEvery) this.#prune(this.#admitted.at(-1)!.atMs);
    this.forget();
  }

  /** The transaction is over, or undone. */
  forget(): void {
    this.#admitted.length = 0;
    this.#last = null;
  }

  #prune(nowMs: number): void {
    this.#sql.prune.run(2 * this.#sincePruned + 8, nowMs - this.#keptMs, nowMs + this.#keptMs);
    this.#sincePruned = 0;
  }
}
