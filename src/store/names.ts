import { LRUCache } from 'lru-cache';
import { type CaseTable, SPAN, SPANS } from '../domain/case-table.ts';
import { publicTestId, testKey } from '../domain/identity.ts';
import type { Case } from '../domain/model.ts';
import { NameTable } from './name-table.ts';
import type { Db } from './sqlite.ts';

type RepoRef = { id: number; slugFolded: string };

/** The names of one repo held in memory: a part of what the table `tests` holds. */
type RepoNames = {
  byName: NameTable;
  /** explicit ids, and the second and later of equal names, by `testKey` */
  byKey: Map<string, number>;
};

/** A test as it enters the table `tests`. */
type NewTest = {
  suite: string;
  name: string;
  ordinal: number;
  explicitId: string | null;
  file: string | null;
  className: string | null;
};

const mostBytesHeld = 128 * 1024 * 1024;

/**
 * Names → test numbers, per repo. Held in memory for the repos used last; a name that is not held
 * is looked up by its public id, a new one gets the next number. Belongs to the writer.
 */
export class Names {
  readonly #sql;
  readonly #repos: LRUCache<number, RepoNames>;
  #upload = 0;
  /** repos that got new tests since the last commit: forgotten on a rollback, re-read when needed */
  readonly #touched = new Set<number>();

