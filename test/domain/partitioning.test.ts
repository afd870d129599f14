import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { partition } from '../../src/domain/partitioning.ts';

const cut = (values: number[], minSegment: number, sigma = 0.1, penalty = 16): number[] =>
  partition(Float64Array.from(values), sigma, penalty, minSegment);

/** All ways to cut, tried one by one. */
function cheapest(values: number[], sigma: number, penalty: number, minSegment: number): number {
  const errorOf = (part: number[]): number => {
    const mean = part.reduce((sum, value) => sum + value, 0) / part.length;
    return part.reduce((sum, value) => sum + (value - mean) ** 2, 0) / sigma ** 2;
  };
  let best = errorOf(values);
  for (let i = minSegment; i <= values.length - minSegment; i++) {
    const rest = cheapest(values.slice(i), sigma, penalty, minSegment);
    best = Math.min(best, errorOf(values.slice(0, i)) + penalty + rest);
  }
  return best;
}

function costOf(values: number[], changes: number[], sigma: number, penalty: number): number {
  const ends = [...changes, values.length];
  return ends.reduce((sum, end, i) => {
    const part = values.slice(changes[i - 1] ?? 0, end);
    return sum + cheapest(part, sigma, Infinity, part.length) + (i > 0 ? penalty : 0);
  }, 0);
}

const noisy = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
  minLength: 2,
  maxLength: 12,
});

describe('optimal partitioning', () => {
  it('two short series with one fall each, as Otava tests them, are cut at 6 and at 4', () => {
    const first = [1.02, 0.95, 0.99, 1.0, 1.12, 0.9, 0.5, 0.51, 0.48, 0.48, 0.55];
    const second = [2.02, 2.03, 2.01, 2.04, 1.82, 1.85, 1.79, 1.81, 1.8, 1.76, 1.78];
    assert.deepEqual(cut(first, 4), [6]);
    assert.deepEqual(cut(second, 4, 0.02), [4]);
  });
  it('no segment is shorter than allowed, because two slow results are no level', () => {
    assert.deepEqual(cut([0, 0, 0, 0, 9, 9, 0, 0, 0], 5), []);
    assert.deepEqual(cut([0, 0, 0, 9, 9, 0, 0, 0], 2), [3, 5]);
    assert.deepEqual(cut([], 2), []);
    assert.deepEqual(cut([1, 9], 2), []);
  });
  it('no other cut is cheaper, because the search is exact', () => {
    fc.assert(
      fc.property(
        noisy,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 5 }),
        (values, min, penalty) => {
          const changes = cut(values, min, 0.5, penalty);
          const best = cheapest(values, 0.5, penalty, min);
          assert.ok(Math.abs(costOf(values, changes, 0.5, penalty) - best) < 1e-9);
        },
      ),
      { numRuns: 60 },
    );
  });
  it('the reversed series is cut at the mirrored places, because time has no preference (P32)', () => {
    const steps = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 8, max: 20 })),
      {
        minLength: 1,
        maxLength: 5,
      },
    );
    fc.assert(
      fc.property(
        steps,
        fc.infiniteStream(fc.double({ min: -0.2, max: 0.2, noNaN: true })),
        (levels, noise) => {
          const values = levels.flatMap(([level, length]) =>
            Array.from({ length }, () => level + noise.next().value),
          );
          const changes = cut(values, 8, 0.1, 70);
          const mirrored = cut(values.toReversed(), 8, 0.1, 70).map((i) => values.length - i);
          assert.deepEqual(mirrored.toReversed(), changes);
        },
      ),
    );
  });
  it('a high level hides no change, because sums are taken around the first value', () => {
    const values = [...Array(20).fill(1e6), ...Array(20).fill(1e6 + 1)];
    assert.deepEqual(cut(values, 8), [20]);
  });
});
