import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  falseRedCostMs,
  falseRedOf,
  finalFailure,
  isFalseRed,
  lnQuiet,
  mainCauses,
  shareOfFalseReds,
} from '../../src/domain/false-red.ts';

const q = fc.double({ min: 0, max: 1, noNaN: true });
const qs = fc.array(q, { maxLength: 30 });
const quiet = (list: number[]) => list.reduce((sum, one) => sum + lnQuiet(one), 0);
const phi = (list: number[]) => falseRedOf(quiet(list));
const near = (actual: number, expected: number, tolerance = 1e-12) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, expected ${expected}`);

describe('false reds', () => {
  it('one test in a hundred runs or a hundred tests in one: the arithmetic is plain', () => {
    near(phi([0.01]), 0.01);
    near(phi(Array(100).fill(0.01)), 1 - 0.99 ** 100);
    assert.equal(phi([]), 0);
    near(phi([1e-18]) / 1e-18, 1, 1e-9);
  });

  it('two suites add up as independent causes do (P24)', () => {
    fc.assert(
      fc.property(qs, qs, (one, other) => {
        near(phi([...one, ...other]), 1 - (1 - phi(one)) * (1 - phi(other)), 1e-9);
      }),
    );
  });

  it('never falls when a test becomes worse (P25)', () => {
    fc.assert(
      fc.property(qs, q, q, (others, a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        assert.ok(phi([...others, high]) >= phi([...others, low]));
      }),
    );
  });

  it('a certain failure is as bad as it gets, and still a number', () => {
    assert.ok(Number.isFinite(quiet([1, 1, 1])));
    near(phi([1]), 1, 1e-15);
  });

  it('retries help less than if they were independent, because they share the machine', () => {
    near(finalFailure(0.1, 1), 0.1);
    near(finalFailure(0.1, 3), 0.1 ** 2);
    near(finalFailure(0.1, 3, 1), 0.1 ** 3);
    near(finalFailure(0.1, 0), 0.1);
  });

  it('names the few tests that cause most of it, worst first', () => {
    assert.deepEqual(mainCauses([0.01, 0.3, 0, 0.2, 0.001], 0.8).tests, [1, 3]);
    assert.deepEqual(mainCauses([0.1, 0.1, 0.1], 0.5).tests, [0, 1], 'the earlier of equals');
    assert.deepEqual(mainCauses([0, 0], 0.8), { tests: [], share: 0 });
    fc.assert(
      fc.property(qs, (list) => {
        const sum = quiet(list);
        const shares = list.map((one) => shareOfFalseReds(one, sum));
        const total = shares.reduce((a, b) => a + b, 0);
        near(total, sum === 0 ? 0 : 1, 1e-9);
        const { share } = mainCauses(list, 0.8);
        assert.ok(sum === 0 || share >= 0.8 - 1e-9);
      }),
    );
  });

  it('costs the machine time of red runs in which nothing looked broken', () => {
    const runs = [
      { durationMs: 1000, broken: [0.01, 0.2] },
      { durationMs: 500, broken: [0.01, 0.99] },
      { durationMs: 70, broken: [] },
      { durationMs: 30, broken: [0] },
    ];
    assert.equal(falseRedCostMs(runs), 1030);
    assert.equal(isFalseRed(runs[2]!), false, 'red without cases: nobody knows');
  });
});
