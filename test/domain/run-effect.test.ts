import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { levelChanges } from '../../src/domain/duration-changes.ts';
import { type RunDurations, RunEffects } from '../../src/domain/run-effect.ts';
import { chance, normal } from './chance.ts';

/** `runs` runs of `tests` tests between 30 ms and 3 s; `speed` tells how slow a run's machine is. */
function history(
  tests: number,
  runs: number,
  seed: number,
  speed: (run: number) => number,
): RunDurations[] {
  const next = chance(seed);
  const usual = Array.from({ length: tests }, () => 30 * 100 ** next());
  return Array.from({ length: runs }, (_, run) => ({
    tests: usual.map((_, test) => test),
    durationsMs: usual.map((ms) => ms * Math.exp(0.1 * normal(next)) * speed(run)),
  }));
}

function adjusted(runs: RunDurations[]): { effects: number[]; series: Float64Array[] } {
  const machine = new RunEffects();
  const all = runs.map((run) => machine.add(run));
  const series = all[0]!.values.map((_, test) => test);
  return {
    effects: all.map(({ effect }) => effect),
    series: Array.from(series, (test) => Float64Array.from(all, ({ values }) => values[test]!)),
  };
}

describe('effect of runs', () => {
  it('a slow machine is seen in its run and in no test, because all tests share it', () => {
    const { effects, series } = adjusted(history(100, 60, 1, (run) => (run === 40 ? 2 : 1)));
    assert.ok(Math.abs(effects[40]! - Math.LN2) < 0.05);
    assert.ok(effects.every((effect, run) => run === 40 || Math.abs(effect) < 0.06));
    assert.ok(series.every((values) => Math.abs(values[40]! - values[39]!) < 0.8));
  });
  it('a slow machine for twenty runs makes no test slower, because each is held against the others', () => {
    const runs = history(60, 80, 2, (run) => (run >= 60 ? 1.6 : 1));
    assert.ok(adjusted(runs).series.every((values) => levelChanges(values).length === 0));
    assert.deepEqual(
      levelChanges(Float64Array.from(adjusted(runs).effects)).map(({ index }) => index),
      [60],
    );
  });
  it('below 30 tests with ten results before there is no effect, because a few tests tell nothing of a machine', () => {
    assert.ok(adjusted(history(29, 20, 3, () => 2)).effects.every((effect) => effect === 0));
    const { effects } = adjusted(history(30, 20, 3, () => 1));
    assert.ok(effects.slice(0, 10).every((effect) => effect === 0));
    assert.ok(effects.slice(10).every((effect) => effect !== 0));
  });
  it('tests below 20 ms say nothing of a run, because their durations are the grain of a clock', () => {
    const runs = history(40, 20, 4, () => 1).map(({ tests, durationsMs }) => ({
      tests,
      durationsMs: Array.from(durationsMs, (ms, test) => (test < 15 ? Math.round(ms / 1000) : ms)),
    }));
    assert.ok(adjusted(runs).effects.every((effect) => effect === 0));
  });
  it('a duration of 0 counts as 5 ms, because it has no logarithm', () => {
    const { effect, values } = new RunEffects().add({ tests: [3, 900], durationsMs: [0, 100] });
    assert.equal(effect, 0);
    assert.deepEqual([...values], [Math.log(5), Math.log(100)]);
  });
  it('multiplying a run by any factor changes its effect alone, because medians are of adjusted values (P30)', () => {
    const factors = fc.array(fc.double({ min: 0.2, max: 5, noNaN: true }), {
      minLength: 40,
      maxLength: 40,
    });
    fc.assert(
      fc.property(fc.nat(), factors, (seed, factor) => {
        const plain = adjusted(history(30, 50, seed, () => 1));
        const scaled = adjusted(history(30, 50, seed, (run) => (run < 10 ? 1 : factor[run - 10]!)));
        plain.series.forEach((values, test) => {
          const off = values.map((value, run) => Math.abs(value - scaled.series[test]![run]!));
          assert.ok(off.every((difference) => difference < 1e-9));
        });
      }),
      { numRuns: 20 },
    );
  });
});
