import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chance, normal } from '../domain/chance.ts';
import { otava } from './anchors/otava.ts';
import { perfherder } from './anchors/perfherder.ts';
import { consensusOf, coverOf, f1Of, matchesOf } from './marked-series.ts';

const noisy = (levels: [number, number][], sigma: number): number[] => {
  const next = chance(3);
  return levels.flatMap(([level, count]) =>
    Array.from({ length: count }, () => level + sigma * normal(next)),
  );
};

describe('figures of marked series', () => {
  it('what is near enough is the same, and each mark is found once', () => {
    assert.deepEqual(matchesOf([10, 12, 40], [11, 45, 80]), { told: 3, real: 3, right: 2 });
    assert.deepEqual(matchesOf([10], [8, 12]), { told: 1, real: 2, right: 1 });
  });

  it('the start counts as a change, so that finding none where there is none is perfect', () => {
    assert.equal(f1Of([], [[], []]), 1);
    // One of two told is right (the start), and both annotators have two: P 1/2, R 1/2.
    assert.equal(f1Of([50], [[20], [20]]), 0.5);
    assert.equal(f1Of([21], [[20], [18]]), 1);
  });

  it('covering is by length: two halves taken for one cover half', () => {
    assert.equal(coverOf([], [[50]], 100), 0.5);
    assert.equal(coverOf([50], [[50]], 100), 1);
  });

  it('a consensus is what three of five marked', () => {
    assert.deepEqual(consensusOf([[10], [12], [11, 60], [60], []]), [11]);
  });
});

describe('rules for changes of level', () => {
  it('Otava: a drop to half after six values is found there, as its own tests have it', () => {
    const fall = [1.02, 0.95, 0.99, 1.0, 1.12, 0.9, 0.5, 0.51, 0.48, 0.48, 0.55];
    assert.deepEqual(otava(fall), [6]);
    assert.deepEqual(otava(noisy([[10, 120]], 0.1)), []);
  });

  it('Perfherder: a step in the middle of calm is found where it is, once', () => {
    const [at, ...others] = perfherder(
      noisy(
        [
          [10, 30],
          [12, 30],
        ],
        0.2,
      ),
    );
    assert.ok(Math.abs(at! - 30) <= 1 && others.length === 0);
    assert.deepEqual(perfherder(noisy([[10, 60]], 0.2)), []);
    assert.deepEqual(
      perfherder(
        noisy(
          [
            [10, 30],
            [10.1, 30],
          ],
          0.01,
        ),
      ),
      [],
      'below 2 %',
    );
  });
});
