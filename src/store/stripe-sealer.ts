import { decodeColumns } from './blocks.ts';
import { CorruptBlockError } from './sealed.ts';
import type { Db } from './sqlite.ts';
import { StripeBuilder, uploadsPerStripe } from './stripes.ts';

/** A stripe on its way: first its uploads are read, then its groups are packed. */
type Sealing = {
  repoId: number;
  uploads: number[];
  read: number;
  builder: StripeBuilder;
  groups: number[];
  packed: { group: number; block: Buffer }[];
};

/**
 * Turns every 64 uploads of a repo into a stripe, in short slices between the commits of the
 * writer. A stop in between loses nothing: what is not sealed is counted again.
 */
export class StripeSealer {
  readonly #db: Db;
  readonly #sql;
  /** uploads with cases that are in no stripe, per repo; absent: to be counted */
  readonly #unsealed = new Map<number, number>();
  readonly #uncommitted = new Set<number>();
  readonly #due = new Set<number>();
  #sealing: Sealing | null = null;

  constructor(db: Db) {
    this.#db = db;
    this.#sql = prepare(db);
  }

  /** An upload with cases was written in the open transaction. */
  stored(repoId: number): void {
    const known = this.#unsealed.get(repoId);
    const unsealed = known === undefined ? this.#sql.count.get(repoId)! : known + 1;
    this.#unsealed.set(repoId, unsealed);
    this.#uncommitted.add(repoId);
  }

  committed(): void {
    for (const repoId of this.#uncommitted) {
      if (this.#unsealed.get(repoId)! >= uploadsPerStripe) this.#due.add(repoId);
    }
    this.#uncommitted.clear();
  }

  rolledBack(): void {
    for (const repoId of this.#uncommitted) this.#unsealed.delete(repoId);
    this.#uncommitted.clear();
  }

  get isDue(): boolean {
    return this.#sealing !== null || this.#due.size > 0;
  }

  /**
   * Works for about so many ms outside of any transaction and returns the bytes that it wrote. What
   * it throws ends the stripe at hand; the next upload of a repo begins it anew.
   */
  work(forMs: number): number {
    const until = performance.now() + forMs;
    let written = 0;
    try {
      while (this.isDue && performance.now() < until) written += this.#step();
    } catch (error) {
      this.#sealing = null;
      this.#due.clear();
      throw error;
    }
    return written;
  }

  #step(): number {
    const sealing = this.#sealing;
    if (sealing === null) this.#begin();
    else if (sealing.read < sealing.uploads.length) this.#readOne(sealing);
    else if (sealing.packed.length < sealing.groups.length) packOne(sealing);
    else return this.#finish(sealing);
    return 0;
  }

  #begin(): void {
    const [repoId] = this.#due;
    const uploads = this.#sql.oldest.all(repoId!, uploadsPerStripe);
    if (uploads.length < uploadsPerStripe) {
      this.#due.delete(repoId!);
      return;
    }
    const builder = new StripeBuilder();
    this.#sealing = { repoId: repoId!, uploads, read: 0, builder, groups: [], packed: [] };
  }

  #readOne(sealing: Sealing): void {
    const seq = sealing.uploads[sealing.read++]!;
    try {
      sealing.builder.add(seq, decodeColumns(this.#sql.columns.get(seq)!));
    } catch (error) {
      // A damaged upload is missing from the histories; its own page reports the damage.
      if (!(error instanceof CorruptBlockError)) throw error;
    }
    if (sealing.read === sealing.uploads.length) sealing.groups = sealing.builder.groups;
  }

  #finish({ repoId, uploads, packed }: Sealing): number {
    const lastSeq = uploads.at(-1)!;
    const write = this.#db.transaction(() => {
      for (const { group, block } of packed) this.#sql.insert.run(repoId, group, lastSeq, block);
      this.#sql.seal.run(lastSeq, repoId);
    });
    write.immediate();
    this.#sealing = null;
    const left = this.#sql.count.get(repoId)!;
    this.#unsealed.set(repoId, left);
    if (left < uploadsPerStripe) this.#due.delete(repoId);
    return packed.reduce((bytes, { block }) => bytes + block.length, 0);
  }
}

function packOne({ builder, groups, packed }: Sealing): void {
  const group = groups[packed.length]!;
  packed.push({ group, block: builder.encode(group) });
}

function prepare(db: Db) {
  return {
    count: db
      .prepare<[number], number>(
        `SELECT count(*) FROM repos JOIN blocks ON repo_id = id AND upload_seq > sealed_seq WHERE id = ?`,
      )
      .pluck(),
    oldest: db
      .prepare<[number, number], number>(
        `SELECT upload_seq FROM repos JOIN blocks ON repo_id = id AND upload_seq > sealed_seq
         WHERE id = ? ORDER BY upload_seq LIMIT ?`,
      )
      .pluck(),
    columns: db
      .prepare<[number], Buffer>('SELECT columns FROM blocks WHERE upload_seq = ?')
      .pluck(),
    insert: db.prepare(
      'INSERT OR REPLACE INTO stripes (repo_id, test_group, last_seq, block) VALUES (?, ?, ?, ?)',
    ),
    seal: db.prepare('UPDATE repos SET sealed_seq = ? WHERE id = ?'),
  };
}
