import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DurationScreen, screenScale } from '../../src/domain/duration-screen.ts';
import { lastSlowDown } from '../../src/domain/slow-downs.ts';
import { logSeries } from './duration-noise.ts';

const screen = new DurationScreen();
const isSuspect = (values: Float64Array): boolean =>
  screen.isSuspect(
    Int32Array.from(values, (value) => value * screenScale),
    values.length,
  );

const noises = fc.double({ min: 0.01, max: 0.5, noNaN: true });

describe('screen of durations', () => {
  it('eight results at twice the time are a reason to look, because a segment may begin there', () => {
    assert.equal(
      isSuspect(
        logSeries(
          [
            [300, 60],
            [600, 8],
          ],
          0.1,
          1,
        ),
      ),
      true,
    );
    assert.equal(
      isSuspect(
        logSeries(
          [
            [600, 60],
            [300, 8],
          ],
          0.1,
          1,
        ),
      ),
      false,
    );
  });
  it('a test that got faster and slow again is looked at, because its last change is for the worse', () => {
    const valley = logSeries(
      [
        [600, 60],
        [300, 60],
        [600, 60],
      ],
      0.1,
      1,
    );
    assert.equal(isSuspect(valley), true);
  });
  it('spikes are none, because they never make a segment', () => {
    for (let seed = 0; seed < 50; seed++) {
      const series = logSeries([[300, 100]], 0.1, seed);
      for (const at of [13, 57, 95]) series[at]! += 4;
      assert.equal(isSuspect(series), false, `seed ${seed}`);
    }
  });
  it('no rise of less than 50 ms is one, because nobody is told of it', () => {
    const rise = (ms: number) =>
      logSeries(
        [
          [ms, 60],
          [2 * ms, 60],
        ],
        0.02,
        1,
      );
    assert.equal(isSuspect(rise(30)), false);
    assert.equal(isSuspect(rise(60)), true);
  });
  it('few series of mere noise are suspect, because each costs as much as fifty', () => {
    let wrong = 0;
    for (let seed = 0; seed < 1000; seed++) {
      wrong += Number(isSuspect(logSeries([[300, 200]], 0.05 + (seed % 10) / 20, seed)));
    }
    assert.ok(wrong <= 20, `${wrong}`);
  });
  it('nearly every slow-down is seen, because the screen asks for less', () => {
    let [slow, seen] = [0, 0];
    fc.assert(
      fc.property(
        fc.integer({ min: 8, max: 100 }),
        fc.integer({ min: 8, max: 100 }),
        fc.double({ min: 1.1, max: 3, noNaN: true }),
        noises,
        fc.nat(),
        (before, after, ratio, sigma, seed) => {
          const series = logSeries(
            [
              [1000, before],
              [1000 * ratio, after],
            ],
            sigma,
            seed,
          );
          if (lastSlowDown(series) === null) return;
          slow++;
          seen += Number(isSuspect(series));
        },
      ),
      { numRuns: 2000, seed: 5 },
    );
    assert.ok(slow > 500, `${slow}`);
    assert.ok(seen / slow > 0.98, `${seen} of ${slow}`);
  });
  it('below two segments there is nothing to see, and what lies behind the end does not count', () => {
    assert.equal(isSuspect(new Float64Array()), false);
    assert.equal(isSuspect(logSeries([[300, 15]], 0.1, 1)), false);
    const values = new Int32Array(40).fill(5 * screenScale);
    values.fill(9 * screenScale, 20);
    assert.equal(screen.isSuspect(values, 20), false);
    assert.equal(screen.isSuspect(values, 40), true);
  });
});
