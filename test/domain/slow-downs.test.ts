import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { judgeDurations, lastSlowDown } from '../../src/domain/slow-downs.ts';
import { chance, normal } from './chance.ts';
import { logSeries } from './duration-noise.ts';
import { type DurationRow, judged, sourceOf } from './duration-table.ts';

const ratioOf = (...levels: [number, number][]): number | undefined =>
  lastSlowDown(logSeries(levels, 0.02, 5))?.ratio;

describe('the last slow-down of a series', () => {
  it('is told with ratio and time, because both can be checked', () => {
    const found = lastSlowDown(
      logSeries(
        [
          [400, 60],
          [600, 30],
        ],
        0.05,
        3,
      ),
    );
    assert.ok(found !== null);
    assert.ok(Math.abs(found.ratio - 1.5) < 0.05);
    assert.ok(Math.abs(found.addedMs - 200) < 25);
    assert.ok(Math.abs(found.index - 60) <= 1);
  });
  it('is none where the test became faster, even after it was slow', () => {
    assert.equal(ratioOf([400, 60], [200, 30]), undefined);
    assert.equal(ratioOf([200, 60], [400, 60], [200, 30]), undefined);
  });
  it('is kept quiet below 10 % or 50 ms, because both limits bind', () => {
    assert.equal(ratioOf([4000, 60], [4280, 60]), undefined);
    assert.equal(ratioOf([50, 60], [80, 60]), undefined);
    assert.ok(ratioOf([500, 60], [575, 60]));
  });
  it('is not looked for below 20 ms, because there durations are the grain of a clock', () => {
    assert.equal(ratioOf([15, 60], [90, 30]), undefined);
    assert.equal(lastSlowDown(new Float64Array()), null);
  });
});

const commits = 60;

/** Tests of 300 ms to 3 s on machines that differ from commit to commit. */
function history(tests: number, seed: number, machines = 0.2): DurationRow[] {
  const next = chance(seed);
  const machine = Array.from({ length: commits }, () => machines * normal(next));
  return Array.from({ length: tests }, (_, test) => {
    const usual = Math.log(300 * 10 ** next());
    return { test, logs: machine.map((effect) => usual + effect + 0.1 * normal(next)) };
  });
}

/** The rows with one test slower (ln) from a commit on. */
const slowed = (rows: readonly DurationRow[], test: number, from: number, by: number) =>
  changed(rows, (at, commit) => (at === test && commit >= from ? by : 0));

const changed = (
  rows: readonly DurationRow[],
  by: (test: number, commit: number) => number,
): DurationRow[] =>
  rows.map(({ test, logs }) => ({
    test,
    logs: Array.from(logs, (log, commit) => log + by(test, commit)),
  }));

const told = (rows: readonly DurationRow[]): [test: number, place: number][] =>
  judged(rows, commits).slowDowns.map(({ variant, place }) => [rows[variant]!.test, place]);

describe('slow-downs of a job', () => {
  it('a test that takes twice as long is told from its commit on, though machines differ', () => {
    const rows = slowed(history(60, 1), 7, 40, Math.LN2);
    const { slowDowns, screened, wholeRuns } = judged(rows, commits);
    assert.deepEqual(
      slowDowns.map(({ variant, place }) => [variant, place]),
      [[7, 40]],
    );
    assert.ok(Math.abs(slowDowns[0]!.ratio - 2) < 0.2);
    assert.equal(screened, 60);
    assert.deepEqual(wholeRuns, []);
  });
  it('the commit is that of the result, because a test is not in every run', () => {
    const rows = slowed(history(60, 1), 7, 40, Math.LN2);
    const sparse = rows.map(({ test, logs }) => ({
      test,
      logs: Array.from(logs, (log, commit) => (test === 7 && commit % 2 === 1 ? Number.NaN : log)),
    }));
    assert.deepEqual(told(sparse), [[7, 40]]);
  });
  it('where all became slower one finding stands for them, because it has one cause', () => {
    const rows = changed(history(60, 2, 0.05), (test, commit) =>
      commit < 40 ? 0 : test === 3 ? 2 * Math.LN2 : test % 2 === 0 ? 0.3 : 0.4,
    );
    const { wholeRuns, slowDowns } = judged(rows, commits);
    const wholeRun = wholeRuns.at(-1);
    assert.ok(Math.abs(wholeRun!.place - 40) <= 1);
    assert.ok(Math.abs(wholeRun!.ratio - Math.exp(0.35)) < 0.15);
    assert.deepEqual(slowDowns, []);
    const faster = changed(history(60, 2, 0.05), (_, commit) => (commit < 40 ? 0.4 : 0));
    assert.deepEqual(judged(faster, commits).wholeRuns, []);
  });
  it('what became slow at another commit is still told, because that has a cause of its own', () => {
    const all = changed(history(60, 2, 0.05), (_, commit) => (commit < 40 ? 0 : 0.4));
    assert.deepEqual(told(slowed(all, 5, 20, Math.LN2)), [[5, 20]]);
  });
  it('a finding must be surer where more tests were looked at, because each could be the false one', () => {
    const slow = [
      {
        test: 0,
        logs: logSeries(
          [
            [400, commits - 8],
            [900, 8],
          ],
          0.05,
          2,
        ).map((log, commit) => (commit < 22 ? Number.NaN : log)),
      },
    ];
    const steady = Array.from({ length: 9000 }, (_, i) => ({
      test: i + 1,
      logs: new Float64Array(commits).fill(6),
    }));
    assert.deepEqual(told(slow), [[0, 52]]);
    assert.deepEqual(told([...slow, ...steady]), []);
  });
  it('without tests or commits there is nothing, because there is nothing to judge', () => {
    const nothing = judged([], 0);
    assert.deepEqual([nothing.slowDowns, nothing.wholeRuns, nothing.screened], [[], [], 0]);
    assert.deepEqual(
      told(
        history(5, 1).map((row) => ({ ...row, logs: new Float64Array(commits).fill(Number.NaN) })),
      ),
      [],
    );
  });
  it('it pauses every thousand tests, because others wait for the same thread', () => {
    const pauses = (tests: number): number =>
      [...judgeDurations(sourceOf(history(tests, 1), commits))].length;
    assert.ok(pauses(4100) - pauses(1050) >= 3);
  });
});