  /** `maxSize` in bytes; a repo whose names are larger is not held at all */
  constructor(db: Db, maxSize = mostBytesHeld) {
    this.#sql = prepare(db);
    this.#repos = new LRUCache({
      maxSize,
      sizeCalculation: ({ byName, byKey }) => byName.bytes + byKey.size * 200,
    });
  }

  /** Test numbers of the cases, in order. O(cases); a look-up in the file for a name not held. */
  intern(repo: RepoRef, cases: CaseTable): Uint32Array {
    if (cases.count === 0) return new Uint32Array();
    const held = this.#repos.get(repo.id);
    const names = held ?? { byName: new NameTable(), byKey: new Map() };
    const first = this.#sql.next.get(repo.id)!;
    const one = new Interning(this.#sql, repo, names, cases, first, ++this.#upload);
    const numbers = new Uint32Array(cases.count);
    try {
      for (let i = 0; i < cases.count; i++) numbers[i] = one.testOf(i);
    } finally {
      // Also of an upload that fails in the middle: what it learnt before is in memory by then.
      if (one.next !== first) this.#touched.add(repo.id);
    }
    if (one.next !== first) this.#sql.advance.run(one.next, repo.id);
    if (held === undefined || one.grew) this.#repos.set(repo.id, names);
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
}

/** The interning of one upload. */
class Interning {
  next: number;
  grew = false;
  readonly #sql;
  readonly #repo: RepoRef;
  readonly #names: RepoNames;
  readonly #cases: CaseTable;
  readonly #upload: number;

  constructor(
    sql: Sql,
    repo: RepoRef,
    names: RepoNames,
    cases: CaseTable,
    next: number,
    upload: number,
  ) {
    this.#sql = sql;
    this.#repo = repo;
    this.#names = names;
    this.#cases = cases;
    this.next = next;
    this.#upload = upload;
  }

  testOf(position: number): number {
    const item = this.#cases.objects.get(position);
    if (item === undefined) return this.#bySpan(position);
    return item.id === null ? this.#byObject(item) : this.#byExplicitId(item, item.id);
  }

  #bySpan(position: number): number {
    const { bytes, spans } = this.#cases;
    const base = position * SPANS;
    const suiteFrom = spans[base + SPAN.suiteFrom]!;
    const suiteTo = spans[base + SPAN.suiteTo]!;
    const nameFrom = spans[base + SPAN.nameFrom]!;
    const nameTo = spans[base + SPAN.nameTo]!;
    const entry = this.#names.byName.find(bytes, suiteFrom, suiteTo, nameFrom, nameTo);
    if (entry < 0 || this.#names.byName.count(entry, this.#upload) > 1) {
      return this.#rest(
        entry,
        bytes.subarray(suiteFrom, suiteTo),
        bytes.subarray(nameFrom, nameTo),
        {
          file: this.#textAt(base + SPAN.fileFrom),
          className: this.#textAt(base + SPAN.classFrom),
        },
      );
    }
    return this.#names.byName.testOf(entry);
  }

  #byObject({ suite, name, file, className }: Case): number {
    const suiteBytes = Buffer.from(suite);
    const nameBytes = Buffer.from(name);
    const both = Buffer.concat([suiteBytes, nameBytes]);
    const entry = this.#names.byName.find(
      both,
      0,
      suiteBytes.length,
      suiteBytes.length,
      both.length,
    );
    if (entry >= 0 && this.#names.byName.count(entry, this.#upload) === 1) {
      return this.#names.byName.testOf(entry);
    }
    return this.#rest(entry, suiteBytes, nameBytes, { file, className });
  }

  /** A name not held yet (`entry` < 0), or one that occurs again in this upload. */
  #rest(
    entry: number,
    suiteBytes: Uint8Array,
    nameBytes: Uint8Array,
    extra: { file: string | null; className: string | null },
  ): number {
    const { byName } = this.#names;
    const test = { suite: utf8(suiteBytes), name: utf8(nameBytes), explicitId: null, ...extra };
    if (entry < 0) {
      const testNo = this.#storedOrNew({ ...test, ordinal: 1 });
      byName.count(byName.add(suiteBytes, nameBytes, testNo), this.#upload);
      this.grew = true;
      return testNo;
    }
    // `count` was raised once above for this naming.
    return this.#byKey({ ...test, ordinal: byName.times(entry) });
  }

  #byExplicitId({ suite, name, file, className }: Case, explicitId: string): number {
    const testNo = this.#byKey({ suite, name, ordinal: 1, explicitId, file, className });
    this.#sql.rename.run(suite, name, this.#repo.id, testNo, suite, name);
    return testNo;
  }

  #byKey(test: NewTest): number {
    const key = keyOf(test);
    const held = this.#names.byKey.get(key);
    if (held !== undefined) return held;
    const testNo = this.#storedOrNew(test);
    this.#names.byKey.set(key, testNo);
    this.grew = true;
    return testNo;
  }

  #storedOrNew(test: NewTest): number {
    const { id, slugFolded } = this.#repo;
    const publicId = publicTestId(slugFolded, keyOf(test));
    const stored = this.#sql.find.get(id, publicId);
    if (stored !== undefined) return stored;
    const { suite, name, ordinal, explicitId, file, className } = test;
    this.#sql.insert.run(
      id,
      this.next,
      publicId,
      suite,
      name,
      ordinal,
      explicitId,
      file,
      className,
    );
    return this.next++;
  }

  #textAt(span: number): string | null {
    const { bytes, spans } = this.#cases;
    const from = spans[span]!;
    const to = spans[span + 1]!;
    return from === to ? null : utf8(bytes.subarray(from, to));
  }
}

const keyOf = ({ suite, name, ordinal, explicitId }: NewTest): string =>
  testKey(explicitId === null ? { suite, name, ordinal } : { explicitId });

const utf8 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');

type Sql = ReturnType<typeof prepare>;

function prepare(db: Db) {
  return {
    find: db
      .prepare<[number, Buffer], number>(
        'SELECT test_no FROM tests WHERE repo_id = ? AND public_id = ?',
      )
      .pluck(),
    insert: db.prepare(
      `INSERT INTO tests (repo_id, test_no, public_id, suite, name, ordinal, explicit_id, file, class_name)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    rename: db.prepare(
      'UPDATE tests SET suite = ?, name = ? WHERE repo_id = ? AND test_no = ? AND (suite <> ? OR name <> ?)',
    ),
    next: db.prepare<[number], number>('SELECT next_test FROM repos WHERE id = ?').pluck(),
    advance: db.prepare('UPDATE repos SET next_test = ? WHERE id = ?'),
  };
}
