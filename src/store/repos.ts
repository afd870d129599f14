import { LRUCache } from 'lru-cache';
import { foldSlug } from '../domain/slug.ts';
import type { Db } from './sqlite.ts';

export type Repo = { id: number; workspaceId: number; slug: string; slugFolded: string };

const mostHeld = 10_000;

/** Repos by name, and which run of each is its newest. Belongs to the writer. */
export class Repos {
  readonly #sql;
  readonly #held = new LRUCache<string, Repo>({ max: mostHeld });
  /** made in the open transaction */
  readonly #made: string[] = [];
  /** newest run by repo, written once before the transaction commits */
  readonly #newest = new Map<number, number>();
  /** how it stood before the run at hand */
  #before: { repoId: number; runSeq: number | undefined } | null = null;

  constructor(db: Db) {
    this.#sql = {
      find: db.prepare<[string], { id: number; workspace_id: number; slug: string }>(
        'SELECT id, workspace_id, slug FROM repos WHERE slug_folded = ?',
      ),
      insert: db.prepare(
        'INSERT INTO repos (workspace_id, slug, slug_folded, created_at_ms) VALUES (?, ?, ?, ?)',
      ),
      touch: db.prepare(
        'UPDATE repos SET last_run_seq = max(coalesce(last_run_seq, 0), ?) WHERE id = ?',
      ),
    };
  }

  /** By a name in any spelling. One look-up in the file at most. */
  find(slug: string): Repo | undefined {
    const slugFolded = foldSlug(slug);
    const held = this.#held.get(slugFolded);
    if (held !== undefined) return held;
    const row = this.#sql.find.get(slugFolded);
    if (row === undefined) return undefined;
    const repo = { id: row.id, workspaceId: row.workspace_id, slug: row.slug, slugFolded };
    this.#held.set(slugFolded, repo);
    return repo;
  }

  make(workspaceId: number, slug: string, nowMs: number): Repo {
    const slugFolded = foldSlug(slug);
    const { lastInsertRowid } = this.#sql.insert.run(workspaceId, slug, slugFolded, nowMs);
    const repo = { id: Number(lastInsertRowid), workspaceId, slug, slugFolded };
    this.#held.set(slugFolded, repo);
    this.#made.push(slugFolded);
    return repo;
  }

  /** Before a run: nothing was learnt from it yet. */
  begin(): void {
    this.#before = null;
  }

  /** The run at hand belongs to a logical run of the repo. */
  hasRun(repoId: number, runSeq: number): void {
    const before = this.#newest.get(repoId);
    this.#before = { repoId, runSeq: before };
    this.#newest.set(repoId, Math.max(before ?? 0, runSeq));
  }

  /** The run at hand is undone, and with it the repo that it may have made. */
  undoRun(): void {
    this.#forgetMade();
    if (this.#before === null) return;
    const { repoId, runSeq } = this.#before;
    if (runSeq === undefined) this.#newest.delete(repoId);
    else this.#newest.set(repoId, runSeq);
    this.#before = null;
  }

  flush(): void {
    for (const [repoId, runSeq] of this.#newest) this.#sql.touch.run(runSeq, repoId);
    this.#newest.clear();
  }

  committed(): void {
    this.#made.length = 0;
  }

  rolledBack(): void {
    this.#newest.clear();
    this.#before = null;
    this.#forgetMade();
  }

  /** Those that stay are read again when they are needed. */
  #forgetMade(): void {
    for (const slugFolded of this.#made.splice(0)) this.#held.delete(slugFolded);
  }
}
