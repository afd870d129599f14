import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { JudgedStore } from '../../helpers/judged-store.ts';
import { hour, others, repo, runsOf } from '../../helpers/pictured-runs.ts';

type Run = ReturnType<typeof runsOf>[number];

/** Twelve tests over 24 commits: mostly passing, some failing, flaking, skipped or not run. */
const pictures = fc
  .array(
    fc
      .array(
        fc.oneof(
          { weight: 12, arbitrary: fc.constant('.') },
          { weight: 2, arbitrary: fc.constant('x') },
          { weight: 1, arbitrary: fc.constantFrom('f', 's', ' ') },
        ),
        { minLength: 24, maxLength: 24 },
      )
      .map((marks) => marks.join('')),
    { minLength: 12, maxLength: 12 },
  )
  .map((list) => Object.fromEntries(list.map((picture, i) => [`test ${i}`, picture])));

const few = { numRuns: 6 };

const summaryOf = (cases: Run['body']['cases']) => {
  const count = (status: string) => cases.filter((one) => one.status === status).length;
  return {
    total: cases.length,
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    flaky: count('flaky'),
  };
};

describe('judgements as a function of the set of runs', () => {
  let stores: JudgedStore[];
  beforeEach(() => {
    stores = [];
  });
  afterEach(() => {
    for (const store of stores) store.close();
  });

  const judged = (runs: readonly { body: object; atMs: number }[]): JudgedStore => {
    const store = new JudgedStore();
    stores.push(store);
    for (const { body, atMs } of runs) store.post(body, atMs);
    store.settle();
    return store;
  };
  const closeAll = () => {
    for (const store of stores.splice(0)) store.close();
  };
  /** Tests are numbered as they come in, and the last digits of a sum tell in which order it was made. */
  const rounded = <T>(value: T): T =>
    JSON.parse(JSON.stringify(value), (_, one) =>
      typeof one === 'number' ? Number(one.toPrecision(9)) : one,
    );
  const told = (store: JudgedStore) =>
    rounded({
      variants: [...store.variants(repo)].sort(([a], [b]) => (a < b ? -1 : 1)),
      grade: store.summary(repo).grade,
      falseRed: store.summary(repo).falseRed,
      incidents: store.incidents(repo).map(({ kind, isOpen }) => ({ kind, isOpen })),
    });

  it('a run posted twice under one Idempotency-Key counts once (P1)', () => {
    const runs = runsOf({ ...others(20), bad: '....x.....'.repeat(2) });
    const once = judged(runs);
    const twice = judged([]);
    for (const [i, { body, atMs }] of runs.entries()) {
      const first = twice.post(body, atMs, `key ${i}`);
      assert.equal(twice.post(body, atMs, `key ${i}`), first);
    }
    twice.settle();
    assert.deepEqual(told(twice), told(once));
  });

  it('the order of arrival does not matter (P2)', () => {
    fc.assert(
      fc.property(pictures, fc.infiniteStream(fc.nat()), (drawn, chance) => {
        const runs = runsOf(drawn);
        const shuffled = runs
          .map((run) => ({ run, at: chance.next().value }))
          .sort((a, b) => a.at - b.at)
          .map(({ run }) => run);
        assert.deepEqual(told(judged(shuffled)), told(judged(runs)));
        closeAll();
      }),
      few,
    );
  });

  it('a run is the same in one upload and in any shards of it (P3)', () => {
    fc.assert(
      fc.property(pictures, fc.infiniteStream(fc.nat(3)), (drawn, chance) => {
        const runs = runsOf(drawn);
        const sharded = runs.flatMap(({ body, atMs }, i) => {
          const shards = Map.groupBy(body.cases, () => chance.next().value).entries();
          return [...shards].map(([shard, cases]) => ({
            body: {
              ...body,
              runKey: `run ${i}`,
              shard: { index: shard + 1, total: 4 },
              summary: summaryOf(cases),
              cases,
            },
            atMs,
          }));
        });
        assert.deepEqual(told(judged(sharded)), told(judged(runs)));
        closeAll();
      }),
      few,
    );
  });

  it('a late run is judged like a rebuild would (P4)', () => {
    fc.assert(
      fc.property(pictures, fc.nat(23), (drawn, late) => {
        const runs = runsOf(drawn);
        const store = judged(runs.filter((_, i) => i !== late));
        store.post(runs[late]!.body, runs[late]!.atMs);
        store.settle();
        const live = store.digests();
        store.rebuild();
        assert.deepEqual(store.digests(), live);
        closeAll();
      }),
      few,
    );
  });

  it('other names for the tests name other tests and judge them alike (P5)', () => {
    fc.assert(
      fc.property(pictures, (drawn) => {
        const renamed = Object.fromEntries(
          Object.entries(drawn).map(([name, picture]) => [`other ${name}`, picture]),
        );
        const [one, other] = [judged(runsOf(drawn)), judged(runsOf(renamed))];
        const rows = (store: JudgedStore) => [...store.variants(repo).values()];
        assert.deepEqual(rows(other), rows(one));
        assert.deepEqual(other.summary(repo).grade, one.summary(repo).grade);
        closeAll();
      }),
      few,
    );
  });

  it('a constant added to all times changes no rate and no grade (P6)', () => {
    fc.assert(
      fc.property(pictures, fc.integer({ min: -1e9, max: 1e9 }), (drawn, ms) => {
        const runs = runsOf(drawn);
        const shifted = runs.map(({ body, atMs }) => ({
          body: { ...body, startedAt: new Date(Date.parse(body.startedAt) + ms).toISOString() },
          atMs: atMs + ms,
        }));
        const [one, other] = [judged(runs), judged(shifted)];
        assert.deepEqual(other.summary(repo).grade, one.summary(repo).grade);
        for (const [name, row] of one.variants(repo)) {
          const moved = other.variants(repo).get(name)!;
          assert.equal(moved.health, row.health);
          assert.ok(Math.abs(moved.rate - row.rate) < 1e-9);
          assert.ok(Math.abs(moved.flaky - row.flaky) < 1e-9);
        }
        closeAll();
      }),
      few,
    );
  });

  it('cases beyond the limit still count for the grade and for mass failures (P7)', () => {
    const runs = Array.from({ length: 30 }, (_, i) => ({
      body: {
        repo,
        branch: 'main',
        commit: `c${i}`,
        summary: { total: 100, passed: i === 20 ? 40 : 100, failed: i === 20 ? 60 : 0 },
        cases: Array.from({ length: 10 }, (__, k) => ({ name: `t ${k}`, status: 'passed' })),
      },
      atMs: 1e12 + 3 * hour * i,
    }));
    const store = judged(runs);
    assert.deepEqual(
      store.incidents(repo).map(({ kind }) => kind),
      ['mass-failure'],
    );
    assert.ok(store.summary(repo).inputs.redRuns > 0);
    assert.equal(store.summary(repo).inputs.severity, 0);
  });

  it('runs of pull requests change no grade (P13)', () => {
    fc.assert(
      fc.property(pictures, pictures, (drawn, pulls) => {
        const runs = runsOf(drawn);
        const others = runsOf(pulls, { branch: 'topic' }).map(({ body, atMs }) => ({
          body: { ...body, commit: `p${body.commit}` },
          atMs: atMs + hour,
        }));
        const mixed = [...runs, ...others].sort((a, b) => a.atMs - b.atMs);
        assert.deepEqual(judged(mixed).summary(repo).grade, judged(runs).summary(repo).grade);
        closeAll();
      }),
      few,
    );
  });

  it('what other formulas judged is judged anew at the next start (P26)', () => {
    const store = judged(runsOf({ ...others(20), bad: '....x.....'.repeat(2) }));
    const before = store.digests();
    store.db.exec("UPDATE judgements SET formula_version = '0', summary = '{}'");
    store.restart();
    store.settle();
    assert.deepEqual(store.digests(), before);
  });
});
