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
    const { lines, has_id } = this.#sql.from.get(repoId, before)!;
    for (const line of lines?.split(lineEnd) ?? []) {
      const [test, id, ordinal, suite, name] = line.split(fieldEnd) as Fields;
      titles.byNumber[Number(test)] = { id, suite, name: displayName(name, Number(ordinal)) };
      titles.characters += line.length;
    }
    titles.hasExplicitIds ||= has_id === 1;
    if (titles !== held || titles.byNumber.length > before) this.#repos.set(repoId, titles);
    return titles.byNumber;
  }
}

const blank = (): Titles => ({ byNumber: [], characters: 0, hasExplicitIds: false });

/** Names are cleaned of control characters, so that these stand between them and not in them. */
const [fieldEnd, lineEnd] = ['\u0001', '\u0002'];
type Fields = [test: string, id: string, ordinal: string, suite: string, name: string];

type Row = { public_id: Buffer; suite: string; name: string; ordinal: number };

const refOf = ({ public_id, suite, name, ordinal }: Row): TestRef => ({
  id: public_id.toString('hex'),
  suite,
  name: displayName(name, ordinal),
});

function prepare(db: Db) {
  return {
    one: db.prepare<[number, number], Row>(
      'SELECT public_id, suite, name, ordinal FROM tests WHERE repo_id = ? AND test_no = ?',
    ),
    // One long row: thousands of short ones take five times as long.
    from: db.prepare<[number, number], { lines: string | null; has_id: number | null }>(
      `SELECT group_concat(concat_ws(char(1), test_no, lower(hex(public_id)), ordinal, suite, name),
           char(2)) AS lines, max(explicit_id IS NOT NULL) AS has_id
       FROM tests WHERE repo_id = ? AND test_no >= ?`,
    ),
  };
}
