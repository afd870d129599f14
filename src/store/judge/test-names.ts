import type { Db } from '../sqlite.ts';

type RepoTests = { suites: string[]; ids: Map<number, string>; hasExplicitIds: boolean };

/** Suites and public ids of tests by their numbers, held for the repos judged last. */
export class TestNames {
  readonly #sql;
  readonly #repos = new Map<number, RepoTests>();

  constructor(db: Db) {
    this.#sql = prepare(db);
  }

  /** Reads what is new; all of it where tests have explicit ids, since those may be renamed. */
  refresh(repoId: number): void {
    const known = this.#repos.get(repoId);
    const tests = known?.hasExplicitIds === false ? known : blank();
    const shared = new Map(tests.suites.map((suite) => [suite, suite]));
    for (const row of this.#sql.from.iterate(repoId, tests.suites.length)) {
      const suite = shared.get(row.suite) ?? row.suite;
      shared.set(suite, suite);
      tests.suites[row.test_no] = suite;
      if (row.has_id === 1) tests.hasExplicitIds = true;
    }
    this.#repos.set(repoId, tests);
  }

  suiteOf(repoId: number, test: number): string {
    const known = this.#repos.get(repoId)?.suites[test];
    if (known !== undefined) return known;
    this.refresh(repoId);
    return this.#repos.get(repoId)?.suites[test] ?? '';
  }

  publicId(repoId: number, test: number): string {
    const ids = this.#repos.get(repoId)?.ids;
    const known = ids?.get(test);
    if (known !== undefined) return known;
    const id = this.#sql.publicId.get(repoId, test)?.toString('hex') ?? '';
    ids?.set(test, id);
    return id;
  }

  forget(repoId: number): void {
    this.#repos.delete(repoId);
  }
}

const blank = (): RepoTests => ({ suites: [], ids: new Map(), hasExplicitIds: false });

function prepare(db: Db) {
  return {
    from: db.prepare<[number, number], { test_no: number; suite: string; has_id: number }>(
      `SELECT test_no, suite, explicit_id IS NOT NULL AS has_id FROM tests
       WHERE repo_id = ? AND test_no >= ? ORDER BY test_no`,
    ),
    publicId: db
      .prepare<[number, number], Buffer>(
        'SELECT public_id FROM tests WHERE repo_id = ? AND test_no = ?',
      )
      .pluck(),
  };
}
