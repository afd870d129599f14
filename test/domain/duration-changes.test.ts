import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { levelChanges, noiseOf, withoutSpikes } from '../../src/domain/duration-changes.ts';
import { logSeries } from './duration-noise.ts';

const indexes = (values: Float64Array): number[] => levelChanges(values).map(({ index }) => index);

const steadyStep: [number, number][] = [
  [100, 40],
  [200, 40],
];
const seeds = fc.nat();
const noises = fc.double({ min: 0.01, max: 0.3, noNaN: true });
/** segments of 10 to 60 results, at levels 1.7 to 3 times apart */
const levels = fc
  .array(
    fc.tuple(
      fc.double({ min: 1.7, max: 3, noNaN: true }),
      fc.boolean(),
      fc.integer({ min: 10, max: 60 }),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((steps) => {
    let ms = 500;
    return steps.map(([factor, isUp, results]): [number, number] => {
      ms *= isUp ? factor : 1 / factor;
      return [ms, results];
    });
  });

describe('changes of level', () => {
  it('a step of 50 % is found within a result of where it is, because that is what the search is for', () => {
    for (let seed = 0; seed < 20; seed++) {
      const found = levelChanges(
        logSeries(
          [
            [100, 60],
            [150, 40],
          ],
          0.1,
          seed,
        ),
      );
      assert.equal(found.length, 1, `seed ${seed}`);
      assert.ok(Math.abs(found[0]!.index - 60) <= 1);
      assert.ok(Math.abs(found[0]!.after - found[0]!.before - Math.log(1.5)) < 0.1);
      assert.ok(found[0]!.p < 1e-9);
    }
  });
  it('quiet series have no change, because 200 results of one kind prove nothing', () => {
    let wrong = 0;
    for (let seed = 0; seed < 200; seed++) {
      wrong += levelChanges(logSeries([[300, 200]], 0.2, seed)).length;
    }
    assert.equal(wrong, 0);
  });
  it('a step of 3 % is none, because nobody would act on it', () => {
    assert.deepEqual(
      indexes(
        logSeries(
          [
            [100, 60],
            [103, 60],
          ],
          0.005,
          1,
        ),
      ),
      [],
    );
  });
  it('eight slow results are a change and four are none, because those may be a bad day', () => {
    assert.deepEqual(
      indexes(
        logSeries(
          [
            [100, 40],
            [900, 4],
          ],
          0.05,
          1,
        ),
      ),
      [],
    );
    assert.deepEqual(
      indexes(
        logSeries(
          [
            [100, 40],
            [900, 8],
          ],
          0.05,
          1,
        ),
      ),
      [40],
    );
    assert.deepEqual(indexes(new Float64Array()), []);
  });
  it('a constant series is quiet although its noise is 0, because 1 % is always allowed', () => {
    assert.deepEqual(indexes(new Float64Array(200).fill(4)), []);
    assert.equal(noiseOf(new Float64Array(20).fill(4)), 0.01);
  });
  it('one spike of any size anywhere makes no change, because it is cut before (P33)', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 16, max: 200 }),
        fc.nat(199),
        fc.double({ min: -8, max: 8, noNaN: true }),
        noises,
        seeds,
        (n, at, spike, sigma, seed) => {
          const series = logSeries([[300, n]], sigma, seed);
          const without = indexes(series);
          series[at % n]! += spike;
          assert.ok(indexes(series).length <= without.length);
        },
      ),
    );
  });
  it('a spike beside a step neither moves nor hides it, because spikes are cut first', () => {
    for (let at = 30; at < 50; at++) {
      const series = logSeries(steadyStep, 0.05, at);
      series[at]! += 6;
      const found = indexes(series);
      assert.equal(found.length, 1);
      assert.ok(Math.abs(found[0]! - 40) <= 1);
    }
  });
  it('scaling all durations of a test moves no change, because only ratios count (P31)', () => {
    fc.assert(
      fc.property(
        levels,
        noises,
        seeds,
        fc.integer({ min: -6, max: 6 }),
        (segments, sigma, seed, octaves) => {
          const series = logSeries(segments, sigma, seed);
          const scaled = series.map((value) => value + octaves * Math.LN2);
          assert.deepEqual(indexes(scaled), indexes(series));
        },
      ),
    );
  });
  it('the reversed series changes at the mirrored places, because no step looks ahead (P32)', () => {
    fc.assert(
      fc.property(levels, noises, seeds, (segments, sigma, seed) => {
        const series = logSeries(segments, sigma, seed);
        const mirrored = indexes(series.toReversed()).map((index) => series.length - index);
        assert.deepEqual(mirrored.toReversed(), indexes(series));
      }),
    );
  });
  it('every change kept is large and sure, because the weakest is dropped until all are', () => {
    fc.assert(
      fc.property(levels, noises, seeds, (segments, sigma, seed) => {
        const found = levelChanges(logSeries(segments, sigma, seed));
        for (const { before, after, p } of found) {
          assert.ok(p <= 0.001);
          assert.ok(Math.abs(after - before) >= 0.05);
        }
      }),
    );
  });
  it('calming leaves what is no spike as it is, because the level is wanted', () => {
    const series = Float64Array.from({ length: 40 }, (_, i) => (i % 5) / 10 + (i === 20 ? 5 : 0));
    const calm = withoutSpikes(series);
    assert.ok(calm[20]! < 1);
    assert.ok(calm.every((value, i) => i === 20 || Math.abs(value - series[i]!) < 1e-12));
  });
});
