import type { Db } from '../sqlite.ts';

/** Runs after which the branch that was seen most is the default one, where none has its name. */
export const settlingRuns = 20;
const usualNames = ['main', 'master'];

/** What a repo's default branch is by its uploads: settled for good, or the best guess so far. */
export type BranchGuess = { branch: string | null; isSettled: boolean };

/**
 * `main` as soon as it is seen; after twenty runs `master`, or else the branch seen most. Until then
 * what looks most like it, null while no upload named a branch. `branches`: runs per branch.
 */
export function guessBranch(branches: ReadonlyMap<string | null, number>): BranchGuess {
  const [main, master] = usualNames;
  if (branches.has(main!)) return { branch: main!, isSettled: true };
  const named = [...branches].flatMap(([branch, runs]) =>
    branch === null ? [] : [{ branch, runs }],
  );
  const runs = [...branches.values()].reduce((sum, n) => sum + n, 0);
  const most = named.sort((a, b) => b.runs - a.runs || (a.branch < b.branch ? -1 : 1))[0];
  const branch = branches.has(master!) ? master! : (most?.branch ?? null);
  return { branch, isSettled: branch !== null && runs >= settlingRuns };
}

type Decision = { value: string; from_ms: number };

/** Settings of the default branch, each with the time from which it holds. */
export class BranchSettings {
  readonly #sql;
  /** repos for which somebody decided; null: not looked up yet */
  #decided: Set<number> | null = null;

  constructor(db: Db) {
    this.#sql = {
      decision: db.prepare<[number, number], Decision>(
        `SELECT value, from_ms FROM repo_settings
         WHERE repo_id = ? AND name = 'defaultBranch' AND from_ms <= ?
         ORDER BY from_ms DESC LIMIT 1`,
      ),
      seen: db.prepare<[number, number], { branch: string | null; runs: number }>(
        'SELECT branch, count(*) AS runs FROM runs WHERE repo_id = ? AND seq <= ? GROUP BY branch',
      ),
      decided: db
        .prepare<[], number>(
          `SELECT DISTINCT repo_id FROM repo_settings WHERE name = 'defaultBranch'`,
        )
        .pluck(),
      dropFrom: db.prepare(
        `DELETE FROM repo_settings WHERE repo_id = ? AND name = 'defaultBranch' AND from_ms >= ?`,
      ),
      put: db.prepare(
        `INSERT INTO repo_settings (repo_id, name, from_ms, value)
         VALUES (?, 'defaultBranch', ?, ?)`,
      ),
    };
  }

  /** To be called where something may have been decided since. */
  refresh(): void {
    this.#decided = null;
  }

  /**
   * What somebody decided for uploads of that time; undefined: nobody did. Asks the file once for all
   * repos where nobody did, until the next `refresh`.
   */
  at(repoId: number, receivedAtMs: number): string | undefined {
    this.#decided ??= new Set(this.#sql.decided.all());
    if (!this.#decided.has(repoId)) return undefined;
    return this.decision(repoId, receivedAtMs)?.value;
  }

  /** The same with the time from which it holds. */
  decision(repoId: number, receivedAtMs: number): Decision | undefined {
    return this.#sql.decision.get(repoId, receivedAtMs);
  }

  /** Runs per branch up to one of them. */
  seen(repoId: number, throughRun: number): Map<string | null, number> {
    const rows = this.#sql.seen.all(repoId, throughRun);
    return new Map(rows.map(({ branch, runs }) => [branch, runs]));
  }

  /** What was decided for later times is replaced. */
  put(repoId: number, branch: string, fromMs: number): void {
    this.#sql.dropFrom.run(repoId, fromMs);
    this.#sql.put.run(repoId, fromMs, branch);
  }
}
