import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  flakyProbability,
  flakyShareOf,
  isRecovered,
  judgedBy,
  judgeVariant,
  rateInterval,
  weighVariant,
} from '../../src/domain/flakiness.ts';
import { flakyPicture, generator, goodOf, unitsOf } from './pictured-units.ts';

const judge = (picture: string) => {
  const units = unitsOf(picture);
  return judgeVariant(units, goodOf(units));
};
const dots = (n: number) => '.'.repeat(n);
const near = (actual: number, expected: number, tolerance: number, what = '') =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what} ${actual}, expected ${expected}`);

/** Any history with failures, breaks and flakes in it, as long as one that is kept. */
const picture = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: 1, max: 40 }).map(dots) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 12 }).map((n) => 'x'.repeat(n)) },
      { weight: 1, arbitrary: fc.constantFrom('~', '~~', 'x.x', '~.x') },
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => parts.join('').slice(0, 250));

describe('flakiness', () => {
  it('one break of many commits is no flake, one single red is truly ambiguous (P22)', () => {
    near(judge(`${dots(100)}x${dots(100)}`).flaky, 0.382, 5e-4);
    for (let length = 2; length <= 40; length++) {
      const { flaky } = judge(dots(100) + 'x'.repeat(length) + dots(100));
      near(flaky, 0.009, 5e-4, `${length} commits`);
    }
  });

  it('independent failures are found out at any rate, and the rate with them (P23)', () => {
    const measured = { 0.05: 0.051, 0.1: 0.1, 0.2: 0.198, 0.3: 0.296, 0.5: 0.499 };
    for (const [rate, mean] of Object.entries(measured)) {
      let sum = 0;
      for (let seed = 1; seed <= 200; seed++) {
        const judged = judge(flakyPicture(generator(seed * 7919), 200, Number(rate)));
        assert.ok(judged.flaky > 0.99, `seed ${seed} at ${rate}: ${judged.flaky}`);
        const { low, high } = rateInterval(judged.evidence);
        assert.ok(low < judged.rate && judged.rate < high);
        sum += judged.rate;
      }
      near(sum / 200, mean, 0.01, `at ${rate}`);
    }
  });

  it('a failure and a pass on one commit after a pass never make a test less flaky (P18)', () => {
    fc.assert(
      fc.property(picture, (before) => {
        const passing = `${before}.`;
        // Where P(flaky) is all but 1 the break before may take up more of the failures: < 1e-6.
        assert.ok(judge(`${passing}~`).flaky >= judge(passing).flaky - 1e-6);
      }),
      { numRuns: 300 },
    );
  });

  it('a pass after two passes hardly raises the rate (P19); after one it may, being a quick recovery', () => {
    fc.assert(
      fc.property(picture, (before) => {
        const passing = `${before}..`;
        assert.ok(judge(`${passing}.`).rate <= judge(passing).rate * 1.001);
      }),
      { numRuns: 300 },
    );
    const [once, twice] = [judge(`${dots(28)}xxxxx~.`), judge(`${dots(28)}xxxxx~..`)];
    assert.ok(twice.rate > once.rate, 'the flake that ended the break gains weight');
  });

  it('a test that never failed has a rate below the prior, falling with every pass (P20)', () => {
    let last = 0.036 * (0.3 / 2.3);
    for (let n = 1; n <= 256; n++) {
      const { rate, health } = judge(dots(n));
      assert.ok(rate > 0 && rate < last, `${n} passes`);
      assert.equal(health, n < 3 ? 'new' : 'stable');
      last = rate;
    }
  });

  it('what never passed is always failing, and not flaky (P21)', () => {
    for (const red of ['x', 'xxxx', 'x'.repeat(256)]) {
      const { flaky, rate, health } = judge(red);
      assert.deepEqual({ flaky, rate, health }, { flaky: 0, rate: 0, health: 'always-failing' });
    }
    assert.equal(flakyProbability({ failing: 40, passing: 0 }, 0.036), 0);
  });

  it('names the health of a test as a person would', () => {
    for (const [history, health] of [
      [dots(50), 'stable'],
      ['..', 'new'],
      [`${dots(50)}xxx`, 'broken'],
      [`${dots(50)}xxx${dots(5)}`, 'stable'],
      [`${dots(20)}~${dots(20)}~${dots(5)}`, 'flaky'],
      [`${dots(10)}~${dots(10)}`, 'flaky'],
      [`${dots(60)}x${dots(30)}`, 'suspect'],
      [`${dots(6)}~.x.~..x.~${dots(30)}`, 'recovered'],
      ['', 'new'],
    ] as const) {
      assert.equal(judge(history).health, health, history);
    }
  });

  it('asks as many passes of a recovery as the rate needs: 299 at 1 %, 9 at 30 %', () => {
    assert.deepEqual([isRecovered(0.01, 298), isRecovered(0.01, 299)], [false, true]);
    assert.deepEqual([isRecovered(0.3, 8), isRecovered(0.3, 9)], [false, true]);
  });

  it('the same units are judged the same, whatever was judged between', () => {
    fc.assert(
      fc.property(picture, picture, (one, other) => {
        const first = judge(one);
        judge(other);
        assert.deepEqual(judge(one), first);
      }),
      { numRuns: 50 },
    );
  });

  it('weighed once, a test can be judged for any share of flaky tests', () => {
    fc.assert(
      fc.property(picture, fc.double({ min: 0.005, max: 0.3, noNaN: true }), (one, share) => {
        const units = unitsOf(one);
        const weighed = weighVariant(units, goodOf(units));
        assert.deepEqual(judgedBy(weighed, share), judgeVariant(units, goodOf(units), share));
      }),
      { numRuns: 50 },
    );
    const rare = `${dots(90)}x${dots(30)}`;
    const units = unitsOf(rare);
    const weighed = weighVariant(units, goodOf(units));
    assert.ok(judgedBy(weighed, 0.3).flaky > judgedBy(weighed, 0.005).flaky);
  });

  it('learns the share of flaky tests within bounds', () => {
    assert.equal(flakyShareOf([]), 0.036);
    assert.equal(flakyShareOf([0, 0, 0]), 0.005);
    assert.equal(flakyShareOf([1, 1, 0]), 0.3);
    near(flakyShareOf([0.1, 0, 0.2, 0.1]), 0.1, 1e-12);
  });
});
