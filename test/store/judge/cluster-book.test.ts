import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { failureFields } from '../../../src/domain/failure-fields.ts';
import { fingerprint } from '../../../src/domain/fingerprint.ts';
import { FAILED, FLAKY, PASSED } from '../../../src/domain/logical-run.ts';
import { firstStart } from '../../../src/store/accounts/setup.ts';
import { ClusterBook } from '../../../src/store/judge/cluster-book.ts';
import { migrate } from '../../../src/store/migrate.ts';
import type { Db } from '../../../src/store/sqlite.ts';

const lost = 'ConnectionError: connection to database pool lost';
const nearlyLost = `${lost} again`;
const other = 'RangeError: page number below first page';
const suite = 'suite of all';
const idOf = (message: string | null): string =>
  fingerprint(failureFields({ message, stack: null }), suite);

/** [test, message]; a test alone passed */
type Case = [test: number, message?: string | null, status?: number];

let db: Db;
let book: ClusterBook;

beforeEach(() => {
  db = new Database(':memory:');
  migrate(db, join(import.meta.dirname, '../../../migrations'));
  firstStart(db, 0, randomBytes);
  for (const slug of ['a/one', 'a/two']) {
    db.prepare(
      'INSERT INTO repos (workspace_id, slug, slug_folded, created_at_ms) VALUES (1, ?, ?, 0)',
    ).run(slug, slug);
  }
  book = new ClusterBook(db);
});
afterEach(() => db.close());

function take(seq: number, cases: Case[], repoId = 1): void {
  const texts = cases.flatMap(([, message], position) =>
    message == null
      ? []
      : [{ position, errorMessage: message, stack: null, file: null, line: null }],
  );
  const columns = {
    tests: cases.map(([test]) => test),
    statuses: cases.map(
      ([, message, status]) => status ?? (message === undefined ? PASSED : FAILED),
    ),
  };
  book.take({ repoId, seq, atMs: 1000 * seq, suiteOf: () => suite, columns, texts });
}

const rows = (table: string, repoId = 1): Record<string, unknown>[] =>
  db
    .prepare<[number], Record<string, unknown>>(`SELECT * FROM ${table} WHERE repo_id = ?`)
    .all(repoId);
const written = () =>
  ['failure_fingerprints', 'failure_clusters', 'cluster_tests'].map((table) => rows(table));
const hex = (row: Record<string, unknown>, name = 'fingerprint'): string =>
  `ef1:${(row[name] as Buffer).toString('hex')}`;

describe('book of clusters', () => {
  it('what failed is counted by what it says, and what passed is not', () => {
    take(7, [[1, `${lost} after 12 ms`], [2, `${lost} after 9 ms`], [3], [1, other]]);
    take(9, [[1, `${lost} after 3 ms`]]);
    book.flush(1);
    const clusters = rows('failure_clusters').map(({ repo_id, fingerprint, ...counts }) => counts);
    assert.deepEqual(
      clusters.sort((a, b) => Number(a.failures) - Number(b.failures)),
      [
        {
          sample: other,
          first_seen_ms: 7000,
          last_seen_ms: 7000,
          first_seq: 7,
          last_seq: 7,
          failures: 1,
          uploads: 1,
        },
        {
          sample: `${lost} after 12 ms`,
          first_seen_ms: 7000,
          last_seen_ms: 9000,
          first_seq: 7,
          last_seq: 9,
          failures: 3,
          uploads: 2,
        },
      ],
    );
    const tests = rows('cluster_tests').filter((row) => hex(row) !== idOf(other));
    assert.deepEqual(
      tests.map(({ test_no, failures, first_seq, last_seq }) => [
        test_no,
        failures,
        first_seq,
        last_seq,
      ]),
      [
        [1, 2, 7, 9],
        [2, 1, 7, 7],
      ],
    );
  });
  it('nearly the same joins the cluster that was there, and keeps a row of its own', () => {
    take(1, [[1, nearlyLost]]);
    take(2, [[2, lost]]);
    book.flush(1);
    assert.deepEqual(
      rows('failure_clusters').map((row) => [hex(row), row.sample, row.uploads]),
      [[idOf(nearlyLost), nearlyLost, 2]],
    );
    assert.deepEqual(
      new Map(rows('failure_fingerprints').map((row) => [hex(row), hex(row, 'cluster')])),
      new Map([
        [idOf(lost), idOf(nearlyLost)],
        [idOf(nearlyLost), idOf(nearlyLost)],
      ]),
    );
  });
  it('an upload with two wordings of a cluster counts once, because it is one upload', () => {
    take(1, [
      [1, lost],
      [2, nearlyLost],
    ]);
    book.flush(1);
    assert.deepEqual(
      rows('failure_clusters').map(({ uploads, failures }) => [uploads, failures]),
      [[1, 2]],
    );
  });
  it('a failure without a word counts under its suite; a flaky case only when it says why', () => {
    take(1, [
      [1, null],
      [2, null, FLAKY],
      [3, lost, FLAKY],
      [4, lost, PASSED],
    ]);
    book.flush(1);
    assert.deepEqual(
      new Map(rows('cluster_tests').map((row) => [row.test_no, hex(row)])),
      new Map([
        [1, idOf(null)],
        [3, idOf(lost)],
      ]),
    );
    assert.equal(rows('failure_clusters').find((row) => hex(row) === idOf(null))!.sample, '');
  });
  it('a sample is cut between characters, because half of one is none', () => {
    take(1, [[1, `${'x'.repeat(2047)}💥`]]);
    book.flush(1);
    const { sample } = rows('failure_clusters')[0]!;
    assert.equal(sample, `${'x'.repeat(2047)}\ufffd`);
  });
  it('the newest cluster of a test is known before it is written, and after', () => {
    take(1, [
      [1, lost],
      [2, other],
    ]);
    const before = book.newestOf(1, [1, 2, 3]);
    book.flush(1);
    assert.deepEqual(book.newestOf(1, [1, 2, 3]), before);
    assert.deepEqual(
      before,
      new Map([
        [1, idOf(lost)],
        [2, idOf(other)],
      ]),
    );
    take(2, [
      [1, other],
      [2, nearlyLost],
    ]);
    assert.deepEqual(
      book.newestOf(1, [1, 2]),
      new Map([
        [1, idOf(other)],
        [2, idOf(lost)],
      ]),
    );
    assert.deepEqual(new ClusterBook(db).newestOf(1, [1]), new Map([[1, idOf(lost)]]));
    assert.deepEqual(book.newestOf(2, [1]), new Map());
  });
  it('what is forgotten was never taken, because its transaction was undone', () => {
    take(1, [[1, lost]]);
    book.flush(1);
    const before = written();
    take(2, [[1, nearlyLost]]);
    book.forget(1);
    book.flush(1);
    assert.deepEqual(written(), before);
    take(2, [[1, nearlyLost]]);
    book.flush(1);
    assert.deepEqual(
      rows('failure_clusters').map((row) => [hex(row), row.uploads]),
      [[idOf(lost), 2]],
    );
  });
  it('repos do not see one another, because each has its own failures', () => {
    take(1, [[1, lost]], 1);
    take(2, [[1, nearlyLost]], 2);
    book.flush(1);
    book.flush(2);
    assert.deepEqual(
      rows('failure_clusters', 2).map((row) => hex(row)),
      [idOf(nearlyLost)],
    );
    book.clear(2);
    assert.equal(rows('failure_fingerprints', 2).length, 0);
    assert.equal(rows('cluster_tests', 2).length, 0);
    assert.equal(rows('failure_clusters', 1).length, 1);
  });
});

