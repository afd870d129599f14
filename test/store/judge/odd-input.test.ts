import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { JudgedStore } from '../../helpers/judged-store.ts';
import {
  green,
  hour,
  others,
  type Pictures,
  repo,
  runsOf,
  start,
} from '../../helpers/pictured-runs.ts';

type Run = ReturnType<typeof runsOf>[number];

describe('odd input', () => {
  let store: JudgedStore;
  beforeEach(() => {
    store = new JudgedStore();
  });
  afterEach(() => store.close());

  const judge = (runs: readonly { body: object; atMs: number }[]) => {
    for (const { body, atMs } of runs) store.post(body, atMs);
    store.settle();
  };
  const kinds = () => store.incidents(repo).map(({ kind }) => kind);

  /** No number that cannot be told, whatever came in. */
  const allFinite = () => {
    const text = JSON.stringify(store.summary(repo));
    assert.doesNotMatch(text, /NaN|Infinity/);
    assert.ok(!text.includes('"score":null'));
    for (const row of store.variants(repo).values()) {
      for (const name of ['flaky', 'rate', 'broken', 'failing', 'passing'] as const) {
        assert.ok(Number.isFinite(row[name]), `${name} is ${row[name]}`);
      }
    }
  };

  const without = (
    runs: Run[],
    field: 'branch' | 'commit' | 'startedAt',
  ): { body: object; atMs: number }[] =>
    runs.map(({ body, atMs }) => {
      const { [field]: _, ...rest } = body;
      return { body: rest, atMs };
    });

  const shaky = (): Pictures => ({ ...others(60), shaky: '....x.....'.repeat(6) });

  it('a repo without branches has one, which is the default one', () => {
    judge(without(runsOf(shaky()), 'branch'));
    assert.notEqual(store.summary(repo).grade, null);
    assert.equal(store.variants(repo).get('cart > shaky (unit)')?.health, 'flaky');
    allFinite();
  });

  it('a repo without commits has a unit per run, in the order of the starts', () => {
    judge(without(runsOf(shaky()), 'commit'));
    assert.equal(store.variants(repo).get('cart > shaky (unit)')?.runs, 60);
    assert.equal(store.variants(repo).get('cart > shaky (unit)')?.health, 'flaky');
    allFinite();
  });

  it('a clock that goes back moves commits and breaks nothing', () => {
    const runs = runsOf(shaky()).map(({ body, atMs }, i) => ({
      body: { ...body, startedAt: new Date(start + ((i * 37) % 60) * hour).toISOString() },
      atMs: atMs - (i % 2) * 40 * hour,
    }));
    judge(runs);
    assert.equal(store.variants(repo).get('cart > shaky (unit)')?.runs, 60);
    allFinite();
  });

  it('a run that arrives two weeks late is judged in its place, as if it had come in time', () => {
    const runs = runsOf({ ...others(200), lost: `${green(150)}${'x'.repeat(20)}${green(30)}` });
    const late = runs.filter((_, i) => i % 17 === 4);
    judge([...runs.filter((_, i) => i % 17 !== 4), ...late]);
    const found = store.variants(repo);
    const inTime = new JudgedStore();
    try {
      for (const { body, atMs } of runs) inTime.post(body, atMs);
      inTime.settle();
      assert.deepEqual(found, inTime.variants(repo));
    } finally {
      inTime.close();
    }
  });

  it('a branch that most runs are on is the default one after twenty runs, and stays it', () => {
    judge(runsOf(others(30), { branch: 'trunk' }));
    assert.equal(store.summary(repo).gradedRuns, 30);
    const more = runsOf({ ...others(10), bad: 'x'.repeat(10) }, { branch: 'main' });
    judge(
      more.map(({ body, atMs }) => ({
        body: { ...body, commit: `m${body.commit}` },
        atMs: atMs + 500 * hour,
      })),
    );
    assert.equal(store.summary(repo).gradedRuns, 30);
    assert.deepEqual(kinds(), []);
  });

  it('the first runs of a repo on a topic branch become pull requests once main is seen', () => {
    judge(runsOf({ ...others(6), bad: 'x'.repeat(6) }, { branch: 'topic' }));
    assert.equal(store.summary(repo).gradedRuns, 6);
    judge(runsOf(others(8)).map(({ body, atMs }) => ({ body, atMs: atMs + 100 * hour })));
    assert.equal(store.summary(repo).gradedRuns, 8);
    assert.equal(store.judge.backlog, 0, 'what is taken again waits once');
  });

  it('5 % of the tests with new names open no incident, because new tests that pass are no news', () => {
    const before = Object.fromEntries(
      Array.from({ length: 5 }, (_, i) => [`old ${i}`, `${green(50)}${' '.repeat(50)}`]),
    );
    const after = Object.fromEntries(
      Array.from({ length: 5 }, (_, i) => [`new ${i}`, `${' '.repeat(50)}${green(50)}`]),
    );
    const stay = Object.fromEntries(
      Array.from({ length: 95 }, (_, i) => [`test ${i}`, green(100)]),
    );
    judge(runsOf({ ...stay, ...before, ...after }));
    assert.deepEqual(kinds(), []);
    assert.equal(store.summary(repo).grade?.letter, 'A');
    allFinite();
  });

  it('a test that appears 300 times in one run is 300 tests of that name, or one of that id', () => {
    const cases = (name: string, id?: string) =>
      Array.from({ length: 300 }, () => ({
        suite: 's',
        name,
        status: 'passed',
        ...(id && { id }),
      }));
    const runs = Array.from({ length: 12 }, (_, i) => ({
      body: {
        repo,
        branch: 'main',
        commit: `c${i}`,
        summary: { total: 600, passed: 600, failed: 0 },
        cases: [...cases('same'), ...cases('of that id', 'one')],
      },
      atMs: start + i * 3 * hour,
    }));
    judge(runs);
    const rows = [...store.variants(repo)];
    assert.equal(rows.length, 301);
    assert.deepEqual(new Set(rows.map(([, { runs }]) => runs)), new Set([12]));
    allFinite();
  });

  it('runs without cases are graded by what they count', () => {
    const runs = Array.from({ length: 12 }, (_, i) => ({
      body: {
        repo,
        branch: 'main',
        commit: `c${i}`,
        summary: { total: 10, passed: 10 - (i % 3), failed: i % 3 },
      },
      atMs: start + i * 3 * hour,
    }));
    judge(runs);
    assert.ok(store.summary(repo).grade!.score < 80);
    assert.equal(store.variants(repo).size, 0);
    allFinite();
  });

  it('a run of nothing, and runs that skip everything, say nothing and break nothing', () => {
    const empty = {
      repo,
      branch: 'main',
      commit: 'c',
      summary: { total: 0, passed: 0, failed: 0 },
    };
    judge([{ body: empty, atMs: start }]);
    assert.equal(store.summary(repo).grade, null);
    judge(runsOf({ one: 's'.repeat(20) }));
    assert.deepEqual(kinds(), []);
    allFinite();
  });

  it('a repo with one run a month has a grade after five, and no history that would tell of breaks', () => {
    judge(runsOf({ ...others(14), bad: '.......x......' }, { everyMs: 30 * 24 * hour }));
    assert.notEqual(store.summary(repo).grade, null);
    assert.deepEqual(kinds(), []);
    allFinite();
  });

  it('a commit time of the far future, or of 1970, is a place in the order and nothing else', () => {
    const runs = runsOf(shaky()).map(({ body, atMs }, i) => ({
      body: {
        ...body,
        commitTime:
          i % 3 === 0
            ? '1970-01-01T00:00:01Z'
            : i % 3 === 1
              ? '2199-12-31T00:00:00Z'
              : body.startedAt,
      },
      atMs,
    }));
    judge(runs);
    allFinite();
    store.rebuild();
    allFinite();
  });

  it('the same run posted twice without a key is two runs of one commit, and still one unit', () => {
    const runs = runsOf(shaky());
    judge(runs.flatMap((run) => [run, run]));
    assert.equal(store.variants(repo).get('cart > shaky (unit)')?.runs, 60);
    allFinite();
  });

  it('a storm in one shard of many is no storm of the run, and its evidence is taken in with the others', () => {
    const runs = runsOf(others(40)).flatMap(({ body, atMs }, i) => {
      const shards = [body.cases.slice(0, 10), body.cases.slice(10)];
      return shards.map((cases, k) => {
        const failing =
          i === 30 && k === 0
            ? cases.map((one, n) => ({ ...one, status: n < 2 ? 'failed' : one.status }))
            : cases;
        const failed = failing.filter(({ status }) => status === 'failed').length;
        const summary = { total: cases.length, passed: cases.length - failed, failed };
        return {
          body: {
            ...body,
            runKey: `r${i}`,
            shard: { index: k + 1, total: 2 },
            summary,
            cases: failing,
          },
          atMs,
        };
      });
    });
    judge(runs);
    const live = store.digests();
    store.rebuild();
    assert.deepEqual(store.digests(), live);
    allFinite();
  });
});
