import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { mannWhitneyP } from '../../src/domain/mann-whitney.ts';

const upTo = (n: number, f: (i: number) => number): number[] =>
  Array.from({ length: n }, (_, i) => f(i));

/** [a, b, p as SciPy 1.17 counts it] */
const known: [number[], number[], number][] = [
  [[19, 22, 16, 29, 24], [20, 11, 17, 12], 0.1111111111111111],
  [upTo(8, (i) => i), upTo(8, (i) => 100 + i), 0.0001554001554001554],
  [
    [1, 2, 2, 3, 3, 3, 4, 5, 6, 6, 7],
    [3, 4, 4, 5, 6, 7, 8, 8, 9, 10, 11, 12],
    0.0064721174244971305,
  ],
  [upTo(31, (i) => (i * 7) % 31), upTo(40, (i) => ((i * 7) % 31) + 12.5), 4.785684144673159e-6],
  [upTo(60, (i) => i / 10), upTo(60, (i) => i / 10 + 6), 3.5565709749847226e-21],
];
const sample = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 30 });

describe('Mann-Whitney test', () => {
  for (const [a, b, p] of known) {
    it(`${a.length} against ${b.length} values give ${p}, because SciPy says so`, () => {
      assert.ok(Math.abs(mannWhitneyP(a, b) / p - 1) < 1e-9, `${mannWhitneyP(a, b)}`);
    });
  }
  it('samples that cannot differ give 1, because nothing speaks against one kind', () => {
    assert.equal(mannWhitneyP([], [1, 2]), 1);
    assert.equal(mannWhitneyP([5, 5, 5], [5, 5]), 1);
    assert.equal(mannWhitneyP([1, 4], [2, 3]), 1);
  });
  it('sides, direction and order do not matter, because the test is two-sided and ranks', () => {
    fc.assert(
      fc.property(sample, sample, (a, b) => {
        const p = mannWhitneyP(a, b);
        assert.ok(p > 0 && p <= 1);
        assert.equal(mannWhitneyP(b, a), p);
        assert.equal(mannWhitneyP(a.toReversed(), b), p);
        const negative = (values: number[]): number[] => values.map((value) => -value);
        assert.equal(mannWhitneyP(negative(a), negative(b)), p);
        assert.equal(mannWhitneyP(a.map(Math.exp), b.map(Math.exp)), p);
      }),
    );
  });
});
