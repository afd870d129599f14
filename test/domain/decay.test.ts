import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  addDecayed,
  decayedMean,
  effectiveCount,
  mergeDecayed,
  newDecayedSums,
} from '../../src/domain/decay.ts';

const day = 86_400_000;
const halfLife = 14 * day;
type Item = { at: number; value: number };

function sumsOf(items: Item[]) {
  const sums = newDecayedSums(halfLife, 1);
  for (const { at, value } of items) addDecayed(sums, at, [value]);
  return sums;
}

const item = fc.record({
  at: fc.integer({ min: 0, max: 400 * day }),
  value: fc.double({ min: 0, max: 1, noNaN: true }),
});
const items = fc.array(item, { minLength: 1, maxLength: 40 });
const near = (a: number | null, b: number | null) =>
  assert.ok(Math.abs(a! - b!) < 1e-9, `${a} ${b}`);

describe('forward decay', () => {
  it('an item one half-life older weighs half', () => {
    const sums = sumsOf([
      { at: 0, value: 1 },
      { at: halfLife, value: 0 },
    ]);
    near(decayedMean(sums, 0), 1 / 3);
    near(effectiveCount(sums), (1.5 * 1.5) / 1.25);
  });

  it('has no mean before the first item', () => {
    assert.equal(decayedMean(newDecayedSums(halfLife, 1), 0), null);
    assert.equal(effectiveCount(newDecayedSums(halfLife, 1)), 0);
  });

  it('does not depend on order or on how the items were split, because runs arrive late', () => {
    fc.assert(
      fc.property(items, items, (some, others) => {
        const whole = sumsOf([...some, ...others]);
        const reversed = sumsOf([...others, ...some].reverse());
        const merged = sumsOf(some);
        mergeDecayed(merged, sumsOf(others));
        mergeDecayed(merged, newDecayedSums(halfLife, 1));
        for (const other of [reversed, merged]) {
          near(decayedMean(other, 0), decayedMean(whole, 0));
          near(effectiveCount(other), effectiveCount(whole));
        }
      }),
    );
  });

  it('does not depend on when the clock began', () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 0, max: 20_000 }), (list, days) => {
        const shifted = list.map(({ at, value }) => ({ at: at + days * day, value }));
        near(decayedMean(sumsOf(shifted), 0), decayedMean(sumsOf(list), 0));
      }),
    );
  });

  it('an item can be taken back, because an attempt may change what a run was', () => {
    const sums = sumsOf([
      { at: day, value: 1 },
      { at: 2 * day, value: 0.4 },
    ]);
    addDecayed(sums, day, [1], -1);
    near(decayedMean(sums, 0), 0.4);
  });

  it('loses nothing when the reference moves, because items may lie on both sides of the move', () => {
    const late = [
      { at: 0, value: 1 },
      { at: 199 * halfLife, value: 1 },
      { at: 201 * halfLife, value: 0 },
    ];
    near(decayedMean(sumsOf(late), 0), 0.2);
    near(effectiveCount(sumsOf(late)), (1.25 * 1.25) / (1 + 0.25 * 0.25));
  });

  it('outlives its own reference: after forty years the sums are still numbers', () => {
    const sums = newDecayedSums(halfLife, 1);
    for (let year = 0; year < 40; year++) addDecayed(sums, year * 365 * day, [year % 2]);
    assert.ok(Math.abs(decayedMean(sums, 0)! - 1) < 1e-7);
    assert.ok(Number.isFinite(sums.weightSquared));
  });
});
