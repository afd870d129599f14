import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { flakeTrendOf, windowsOf } from '../../src/domain/flake-trend.ts';
import { goodEvidence } from '../../src/domain/two-state.ts';
import { goodOf, unitsOf } from './pictured-units.ts';

const of = (failing: number, passing: number) => ({ failing, passing });
const trend = (recent: [number, number], earlier: [number, number]) =>
  flakeTrendOf({ recent: of(...recent), earlier: of(...earlier) });

describe('the trend of a flake', () => {
  it('is up or down when the rate surely moved by half, else steady', () => {
    assert.equal(trend([20, 80], [5, 395]), 'up');
    assert.equal(trend([2, 198], [60, 340]), 'down');
    assert.equal(trend([10, 90], [40, 360]), 'steady');
    assert.equal(trend([1, 5], [2, 40]), 'steady', 'too few to tell');
    assert.equal(trend([110, 890], [400, 3600]), 'steady', 'sure, and too small to matter');
    assert.equal(trend([0, 0], [0, 0]), 'steady');
  });

  it('up one way is down the other', () => {
    const window = fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 300 }));
    fc.assert(
      fc.property(window, window, (one, other) => {
        assert.equal(trend(one, other) === 'up', trend(other, one) === 'down');
      }),
      { numRuns: 50 },
    );
  });

  it('looks at seven days against the 28 before, and no further', () => {
    // just over one unit a day: the newest, seven days back to it, 28 more, and five that are too old
    const units = unitsOf(`${'.'.repeat(5)}${'.'.repeat(28)}${'.~'.repeat(4)}`, {
      keep: 2 ** (-0.99 / 30),
    });
    const good = goodOf(units);
    goodEvidence(units, good);
    const { recent, earlier } = windowsOf(units, good);
    assert.ok(recent.failing > 3 && recent.failing < 4, `${recent.failing}`);
    assert.ok(earlier.failing < 0.01, `${earlier.failing}`);
    const days = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, i) => 2 ** ((-0.99 * (from + i)) / 30)).reduce(
        (a, b) => a + b,
      );
    assert.ok(Math.abs(recent.passing - days(0, 7)) < 0.01);
    assert.ok(Math.abs(earlier.passing - days(8, 35)) < 0.01);
  });
});