const seeds = fc.nat();
const slownesses = fc.record({
  seed: seeds,
  test: fc.nat(39),
  from: fc.integer({ min: 15, max: 48 }),
  by: fc.double({ min: 0.4, max: 1.2, noNaN: true }),
});
/** Histories of which some tell of a slow-down and some do not, far from the limits in ms. */
const rowsOf = ({
  seed,
  test,
  from,
  by,
}: {
  seed: number;
  test: number;
  from: number;
  by: number;
}) => slowed(history(40, seed), test, from, by);

describe('slow-downs under change', () => {
  it('the order of tests does not matter, because the judgement is one of a set', () => {
    fc.assert(
      fc.property(slownesses, fc.func(fc.nat()), (slowness, rank) => {
        const rows = slowed(rowsOf(slowness), (slowness.test + 1) % 40, 30, Math.LN2);
        const shuffled = rows.toSorted((a, b) => rank(a.test) - rank(b.test));
        assert.deepEqual(told(shuffled), told(rows));
        assert.deepEqual(judged(shuffled, commits).effects, judged(rows, commits).effects);
      }),
      { numRuns: 30 },
    );
  });
  it('multiplying commits by any factors leaves the slow-downs (P30)', () => {
    const factors = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
      minLength: commits,
      maxLength: commits,
    });
    fc.assert(
      fc.property(slownesses, factors, (slowness, ln) => {
        const rows = rowsOf(slowness);
        const plain = judged(rows, commits);
        const scaled = judged(
          changed(rows, (_, commit) => ln[commit]!),
          commits,
        );
        // A run of slow machines at the end may look like a slower run, and then speaks for its tests.
        fc.pre(plain.wholeRuns.length + scaled.wholeRuns.length === 0);
        assert.deepEqual(
          scaled.slowDowns.map(({ variant, place }) => [variant, place]),
          plain.slowDowns.map(({ variant, place }) => [variant, place]),
        );
      }),
      { numRuns: 50 },
    );
  });
  it('multiplying a test by a factor leaves the slow-downs (P31)', () => {
    fc.assert(
      fc.property(
        slownesses,
        fc.nat(39),
        fc.double({ min: 0, max: 3, noNaN: true }),
        (slowness, test, ln) => {
          const rows = rowsOf(slowness);
          assert.deepEqual(told(changed(rows, (at) => (at === test ? ln : 0))), told(rows));
        },
      ),
      { numRuns: 50 },
    );
  });
  it('a mirrored slow-down is a speed-up, and mirrored again where it was (P32)', () => {
    const clear = slownesses.map(({ seed, test, from, by }) => ({
      ...{ seed, test, by: by + 0.4 },
      from: Math.min(40, from + 5),
    }));
    fc.assert(
      fc.property(clear, (slowness) => {
        const rows = rowsOf(slowness);
        const mirrored = rows.map(({ test, logs }) => ({ test, logs: Array.from(logs).reverse() }));
        const upsideDown = mirrored.map(({ test, logs }) => ({
          test,
          logs: logs.map((log) => 14 - log),
        }));
        assert.deepEqual(told(mirrored), []);
        assert.deepEqual(
          told(upsideDown).map(([test, place]) => [test, commits - place]),
          told(rows),
        );
      }),
      { numRuns: 50 },
    );
  });
  it('one spike anywhere tells nothing (P33)', () => {
    const spike = fc.double({ min: 0.5, max: 8, noNaN: true });
    fc.assert(
      fc.property(seeds, fc.nat(39), fc.nat(commits - 1), spike, (seed, test, at, by) => {
        const rows = history(40, seed);
        const spiked = changed(rows, (each, commit) => (each === test && commit === at ? by : 0));
        assert.ok(told(spiked).length <= told(rows).length);
      }),
      { numRuns: 50 },
    );
  });
});
