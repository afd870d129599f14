import { LRUCache } from 'lru-cache';
import { publicTestId, testKey } from '../domain/identity.ts';
import type { Case } from '../domain/model.ts';
import type { Db } from './sqlite.ts';

/** A test as the interner knows it. `upload` and `count` number equal names inside one upload. */
type Entry = { testNo: number; upload: number; count: number };

/** The names of one repo held in memory; a part of what the table `tests` holds. */
class RepoNames {
  readonly bySuite = new Map<string, Map<string, Entry>>();
  readonly byKey = new Map<string, Entry>();
  size = 0;
}

type RepoRef = { id: number; slugFolded: string };

const maxNamesHeld = 2_000_000;

/**
 * Names → test numbers, per repo. Held in memory for the repos used last; a name that is not held
 * is looked up by its public id, a new one gets the next number. Belongs to the writer.
 */
export class Names {
  readonly #db: Db;
  readonly #repos = new LRUCache<number, RepoNames>({
    maxSize: maxNamesHeld,
    sizeCalculation: (names) => names.size + 1,
  });
  readonly #find;
  readonly #insert;
  readonly #rename;
  readonly #next;
  readonly #advance;
  #upload = 0;
  /** repos touched since the last commit: forgotten on a rollback, re-read when needed */
  readonly #touched = new Set<number>();

  constructor(db: Db) {
    this.#db = db;
    this.#find = this.#db
      .prepare<[number, Buffer], number>(
        'SELECT test_no FROM tests WHERE repo_id = ? AND public_id = ?',
      )
      .pluck();
    this.#insert = this.#db.prepare(
      `INSERT INTO tests (repo_id, test_no, public_id, suite, name, ordinal, explicit_id, file, class_name)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#rename = this.#db.prepare(
      'UPDATE tests SET suite = ?, name = ? WHERE repo_id = ? AND test_no = ? AND (suite <> ? OR name <> ?)',
    );
    this.#next = this.#db
      .prepare<[number], number>('SELECT next_test FROM repos WHERE id = ?')
      .pluck();
    this.#advance = this.#db.prepare('UPDATE repos SET next_test = ? WHERE id = ?');
  }

  /** Test numbers of the cases, in order. O(cases); a look-up each for names not held. */
  intern(repo: RepoRef, cases: readonly Case[]): Uint32Array {
    const names = this.#repos.get(repo.id) ?? new RepoNames();
    const upload = ++this.#upload;
    const first = this.#next.get(repo.id)!;
    let next = first;
    const numbers = new Uint32Array(cases.length);
    cases.forEach((item, i) => {
      const found = this.#entryOf(names, repo, item, upload, next);
      numbers[i] = found.entry.testNo;
      if (found.isNew) next++;
    });
    if (next !== first) {
      this.#advance.run(next, repo.id);
      this.#touched.add(repo.id);
    }
    this.#repos.set(repo.id, names);
    return numbers;
  }

  /** What was learnt in a transaction that did not commit must not be believed. */
  rolledBack(): void {
    for (const id of this.#touched) this.#repos.delete(id);
    this.#touched.clear();
  }

  committed(): void {
    this.#touched.clear();
  }

  #entryOf(names: RepoNames, repo: RepoRef, item: Case, upload: number, next: number) {
    if (item.id !== null) {
      const found = this.#heldOrStored(names, repo, item, 1, next);
      if (!found.isNew)
        this.#rename.run(item.suite, item.name, repo.id, found.entry.testNo, item.suite, item.name);
      return found;
    }
    let suite = names.bySuite.get(item.suite);
    if (suite === undefined) {
      suite = new Map();
      names.bySuite.set(item.suite, suite);
    }
    const held = suite.get(item.name);
    if (held === undefined) {
      const found = this.#heldOrStored(names, repo, item, 1, next);
      suite.set(item.name, found.entry);
      found.entry.upload = upload;
      found.entry.count = 1;
      return found;
    }
    if (held.upload !== upload) {
      held.upload = upload;
      held.count = 1;
      return { entry: held, isNew: false };
    }
    return this.#heldOrStored(names, repo, item, ++held.count, next);
  }

  #heldOrStored(names: RepoNames, repo: RepoRef, item: Case, ordinal: number, next: number) {
    const { id, suite, name } = item;
    const key = testKey(id === null ? { suite, name, ordinal } : { explicitId: id });
    const isHeldByKey = id !== null || ordinal > 1;
    const held = isHeldByKey ? names.byKey.get(key) : undefined;
    if (held !== undefined) return { entry: held, isNew: false };
    const publicId = publicTestId(repo.slugFolded, key);
    const stored = this.#find.get(repo.id, publicId);
    if (stored === undefined) {
      this.#insert.run(
        repo.id,
        next,
        publicId,
        suite,
        name,
        ordinal,
        id,
        item.file,
        item.className,
      );
    }
    const entry: Entry = { testNo: stored ?? next, upload: 0, count: 0 };
    if (isHeldByKey) names.byKey.set(key, entry);
    names.size++;
    return { entry, isNew: stored === undefined };
  }
}
