import { LRUCache } from 'lru-cache';
import { displayName } from '../../domain/identity.ts';
import type { Db } from '../sqlite.ts';

/** What a test is called. */
export type TestRef = { id: string; suite: string; name: string };

type Titles = { byNumber: TestRef[]; characters: number; hasExplicitIds: boolean };

const mostCharacters = 16_000_000;

/** Names of tests by their numbers, held for the repos read last. Belongs to a reader. */
export class TestTitles {
  readonly #sql;
  readonly #repos = new LRUCache<number, Titles>({
    maxSize: mostCharacters,
    sizeCalculation: ({ byNumber, characters }) => characters + 100 * byNumber.length + 1,
  });

  constructor(db: Db) {
    this.#sql = prepare(db);
  }

  /** Of one test; reads no others. */
  of(repoId: number, test: number): TestRef {
    const held = this.#repos.peek(repoId);
    const known = held?.hasExplicitIds === false ? held.byNumber[test] : undefined;
    return known ?? refOf(this.#sql.one.get(repoId, test)!);
  }

  /** Of all tests of a repo; reads what is new, or all where explicit ids may have been renamed. */
  all(repoId: number): readonly TestRef[] {
    const held = this.#repos.get(repoId);
    const titles = held?.hasExplicitIds === false ? held : blank();
    const before = titles.byNumber.length;
    for (const row of this.#sql.from.iterate(repoId, before)) {
      titles.byNumber[row.test_no] = refOf(row);
      titles.characters += row.suite.length + row.name.length;
      if (row.has_id === 1) titles.hasExplicitIds = true;
    }
    if (titles !== held || titles.byNumber.length > before) this.#repos.set(repoId, titles);
    return titles.byNumber;
  }
}

const blank = (): Titles => ({ byNumber: [], characters: 0, hasExplicitIds: false });

type Row = {
  test_no: number;
  public_id: Buffer;
  suite: string;
  name: string;
  ordinal: number;
  has_id: number;
};

const refOf = ({ public_id, suite, name, ordinal }: Row): TestRef => ({
  id: public_id.toString('hex'),
  suite,
  name: displayName(name, ordinal),
});

const columns = 'test_no, public_id, suite, name, ordinal, explicit_id IS NOT NULL AS has_id';

function prepare(db: Db) {
  return {
    one: db.prepare<[number, number], Row>(
      `SELECT ${columns} FROM tests WHERE repo_id = ? AND test_no = ?`,
    ),
    from: db.prepare<[number, number], Row>(
      `SELECT ${columns} FROM tests WHERE repo_id = ? AND test_no >= ? ORDER BY test_no`,
    ),
  };
}
