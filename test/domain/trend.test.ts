import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { mannKendallP, trendOf } from '../../src/domain/trend.ts';

const daily = (scores: number[]) => scores.map((score, day) => ({ day, score }));
const line = (from: number, perDay: number, days = 28) =>
  daily(Array.from({ length: days }, (_, day) => from + perDay * day));

describe('the trend of the grade', () => {
  it('follows a steady climb and a steady fall', () => {
    assert.equal(trendOf(line(70, 0.5)).direction, 'improving');
    assert.equal(trendOf(line(90, -0.5)).direction, 'declining');
    assert.ok(Math.abs(trendOf(line(70, 0.5)).slope - 0.5) < 1e-12);
  });

  it('a climb of less than 3 points in 28 days is steady, because nobody would act on it', () => {
    assert.equal(trendOf(line(70, 0.1)).direction, 'steady');
    assert.equal(trendOf(line(70, 0.11)).direction, 'improving');
  });

  it('one terrible day is no trend, because the slope is a median', () => {
    const scores = Array.from({ length: 28 }, (_, i) => (i === 27 ? 20 : 80));
    const { direction, slope } = trendOf(daily(scores));
    assert.deepEqual({ direction, slope }, { direction: 'steady', slope: 0 });
  });

  it('seven days are too few, and days older than 28 do not count', () => {
    assert.equal(trendOf(line(70, 3, 7)).direction, 'steady');
    assert.equal(trendOf(line(70, 3, 8)).direction, 'improving');
    const flatAfterClimb = daily([...Array(30).fill(50), ...Array(28).fill(80)]);
    assert.equal(trendOf(flatAfterClimb).direction, 'steady');
    assert.equal(trendOf([]).direction, 'steady');
  });

  it('gaps in the days are gaps in time, because a weekend without runs is no step', () => {
    const everyThird = Array.from({ length: 10 }, (_, i) => ({ day: 3 * i, score: 60 + 3 * i }));
    assert.ok(Math.abs(trendOf(everyThird).slope - 1) < 1e-12);
  });

  it('has the known p of the Mann-Kendall test, ties corrected', () => {
    // S = 21 of n = 7 without ties: variance 44.33; with one tie of 2: S = 20, variance 43.33
    assert.ok(Math.abs(mannKendallP([1, 2, 3, 4, 5, 6, 7]) - 0.00266668) < 1e-7);
    assert.ok(Math.abs(mannKendallP([1, 2, 3, 4, 5, 6, 6]) - 0.00389791) < 1e-7);
    assert.equal(mannKendallP([5, 5, 5, 5]), 1);
    assert.equal(mannKendallP([1, 2]), 1);
  });

  it('turns with the series, because up and down are judged alike', () => {
    const scores = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 3, maxLength: 28 });
    fc.assert(
      fc.property(scores, (list) => {
        const up = trendOf(daily(list));
        const down = trendOf(daily(list.map((score) => -score)));
        assert.equal(down.p, up.p);
        assert.ok(Math.abs(down.slope + up.slope) < 1e-9);
        assert.equal(down.direction === 'declining', up.direction === 'improving');
      }),
    );
  });
});
