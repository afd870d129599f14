import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RunState, type UploadFacts } from '../../src/domain/logical-run.ts';

const codes: Record<string, number> = { '.': 0, x: 1, s: 2, '~': 3 };

/** `'1 .x~s'`: attempt 1, tests 0 to 3; a blank skips a test. */
function upload(picture: string, extra: Partial<UploadFacts> = {}): UploadFacts {
  const [attempt, cases = ''] = [picture.slice(0, 1), picture.slice(2)];
  const listed = [...cases].flatMap((c, test) => (c === ' ' ? [] : [{ test, status: codes[c]! }]));
  const n = (code: number) => listed.filter(({ status }) => status === code).length;
  return {
    attempt: Number(attempt),
    shardIndex: null,
    summary: {
      total: listed.length,
      passed: n(0),
      failed: n(1),
      skipped: n(2),
      flaky: n(3),
      durationMs: 10,
    },
    tests: listed.map(({ test }) => test),
    statuses: listed.map(({ status }) => status),
    durations: listed.map(() => 5),
    attempts: listed.map(() => 1),
    ...extra,
  };
}

function fold(...uploads: UploadFacts[]): RunState {
  const state = new RunState();
  for (const one of uploads) state.add(one);
  return state;
}

const picture = (state: RunState) =>
  [...state.tests]
    .sort(([a], [b]) => a - b)
    .map(([, { status }]) => '.xs~'[status])
    .join('');

describe('logical run', () => {
  it('shards of one attempt are one run', () => {
    const run = fold(upload('1 ..'), upload('1   x.'));
    assert.equal(picture(run), '..x.');
    assert.deepEqual(run.summary(), {
      total: 4,
      passed: 3,
      failed: 1,
      skipped: 0,
      flaky: 0,
      durationMs: 20,
    });
    assert.equal(run.overlaps, false);
  });
  it('an overlap inside an attempt keeps the worst, because neither upload may hide a failure', () => {
    const run = fold(upload('1 .x.s'), upload('1 x.~.'));
    assert.equal(picture(run), 'xx~.');
    assert.equal(run.overlaps, true);
  });
  it('a green re-run does not erase the red: the test is flaky', () => {
    assert.equal(picture(fold(upload('1 x.'), upload('2 ..'))), '~.');
  });
  it('a re-run that fails again is failed', () => {
    assert.equal(picture(fold(upload('1 x'), upload('2 x'))), 'x');
    assert.equal(picture(fold(upload('1 .'), upload('2 x'))), 'x');
  });
  it('a re-run of the failed tests only leaves the others as they were', () => {
    const run = fold(upload('1 x...'), upload('2 .'));
    assert.equal(picture(run), '~...');
    assert.equal(run.summary().total, 4);
  });
  it('durations and attempts: longest and sum inside an attempt', () => {
    const run = fold(
      upload('1 .', { durations: [7], attempts: [2] }),
      upload('1 .', { durations: [3] }),
    );
    assert.deepEqual([run.tests.get(0)?.durationMs, run.tests.get(0)?.attempts], [7, 3]);
  });
  it('counts beyond the listed cases are kept', () => {
    const summary = { total: 142, passed: 140, failed: 2, skipped: 0, flaky: 1, durationMs: null };
    const run = fold(upload('1 x', { summary }));
    assert.deepEqual(run.summary(), {
      total: 142,
      passed: 139,
      failed: 2,
      skipped: 0,
      flaky: 1,
      durationMs: null,
    });
  });
  it('a repeated summary without cases is not counted twice, and its earlier failures show as flaky', () => {
    const summary = (failed: number) => ({
      total: 10,
      passed: 10 - failed,
      failed,
      skipped: 0,
      flaky: 0,
      durationMs: 1,
    });
    const run = fold(upload('1', { summary: summary(2) }), upload('2', { summary: summary(0) }));
    assert.deepEqual(run.summary(), {
      total: 10,
      passed: 8,
      failed: 0,
      skipped: 0,
      flaky: 2,
      durationMs: 2,
    });
  });

  it('an upload that says no attempt joins the lowest one it does not touch', () => {
    const run = fold(upload('1 ..'), upload('2 .'));
    assert.equal(run.freeAttempt([5], null), 1);
    assert.equal(run.freeAttempt([1], null), 2);
    assert.equal(run.freeAttempt([0, 1], null), 3);
  });
  it('the same shard again is a re-run, another one is not', () => {
    const run = fold(upload('1', { shardIndex: 1 }));
    assert.equal(run.freeAttempt([], 1), 2);
    assert.equal(run.freeAttempt([], 2), 1);
    assert.equal(run.freeAttempt([], null), 2);
  });

  it('any order of the same uploads gives the same run, because networks reorder', () => {
    const one = fc
      .tuple(
        fc.integer({ min: 1, max: 3 }),
        fc.array(fc.constantFrom(...'.xs~ '), { maxLength: 6 }),
      )
      .map(([attempt, cases]) => upload(`${attempt} ${cases.join('')}`));
    fc.assert(
      fc.property(fc.array(one, { maxLength: 6 }), fc.infiniteStream(fc.nat()), (uploads, keys) => {
        const shuffled = uploads
          .map((item) => ({ item, key: keys.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map(({ item }) => item);
        const [a, b] = [fold(...uploads), fold(...shuffled)];
        assert.equal(picture(a), picture(b));
        assert.deepEqual(a.summary(), b.summary());
      }),
    );
  });
  it('cases posted whole or in any shards count the same', () => {
    const cases = fc.array(
      fc.record({ status: fc.integer({ min: 0, max: 3 }), shard: fc.integer({ min: 0, max: 3 }) }),
    );
    fc.assert(
      fc.property(cases, (list) => {
        const draw = (keep: (shard: number) => boolean) =>
          upload(
            `1 ${list.map(({ status, shard }) => (keep(shard) ? '.xs~'[status] : ' ')).join('')}`,
          );
        const whole = fold(draw(() => true));
        const parts = fold(...[0, 1, 2, 3].map((n) => draw((shard) => shard === n)));
        assert.equal(picture(whole), picture(parts));
        assert.deepEqual(
          { ...whole.summary(), durationMs: 0 },
          { ...parts.summary(), durationMs: 0 },
        );
      }),
    );
  });
});
