import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { readRunBytes } from '../../src/formats/json-run.ts';
import { firstStart } from '../../src/store/accounts/setup.ts';
import { migrate } from '../../src/store/migrate.ts';
import { Names } from '../../src/store/names.ts';
import type { Db } from '../../src/store/sqlite.ts';

type CaseIn = { suite: string; name: string; id?: string };

const casesOf = (cases: readonly CaseIn[]) => {
  const body = {
    repo: 'a/b',
    summary: { total: cases.length, passed: cases.length, failed: 0 },
    cases: cases.map((item) => ({ ...item, status: 'passed' })),
  };
  return readRunBytes(new TextEncoder().encode(JSON.stringify(body)), 0).run.cases;
};

describe('names of tests', () => {
  let db: Db;
  let next = 0;

  before(() => {
    db = new Database(':memory:');
    migrate(db, join(import.meta.dirname, '../../migrations'));
    firstStart(db, 0, randomBytes);
  });
  after(() => db.close());

  /** A repo of its own, so that the tests do not see one another. */
  const newRepo = () => {
    const slugFolded = `a/b${next++}`;
    const { lastInsertRowid } = db
      .prepare(
        'INSERT INTO repos (workspace_id, slug, slug_folded, created_at_ms) VALUES (1, ?, ?, 0)',
      )
      .run(slugFolded, slugFolded);
    return { id: Number(lastInsertRowid), slugFolded };
  };
  const intern = (names: Names, repo: { id: number; slugFolded: string }, cases: CaseIn[]) => {
    const numbers = [...names.intern(repo, casesOf(cases))];
    names.committed();
    return numbers;
  };
  const stored = (repo: { id: number }) =>
    db
      .prepare<[number], { suite: string; name: string; ordinal: number }>(
        'SELECT suite, name, ordinal FROM tests WHERE repo_id = ? ORDER BY test_no',
      )
      .all(repo.id);

  const word = fc.oneof(
    fc.constantFrom('a', 'b', 'a b', '__proto__', 'constructor', 'toString', '#2', 'ü', '\ud800'),
    fc.string({ minLength: 1, maxLength: 4 }).filter((text) => text.trim() !== ''),
    fc.constant('x'.repeat(1200)),
  );
  const oneCase = fc.record(
    { suite: word, name: word, id: fc.constantFrom('T1', 'T2', '__proto__') },
    { requiredKeys: ['suite', 'name'] },
  );
  const upload = fc.array(oneCase, { maxLength: 12 });

  it('are the same numbers with every cache size and after any restart, because the file decides', () => {
    fc.assert(
      fc.property(fc.array(upload, { maxLength: 6 }), (uploads) => {
        const repos = [newRepo(), newRepo(), newRepo()];
        const held = new Names(db);
        const tiny = new Names(db, 1);
        for (const cases of uploads) {
          const expected = intern(held, repos[0]!, cases);
          assert.deepEqual(intern(tiny, repos[1]!, cases), expected);
          assert.deepEqual(intern(new Names(db), repos[2]!, cases), expected);
        }
        assert.deepEqual(stored(repos[1]!), stored(repos[0]!));
        assert.deepEqual(stored(repos[2]!), stored(repos[0]!));
      }),
      { numRuns: 200 },
    );
  });
  it('the same upload again makes no new test', () => {
    fc.assert(
      fc.property(upload, (cases) => {
        const repo = newRepo();
        const names = new Names(db);
        const first = intern(names, repo, cases);
        const before = stored(repo).length;
        assert.deepEqual(intern(names, repo, cases), first);
        assert.equal(stored(repo).length, before);
      }),
      { numRuns: 200 },
    );
  });
  it('equal names in one upload are told apart by their order, across uploads too', () => {
    const repo = newRepo();
    const names = new Names(db);
    const twice = [
      { suite: 's', name: 'n' },
      { suite: 's', name: 'n' },
    ];
    assert.deepEqual(intern(names, repo, twice), [0, 1]);
    assert.deepEqual(intern(names, repo, [...twice, twice[0]!]), [0, 1, 2]);
    assert.deepEqual(intern(new Names(db), repo, twice), [0, 1]);
    assert.deepEqual(
      stored(repo).map((test) => test.ordinal),
      [1, 2, 3],
    );
  });
  it('suite and name do not run into one another', () => {
    const repo = newRepo();
    const parts = [
      { suite: 'ab', name: 'c' },
      { suite: 'a', name: 'bc' },
      { suite: 'abc', name: 'c' },
    ];
    assert.deepEqual(intern(new Names(db), repo, parts), [0, 1, 2]);
    const neighbours = newRepo();
    const names = new Names(db);
    intern(names, neighbours, [
      { suite: 'a', name: 'x' },
      { suite: 'x', name: 'y' },
    ]);
    assert.deepEqual(intern(names, neighbours, [{ suite: 'ax', name: 'x' }]), [2]);
  });
  it('names that say the same once they are tidied are one test', () => {
    const repo = newRepo();
    const names = new Names(db);
    assert.deepEqual(intern(names, repo, [{ suite: 's', name: 'a b' }]), [0]);
    for (const name of [' a b', 'a\tb', 'a  b ', 'a\n b']) {
      assert.deepEqual(intern(names, repo, [{ suite: ' s', name }]), [0], JSON.stringify(name));
    }
  });
  it('a name that is empty after trimming is refused, and none is stored', () => {
    for (const name of ['', ' ', '\t\n', '\u00a0']) {
      assert.throws(() => casesOf([{ suite: 's', name }]), { code: 'invalid_body' });
    }
  });
  it('names beyond 1,000 characters are two tests when only their ends differ', () => {
    const repo = newRepo();
    const long = 'x'.repeat(1500);
    const names = new Names(db);
    const cases = [
      { suite: 's', name: `${long}1` },
      { suite: 's', name: `${long}2` },
    ];
    assert.deepEqual(intern(names, repo, cases), [0, 1]);
    assert.deepEqual(intern(new Names(db, 1), repo, cases), [0, 1]);
  });
  it('a lone surrogate is stored as the sign for what cannot be shown', () => {
    const repo = newRepo();
    intern(new Names(db), repo, [{ suite: 's', name: 'a\ud800b' }]);
    assert.equal(stored(repo)[0]!.name, 'a\ufffdb');
  });
  it('what a rolled back upload learnt is forgotten', () => {
    const repo = newRepo();
    const names = new Names(db);
    db.exec('BEGIN');
    names.intern(repo, casesOf([{ suite: 's', name: 'lost' }]));
    db.exec('ROLLBACK');
    names.rolledBack();
    assert.deepEqual(intern(names, repo, [{ suite: 's', name: 'kept' }]), [0]);
    assert.deepEqual(intern(names, repo, [{ suite: 's', name: 'lost' }]), [1]);
  });
  it('what an upload learnt that failed in the middle is forgotten, because two tests would share a number', () => {
    const repo = newRepo();
    const names = new Names(db);
    assert.deepEqual(intern(names, repo, [{ suite: 's', name: 'first' }]), [0]);
    db.exec(`CREATE TEMP TRIGGER full BEFORE INSERT ON main.tests WHEN new.name = 'third'
      BEGIN SELECT raise(ABORT, 'full'); END; BEGIN`);
    const uploaded = casesOf([
      { suite: 's', name: 'second' },
      { suite: 's', name: 'third' },
    ]);
    assert.throws(() => names.intern(repo, uploaded), /full/);
    db.exec('ROLLBACK; DROP TRIGGER full');
    names.rolledBack();
    const later = ['fourth', 'second', 'first'].map((name) => ({ suite: 's', name }));
    assert.deepEqual(intern(names, repo, later), [1, 2, 0]);
    assert.deepEqual(
      stored(repo).map(({ name }) => name),
      ['first', 'fourth', 'second'],
    );
  });

  it('an explicit id keeps its test through a rename', () => {
    const repo = newRepo();
    const names = new Names(db);
    assert.deepEqual(intern(names, repo, [{ suite: 's', name: 'old', id: 'T' }]), [0]);
    assert.deepEqual(intern(names, repo, [{ suite: 's', name: 'new', id: 'T' }]), [0]);
    assert.equal(stored(repo)[0]!.name, 'new');
  });
});
