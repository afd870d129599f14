import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FLAKY, type HistorySpec, NOT_RUN, PASSED, simulate, variants } from './history.ts';
import { areaUnderCurve, averagePrecision, bootstrap, spearman } from './metrics.ts';
import { newFailures } from './ours.ts';
import { filterStorms } from './storm-filter.ts';
import { scoresOf } from './tasks/new-failures.ts';

const spec: HistorySpec = {
  seed: 5,
  variant: 'base',
  retries: 0,
  tests: 120,
  places: 60,
  rates: null,
};

describe('a simulated history', () => {
  it('is the same for the same seed, because figures must be found again', () => {
    for (const variant of variants) {
      assert.deepEqual(simulate({ ...spec, variant }), simulate({ ...spec, variant }));
    }
    assert.notDeepEqual(simulate(spec), simulate({ ...spec, seed: 6 }));
  });

  it('breaks nothing but what its truth says: tests of rate 0 fail in faults and storms only', () => {
    const history = simulate({ ...spec, rates: [0] });
    const steps = filterStorms(history);
    for (const { isPull, place, runs } of steps.flatMap(({ commits }) => commits)) {
      if (isPull) continue;
      for (const run of runs) {
        run.forEach((outcome, test) => {
          const isBroken = history.faults.some(
            (fault) => fault.test === test && fault.from <= place && place < fault.to,
          );
          assert.ok(outcome === PASSED || isBroken, `test ${test} at ${place}`);
        });
      }
    }
  });

  it('half of the tests never heal on a retry where they depend on the order of others', () => {
    const variant = 'order-dependent';
    const history = simulate({ ...spec, variant, retries: 1, rates: [0.03] });
    const runs = filterStorms(history).flatMap(({ commits }) => commits.flatMap((c) => c.runs));
    const heals = (half: number) =>
      runs.some((run) => run.some((outcome, test) => outcome === FLAKY && test % 2 === half));
    assert.deepEqual([heals(0), heals(1)], [false, true]);
  });

  it('renames: an id ends where another begins', () => {
    const { commits, tests } = simulate({ ...spec, variant: 'rename' });
    assert.ok(tests > spec.tests);
    const last = tests - 1;
    assert.equal(commits[0]!.runs[0]![last], NOT_RUN);
    assert.notEqual(commits.at(-1)!.runs[0]![last], NOT_RUN);
  });
});

describe('the storm filter', () => {
  const run = (failing: number) => Uint8Array.from({ length: 40 }, (_, i) => (i < failing ? 3 : 1));
  const history = (failing: number[]) => ({
    ...simulate({ ...spec, tests: 40, places: 1 }),
    commits: failing.map((count, place) => ({ isPull: false, place, runs: [run(count)] })),
  });
  const kept = (failing: number[]) =>
    filterStorms(history(failing)).map(({ commits }) =>
      commits.map(({ place, runs }) => `${place}:${runs.length}`).join(' '),
    );

  it('holds a lone mass failure back, because machines fail like that', () => {
    assert.deepEqual(kept([0, 0, 0, 30, 0]).slice(2), ['2:1', '3:0', '4:1']);
  });

  it('releases it when the next commit shows the same, because code breaks like that', () => {
    assert.deepEqual(kept([0, 0, 0, 30, 30, 0]).slice(2), ['2:1', '3:0', '3:1 4:1', '5:1']);
  });
});

describe('the figures', () => {
  it('AUC counts ties half, because a rule that says nothing ranks by chance', () => {
    const list = (scores: number[]) => scores.map((score, i) => ({ score, isTrue: i % 2 === 0 }));
    assert.equal(areaUnderCurve(list([1, 1, 1, 1])), 0.5);
    assert.equal(areaUnderCurve(list([2, 1, 2, 1])), 1);
    assert.equal(averagePrecision(list([2, 1, 2, 1])), 1);
    assert.equal(averagePrecision(list([1, 1, 1, 1])), 0.5);
  });

  it('Spearman sees order only', () => {
    assert.equal(
      spearman([
        [1, 10],
        [2, 100],
        [3, 1000],
      ]),
      1,
    );
  });

  it('intervals hold the figure and are the same each time', () => {
    const draw = () => bootstrap([1, 2, 3, 4, 5], (list) => list.reduce((a, b) => a + b) / 5);
    const { value, low, high } = draw();
    assert.ok(low < value && value < high);
    assert.deepEqual(draw(), draw());
  });

  it('an alert inside a break is right, one long after it is false, one before counts neither', () => {
    const history = {
      ...simulate({ ...spec, rates: [0] }),
      faults: [{ test: 3, from: 20, to: 25, cause: 0 }],
    };
    const alerts = [2, 21, 40].map((place) => ({ test: 3, place }));
    const scores = scoresOf(history, alerts);
    assert.deepEqual(
      scores.flatMap((score) => score.alerts),
      [true, false],
    );
    assert.deepEqual(
      scores.flatMap((score) => score.faults),
      [{ isLong: true, delay: 1 }],
    );
  });

  it('ours finds the breaks of a small history without flakes', () => {
    const history = simulate({ ...spec, rates: [0], tests: 200, variant: 'hard' });
    const scores = scoresOf(history, newFailures(history, filterStorms(history)));
    const alerts = scores.flatMap((score) => score.alerts);
    assert.ok(alerts.length > 5);
    assert.ok(alerts.every((isRight) => isRight));
  });
});
