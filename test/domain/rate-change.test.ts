import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { lnBeta } from '../../src/domain/beta.ts';
import { rateInterval } from '../../src/domain/flakiness.ts';
import {
  flakinessIncrease,
  passRateDrop,
  type RateChange,
  rateChangeOf,
} from '../../src/domain/rate-change.ts';
import { type GoodEvidence, goodEvidence } from '../../src/domain/two-state.ts';
import { flakyPicture, generator, goodOf, unitsOf } from './pictured-units.ts';

const reds = (picture: string) => [...picture].map((c) => (c === 'x' ? 1 : 0));
const drop = (picture: string) => passRateDrop(reds(picture));
const dots = (n: number) => '.'.repeat(n);

function flakier(picture: string) {
  const units = unitsOf(picture);
  const good = goodOf(units);
  goodEvidence(units, good);
  return flakinessIncrease(units, good);
}

/** What `flakinessIncrease` promises, asked of the change itself. */
function isIncrease({ lnBayesFactor, before, after }: RateChange): boolean {
  const mean = ({ failing, passing }: GoodEvidence) =>
    (0.3 + 0.7 * failing) / (2.3 + 0.7 * (failing + passing));
  if (lnBayesFactor < Math.log(1e3) || mean(after) < 2 * mean(before)) return false;
  return rateInterval(after).low > rateInterval(before).high;
}

describe('a change of rate', () => {
  it('is weighed as the definition says, place by place', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 1 }), { minLength: 2, maxLength: 20 }), (series) => {
        const passes = series.map((x) => 1 - x);
        const change = rateChangeOf(series, passes, { failing: 0.5, passing: 2 })!;
        const marginal = (part: number[]) => {
          const failing = part.reduce((a, b) => a + b, 0);
          return Math.exp(lnBeta(0.5 + failing, 2 + part.length - failing) - lnBeta(0.5, 2));
        };
        const places = series.slice(1).map((_, i) => {
          return marginal(series.slice(0, i + 1)) * marginal(series.slice(i + 1));
        });
        const mean = places.reduce((a, b) => a + b) / places.length;
        const expected = Math.log(mean / marginal(series));
        assert.ok(Math.abs(change.lnBayesFactor - expected) < 1e-9);
        assert.ok(places[change.at - 1]! >= Math.max(...places) * (1 - 1e-9));
        assert.ok(change.range.from <= change.at && change.at <= change.range.to);
      }),
    );
  });

  it('says nothing of fewer than two trials', () => {
    assert.equal(rateChangeOf([], [], { failing: 1, passing: 1 }), null);
    assert.equal(rateChangeOf([1], [0], { failing: 1, passing: 1 }), null);
  });

  it('untested places between the last good and the first bad are equally likely (P36)', () => {
    const failing = [...Array(20).fill(0), 0, 0, 0, ...Array(60).fill(1)];
    const passing = [...Array(20).fill(1), 0, 0, 0, ...Array(60).fill(0)];
    const { range } = rateChangeOf(failing, passing, { failing: 0.5, passing: 2 })!;
    assert.deepEqual(range, { from: 20, to: 23 });
  });
});

describe('a drop of the pass rate', () => {
  it('is found where it began', () => {
    const found = drop(`${dots(40)}${'x.xx'.repeat(5)}`)!;
    assert.equal(found.at, 40);
    assert.ok(found.lnBayesFactor > Math.log(1e3));
  });

  it('a rise of the pass rate is none, one bad commit is none, and no commits are none', () => {
    assert.equal(drop(`${'x'.repeat(30)}${dots(30)}`), null);
    assert.equal(drop(`${dots(40)}x${dots(10)}`), null);
    assert.equal(drop(''), null);
  });

  it('a sure rise below ten points is none, because nobody would act on it', () => {
    const rare = [...Array(400).fill(0), ...Array.from({ length: 400 }, (_, i) => +(i % 12 === 0))];
    assert.ok(
      rateChangeOf(
        rare,
        rare.map((x) => 1 - x),
        { failing: 0.5, passing: 2 },
      )!.lnBayesFactor > 7,
    );
    assert.equal(passRateDrop(rare), null);
  });

  it('all green never drops (P27), and steady flaking hardly ever does', () => {
    for (let n = 0; n < 300; n += 7) assert.equal(drop(dots(n)), null);
    let alarms = 0;
    for (let seed = 0; seed < 200; seed++) {
      if (drop(flakyPicture(generator(seed), 150, 0.1)) !== null) alarms++;
    }
    assert.ok(alarms <= 2, `${alarms} of 200`);
  });
});

describe('an increase of flakiness', () => {
  it('is told from a steady flake', () => {
    const calm = `${dots(39)}~`.repeat(3);
    const wild = '..~'.repeat(20);
    const found = flakier(calm + wild)!;
    assert.ok(Math.abs(found.at - calm.length) <= 3, `${found.at}`);
    assert.equal(flakier('..~'.repeat(60)), null);
    assert.equal(flakier(wild + calm), null, 'less flaky is no increase');
  });

  it('is looked for only where it can be, and misses nothing by that', () => {
    const rates = fc.constantFrom(0.01, 0.05, 0.2, 0.5);
    const lengths = fc.constantFrom(3, 20, 60, 120);
    fc.assert(
      fc.property(rates, rates, lengths, lengths, fc.nat(), (from, to, before, after, seed) => {
        const next = generator(seed);
        const picture = flakyPicture(next, before, from) + flakyPicture(next, after, to);
        const units = unitsOf(picture);
        const good = goodOf(units);
        goodEvidence(units, good);
        const trials = (column: Float64Array) => good.map((p, i) => p * column[i]!);
        const change = rateChangeOf(trials(units.failing), trials(units.passing), {
          failing: 0.3,
          passing: 2,
        })!;
        const found = flakinessIncrease(units, good);
        if (found !== null) assert.deepEqual(found, change);
        else assert.ok(!isIncrease(change));
      }),
      { numRuns: 400 },
    );
  });

  it('a break is no increase, because its failures are not of the good state', () => {
    assert.equal(flakier(`${dots(100)}${'x'.repeat(30)}`), null);
    assert.equal(flakier(dots(200)), null, 'nor is anything that only passed (P27)');
  });
});
