import { BranchSettings, guessBranch, settlingRuns } from '../judge/default-branch.ts';
import type { Db } from '../sqlite.ts';
import type { DefaultBranch } from './repo-reads.ts';

/** What the default branch of a repo is, and who says so. Belongs to a reader. */
export class BranchReads {
  readonly #settings;
  readonly #sql;

  constructor(db: Db) {
    this.#settings = new BranchSettings(db);
    this.#sql = db
      .prepare<[number, number], number>(
        'SELECT seq FROM runs WHERE repo_id = ? ORDER BY seq LIMIT ?',
      )
      .pluck();
  }

  /** For uploads of now. `settled`: as the uploads settled it, null where they did not yet. */
  of(repoId: number, settled: string | null, nowMs: number): DefaultBranch {
    const decision = this.#settings.decision(repoId, nowMs);
    if (decision !== undefined) {
      return { value: decision.value, decidedBy: 'person', sinceMs: decision.from_ms };
    }
    return { value: settled ?? this.#guess(repoId), decidedBy: 'uploads', sinceMs: null };
  }

  /** Uploads that name a branch settle it after twenty runs, so that no more need be looked at. */
  #guess(repoId: number): string | null {
    const runs = this.#sql.all(repoId, settlingRuns);
    if (runs.length === 0) return null;
    return guessBranch(this.#settings.seen(repoId, runs.at(-1)!)).branch;
  }
}
