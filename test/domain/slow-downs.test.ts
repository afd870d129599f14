import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lastSlowDown, slowDowns, wholeRunSlowDown } from '../../src/domain/slow-downs.ts';
import { logSeries } from './duration-noise.ts';

const ratioOf = (values: Float64Array): number | undefined => lastSlowDown(values)?.ratio;

describe('slow-downs', () => {
  it('a test that takes half as long again is told with ratio and time, because both can be checked', () => {
    const found = lastSlowDown(
      logSeries(
        [
          [400, 60],
          [600, 30],
        ],
        0.05,
        3,
      ),
    );
    assert.ok(found !== null);
    assert.ok(Math.abs(found.ratio - 1.5) < 0.05);
    assert.ok(Math.abs(found.addedMs - 200) < 25);
    assert.ok(Math.abs(found.index - 60) <= 1);
  });
  it('a test that became faster is no slow-down, even after it was slow', () => {
    assert.equal(
      lastSlowDown(
        logSeries(
          [
            [400, 60],
            [200, 30],
          ],
          0.05,
          3,
        ),
      ),
      null,
    );
    assert.equal(
      lastSlowDown(
        logSeries(
          [
            [200, 60],
            [400, 60],
            [200, 30],
          ],
          0.05,
          3,
        ),
      ),
      null,
    );
  });
  it('7 % more or 30 ms more are kept quiet, because both limits bind', () => {
    assert.equal(
      ratioOf(
        logSeries(
          [
            [4000, 60],
            [4280, 60],
          ],
          0.01,
          5,
        ),
      ),
      undefined,
    );
    assert.equal(
      ratioOf(
        logSeries(
          [
            [50, 60],
            [80, 60],
          ],
          0.05,
          5,
        ),
      ),
      undefined,
    );
    assert.ok(
      ratioOf(
        logSeries(
          [
            [500, 60],
            [575, 60],
          ],
          0.02,
          5,
        ),
      ),
    );
  });
  it('tests below 20 ms are not judged, because their durations are the grain of a clock', () => {
    assert.equal(
      ratioOf(
        logSeries(
          [
            [15, 60],
            [90, 30],
          ],
          0.05,
          5,
        ),
      ),
      undefined,
    );
    assert.equal(lastSlowDown(new Float64Array()), null);
  });
  it('a finding must be surer where more tests were looked at, because each could be the false one', () => {
    const suspects = [
      {
        test: 7,
        values: logSeries(
          [
            [400, 30],
            [900, 8],
          ],
          0.05,
          2,
        ),
      },
    ];
    assert.deepEqual(
      slowDowns(suspects, 10).map(({ test }) => test),
      [7],
    );
    assert.deepEqual(slowDowns(suspects, 10_000), []);
    assert.deepEqual(slowDowns([], 0), []);
  });
  it('the effects of runs show that all became slower, so that it is told once', () => {
    const effects = logSeries(
      [
        [1, 40],
        [1.3, 20],
      ],
      0.05,
      9,
    );
    assert.ok(Math.abs(wholeRunSlowDown(effects)!.index - 40) <= 1);
    assert.equal(wholeRunSlowDown(effects.subarray(0, 40)), null);
    assert.equal(wholeRunSlowDown(effects.map((effect) => -effect)), null);
  });
});