const words = 'alpha beta gamma delta zeta theta kappa sigma omega lambda'.split(' ');
const anyMessage = fc
  .array(fc.constantFrom(...words), { minLength: 3, maxLength: 8 })
  .map((said) => `Error: ${said.join(' ')}`);
const anyUpload = fc.array(fc.tuple(fc.nat(5), fc.oneof(anyMessage, fc.constant(null))), {
  maxLength: 5,
});

describe('a rebuild of clusters', () => {
  it('yields the same rows, whenever was flushed, reopened or forgotten before', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(anyUpload, fc.constantFrom('go on', 'flush', 'reopen')), {
          maxLength: 20,
        }),
        (steps) => {
          book.clear(1);
          steps.forEach(([cases, then], i) => {
            take(i + 1, cases);
            if (then !== 'go on') book.flush(1);
            if (then === 'reopen') book = new ClusterBook(db);
          });
          book.flush(1);
          const before = written();
          book.clear(1);
          steps.forEach(([cases], i) => {
            take(i + 1, cases);
          });
          book.flush(1);
          assert.deepEqual(written(), before);
        },
      ),
    );
  });
});

/** A message of its own for each number; digits would not count. */
const unlike = (n: number): string =>
  `Error: ${[...String(n)].map((digit, i) => `${words[Number(digit)]}${'abcdefgh'[i]}`).join(' ')}`;

describe('a flood of messages', () => {
  it('leaves the newest 5,000 at most, and the old ones start anew when they come back', () => {
    take(1, [[9, lost]]);
    for (let upload = 0; upload < 6; upload++) {
      const cases = Array.from({ length: 1000 }, (_, i): Case => [i, unlike(1000 * upload + i)]);
      take(upload + 2, cases);
      if (upload % 2 === 0) book.flush(1);
    }
    book.flush(1);
    assert.ok(rows('failure_fingerprints').length <= 5000);
    assert.ok(!rows('failure_clusters').some((row) => hex(row) === idOf(lost)));
    assert.equal(book.newestOf(1, [9]).get(9) === idOf(lost), false);
    take(8, [[9, lost]]);
    book.flush(1);
    const back = rows('failure_clusters').find((row) => hex(row) === idOf(lost))!;
    assert.deepEqual([back.first_seq, back.failures], [8, 1]);
    assert.deepEqual(book.newestOf(1, [9]), new Map([[9, idOf(lost)]]));
  });
  for (const reopenedAfter of [null, 9]) {
    it(`takes no name whose cluster failed lately, reopened after ${reopenedAfter}, because it is linked to`, () => {
      take(1, [[1, nearlyLost]]);
      for (let upload = 0; upload < 12; upload++) {
        const cases = Array.from({ length: 500 }, (_, i): Case => [i, unlike(500 * upload + i)]);
        take(upload + 2, upload < 10 ? [[1, lost], ...cases] : cases);
        if (upload === reopenedAfter) {
          book.flush(1);
          book = new ClusterBook(db);
        }
      }
      take(20, [[1, lost]]);
      book.flush(1);
      const cluster = rows('failure_clusters').find((row) => hex(row) === idOf(nearlyLost))!;
      assert.deepEqual([cluster.uploads, cluster.failures, cluster.first_seq], [12, 12, 1]);
    });
  }
});
