import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { flakiness, twoState } from '../../src/domain/analytics-params.ts';
import {
  advanceFilter,
  breakageAt,
  filterUnits,
  goodEvidence,
  goodRate,
  newFilter,
  pullBreakageAt,
  weighUnits,
} from '../../src/domain/two-state.ts';
import { type Unit, Units } from '../../src/domain/units.ts';
import { goodOf, unitsOf } from './pictured-units.ts';
import { plainBatch, plainFilter } from './plain-two-state.ts';

const brokenAfter = (picture: string, isWhole = true) =>
  filterUnits(unitsOf(picture, { isWhole })).broken;
const near = (actual: number, expected: number, tolerance: number, what = '') =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what} ${actual}, expected ${expected}`);

const unit = fc.record({
  failing: fc.constantFrom(0, 0, 0, 1, 1.5, 2, 30),
  passing: fc.constantFrom(0, 1, 1, 1, 2, 200),
  gap: fc.integer({ min: 1, max: 40 }),
  breakage: fc.constantFrom(3e-4, 3e-4, 0.05, 0.6),
  keep: fc.constantFrom(1, 0.99, 0.5),
  isPull: fc.constantFrom(false, false, false, true),
});
const history = fc.record({ isWhole: fc.boolean(), list: fc.array(unit, { maxLength: 60 }) });

/** As CI makes them: long calm stretches with breaks and flakes in them, some sparsely tested. */
const calm = fc.record({
  passes: fc.constantFrom(1, 3, 15, 17, 30, 60),
  passing: fc.constantFrom(1, 1, 2),
  gap: fc.constantFrom(1, 1, 1, 4),
});
const longHistory = fc
  .record({
    isWhole: fc.boolean(),
    parts: fc.array(fc.tuple(calm, fc.array(unit, { maxLength: 4 })), { maxLength: 12 }),
  })
  .map(({ isWhole, parts }) => ({
    isWhole,
    list: parts
      .flatMap(([{ passes, ...one }, odd]): Unit[] => [
        ...Array<Unit>(passes).fill({ ...usual, ...one }),
        ...odd,
      ])
      .slice(0, 256),
  }));
const usual = { failing: 0, breakage: twoState.breakage, keep: 0.99, isPull: false };

function unitsFrom({ isWhole, list }: { isWhole: boolean; list: Unit[] }): Units {
  const units = new Units();
  units.clear(isWhole);
  for (const one of list) units.push(one);
  return units;
}

describe('the filter', () => {
  it('becomes surer with each failure and with each pass before it (P28)', () => {
    const printed: Record<number, string[]> = {
      5: ['.12', '.42', '.69', '.82', '.87'],
      20: ['.36', '.926', '.988', '.990'],
      50: ['.58', '.990', '.998'],
      100: ['.73', '.998', '.9993'],
      200: ['.85', '.9996'],
      400: ['.92', '.9999'],
    };
    for (const [passes, values] of Object.entries(printed)) {
      values.forEach((value, i) => {
        const picture = '.'.repeat(Number(passes)) + 'x'.repeat(i + 1);
        const rounding = 0.5 * 10 ** -(value.length - 1);
        near(brokenAfter(picture), Number(value), rounding + 1e-9, picture);
      });
    }
  });

  it('gives these values to four places, because a drift in the formulas must show', () => {
    for (const [passes, values] of [
      [5, [0.1231, 0.4185, 0.6869, 0.8212, 0.8705]],
      [20, [0.3571, 0.9256, 0.9876, 0.9904]],
      [100, [0.7347, 0.998, 0.9993]],
    ] as const) {
      values.forEach((value, i) => {
        near(brokenAfter('.'.repeat(passes) + 'x'.repeat(i + 1)), value, 1e-4);
      });
    }
  });

  it('believes at the third failure that a test which never passed is broken', () => {
    const row = [1, 2, 3].map((n) => brokenAfter('x'.repeat(n)));
    assert.ok(row[0]! < 0.8 && row[2]! >= 0.8, `${row}`);
    assert.ok(brokenAfter('xxx', false) < 0.5, 'not of a history that began earlier');
  });

  it('a pass ends a break, because a broken test hardly ever passes', () => {
    assert.ok(brokenAfter(`${'.'.repeat(100)}xxxx`) > 0.999);
    assert.ok(brokenAfter(`${'.'.repeat(100)}xxxx.`) < 0.1);
    assert.ok(brokenAfter(`${'.'.repeat(100)}xxxx..`) < 0.01);
  });

  it('commits without a test of it make a repair likelier', () => {
    const broken = `${'.'.repeat(20)}xx`;
    const after = (gap: number) => {
      const units = unitsOf(`${broken}${'_'.repeat(gap)}~`);
      return filterUnits(units).broken;
    };
    assert.ok(after(15) < after(0));
    assert.equal(after(19), after(30), 'capped, because nothing is known of so long a time');
  });

  it('many tests failing at one commit make a break likelier than one alone', () => {
    near(breakageAt(1, 0), twoState.breakage, 0);
    near(breakageAt(4, 0.25), 3e-4 * (1 + 10 * 1.75), 1e-12);
    near(breakageAt(1e4, 0), 0.6, 0);
    near(breakageAt(3, 9), twoState.breakage, 0, 'no more than by flaking');
    near(breakageAt(121, 100), twoState.breakage, 0, 'nor more than flaking varies by');
    near(pullBreakageAt(1, 0), 0.002, 0);
    near(pullBreakageAt(3, 0), 0.022, 1e-12);
    near(pullBreakageAt(40, 0), 0.392, 1e-12);
    near(pullBreakageAt(100, 0), 0.8, 0);
    const units = unitsOf(`${'.'.repeat(50)}x`);
    units.breakage[50] = breakageAt(30, 0);
    assert.ok(filterUnits(units).broken > 0.98);
  });

  it('equals its plain definition within 1e-9', () => {
    fc.assert(
      fc.property(fc.oneof(history, longHistory), (one) => {
        const units = unitsFrom(one);
        const [quick, plain] = [filterUnits(units), plainFilter(units, units.count)];
        near(quick.broken, plain.broken, 1e-9);
        near(quick.failing, plain.evidence.failing, 1e-9);
        near(quick.passing, plain.evidence.passing, 1e-9);
      }),
      { numRuns: 300 },
    );
  });

  it('unit by unit is what it is at once, so that the store may keep its state (bit for bit)', () => {
    fc.assert(
      fc.property(history, (one) => {
        const units = unitsFrom(one);
        const state = newFilter(one.isWhole);
        for (let i = 0; i < units.count; i++) {
          advanceFilter(state, units, i);
          assert.deepEqual(state, filterUnits(units, i + 1));
          assert.ok(state.broken >= 0 && state.broken <= 1);
        }
      }),
    );
  });
});

describe('the batch', () => {
  it('yields probabilities and finite evidence from anything, twice the same to the bit', () => {
    fc.assert(
      fc.property(history, (one) => {
        const units = unitsFrom(one);
        const [good, again] = [goodOf(units), goodOf(units)];
        const evidence = goodEvidence(units, good);
        goodEvidence(unitsOf('..xx..x~oop_x'), goodOf(units));
        assert.deepEqual(goodEvidence(units, again), evidence);
        assert.deepEqual(again, good);
        assert.ok(good.every((p) => p >= 0 && p <= 1));
        assert.ok(evidence.failing >= 0 && Number.isFinite(evidence.failing + evidence.passing));
        const rate = goodRate(evidence);
        assert.ok(rate >= flakiness.minRate && rate <= flakiness.maxRate);
      }),
    );
  });

  it('equals its plain definition within 1e-9, folded stretches and all', () => {
    fc.assert(
      fc.property(fc.oneof(history, longHistory), (one) => {
        const units = unitsFrom(one);
        const good = goodOf(units);
        const quick = goodEvidence(units, good);
        const plain = plainBatch(units, units.count);
        near(quick.failing, plain.evidence.failing, 1e-9);
        near(quick.passing, plain.evidence.passing, 1e-9);
        for (const [i, p] of plain.good.entries()) near(good[i]!, p, 1e-9, `unit ${i}`);
      }),
      { numRuns: 300 },
    );
  });

  it('folds stretches of a test that fails nearly always too, though it comes to rest slowly', () => {
    const wild = `${'x'.repeat(30)}.`;
    const units = unitsOf(`${wild.repeat(4)}${'x'.repeat(50)}${'.'.repeat(19)}${wild}`);
    const good = goodOf(units);
    assert.ok(goodRate(goodEvidence(units, good)) > 0.85);
    const plain = plainBatch(units, units.count);
    for (const [i, p] of plain.good.entries()) near(good[i]!, p, 1e-9, `unit ${i}`);
  });

  it('stays exact where a hundred surprises make the paths themselves improbable', () => {
    const list = Array.from({ length: 250 }, (_, i): Unit => {
      const [failing, passing] = i % 2 === 0 ? [30, 0] : [0, 20];
      return { failing, passing, gap: 1, breakage: 3e-4, keep: 1, isPull: false };
    });
    const units = unitsFrom({ isWhole: false, list });
    const good = goodOf(units);
    goodEvidence(units, good);
    const plain = plainBatch(units, units.count);
    for (const [i, p] of plain.good.entries()) near(good[i]!, p, 1e-9, `unit ${i}`);
  });

  it('up to the last failure is what it was then, with the rest of the history already there', () => {
    fc.assert(
      fc.property(longHistory, (one) => {
        const units = unitsFrom(one);
        let since = 0;
        for (let i = 0; i < units.count; i++) if (units.failing[i]! > 0) since = i + 1;
        if (since === 0) return;
        const good = goodOf(units);
        const { head, evidence, atFailure } = weighUnits(units, good, since);
        assert.deepEqual(head, filterUnits(units));
        assert.equal(atFailure === null, since === units.count);
        for (const [count, found] of [
          [units.count, evidence],
          [since, atFailure ?? evidence],
        ] as const) {
          const plain = plainBatch(units, count).evidence;
          near(found.failing, plain.failing, 1e-9);
          near(found.passing, plain.passing, 1e-9);
        }
      }),
    );
  });

  it('is the exact posterior of the chain, as summing over all paths tells', () => {
    const short = fc.record({
      isWhole: fc.boolean(),
      list: fc.array(unit, { minLength: 1, maxLength: 8 }),
    });
    fc.assert(
      fc.property(short, (one) => {
        // A logit beyond 40 is cut, which no sum over paths knows: attempts stay few here.
        const list = one.list.map((u) => ({
          ...u,
          failing: Math.min(2, u.failing),
          passing: Math.min(2, u.passing),
          isPull: false,
        }));
        const units = unitsFrom({ isWhole: one.isWhole, list });
        if (units.isClean()) return;
        const good = goodOf(units);
        goodEvidence(units, good);
        const expected = byPaths(units);
        for (let i = 0; i < units.count; i++) near(good[i]!, expected[i]!, 1e-9, `unit ${i}`);
      }),
      { numRuns: 60 },
    );
  });

  it('what only ever passed is good by definition', () => {
    const units = unitsOf('.'.repeat(40));
    const good = goodOf(units);
    assert.deepEqual(goodEvidence(units, good), { failing: 0, passing: 40 });
    assert.ok(good.every((p) => p === 1));
  });

  it('takes a lasting break out of the evidence and leaves a flake in', () => {
    const clean = '.'.repeat(60);
    const evidenceOf = (picture: string) => {
      const units = unitsOf(picture);
      return goodEvidence(units, goodOf(units));
    };
    assert.ok(evidenceOf(`${clean}xxxxx${clean}`).failing < 0.1);
    assert.ok(evidenceOf(`${clean}~${clean}~${clean}`).failing > 1.99);
  });

  it('older evidence weighs less, by half in thirty days', () => {
    const units = unitsOf('..........', { keep: 0.5 });
    const { passing } = goodEvidence(units, goodOf(units));
    near(passing, 2 - 2 ** -9, 1e-12);
  });

  it('a pull request that breaks forty tests teaches nothing of flakiness', () => {
    const clean = '.'.repeat(60);
    const failing = (picture: string, breakage: number) => {
      const units = unitsOf(picture);
      for (let i = 0; i < units.count; i++) if (units.isPull[i] === 1) units.breakage[i] = breakage;
      return goodEvidence(units, goodOf(units)).failing;
    };
    const own = `${clean}o${clean}`;
    assert.ok(failing(own, pullBreakageAt(40, 0)) < 0.01);
    assert.ok(failing(own, pullBreakageAt(1, 0)) > failing(own, pullBreakageAt(40, 0)));
  });

  it('both ways at one commit of a pull request is a flake, unless the change broke many tests', () => {
    const clean = '.'.repeat(60);
    const failing = (brokenTests: number) => {
      const units = unitsOf(`${clean}o${clean}`);
      units.passing[60] = 1;
      units.breakage[60] = pullBreakageAt(brokenTests, 0);
      return goodEvidence(units, goodOf(units)).failing;
    };
    // One failure in 121 attempts: odds of a break 0.002 × 0.98 × 0.02 / 0.0083.
    near(failing(1), 1 / (1 + 0.002 * ((0.98 * 0.02) / 0.0083)), 1e-3);
    assert.ok(failing(40) < 0.5, 'a broken test that passed once by luck');
  });

  it('a pull request on broken code inherits the break, and teaches nothing either', () => {
    const clean = '.'.repeat(60);
    const after = (picture: string) => {
      const units = unitsOf(picture);
      return goodEvidence(units, goodOf(units)).failing;
    };
    assert.ok(after(`${clean}xxoxoxoxx${clean}`) < 0.1);
    assert.ok(after(`${clean}o.o.o${clean}`) > 2.5, 'while these are of the test');
    const head = filterUnits(unitsOf(`${clean}xxoxo`));
    assert.ok(head.failing < 0.6, `the filter knows as much: ${head.failing}`);
  });

  it('a pull request never moves the state of the default branch', () => {
    const state = filterUnits(unitsOf(`${'.'.repeat(30)}oooo`));
    assert.ok(state.broken < 0.01, `${state.broken}`);
  });

  it('holds 256 units and refuses more, because the oldest must be dropped by its owner', () => {
    const units = new Units();
    const one = { failing: 0, passing: 1, gap: 1, breakage: 3e-4, keep: 1, isPull: false };
    for (let i = 0; i < 256; i++) units.push(one);
    assert.throws(() => units.push(one), RangeError);
  });
});

/** P(good) of each unit by the sum over all 2^n paths of states, 4 rounds as the batch makes. */
function byPaths(units: Units): number[] {
  const n = units.count;
  let evidence: { failing: number; passing: number } = filterUnits(units);
  let good: number[] = [];
  for (let round = 0; round < twoState.iterations; round++) {
    const rate = goodRate(evidence);
    const [broken, all] = [Array<number>(n).fill(0), Array<number>(1).fill(0)];
    for (let path = 0; path < 2 ** n; path++) {
      const p = pathWeight(units, path, rate);
      all[0]! += p;
      for (let i = 0; i < n; i++) if (((path >> i) & 1) === 1) broken[i]! += p;
    }
    good = broken.map((p) => 1 - p / all[0]!);
    evidence = { failing: 0, passing: 0 };
    good.forEach((p, i) => {
      evidence.failing = evidence.failing * units.keep[i]! + p * units.failing[i]!;
      evidence.passing = evidence.passing * units.keep[i]! + p * units.passing[i]!;
    });
  }
  return good;
}

function pathWeight(units: Units, path: number, rate: number): number {
  const start = newFilter(units.isWhole).broken;
  const isBroken = (i: number) => ((path >> i) & 1) === 1;
  let weight = 1;
  for (let i = 0; i < units.count; i++) {
    const gap = Math.min(20, units.gap[i]!);
    const moves = !(units.isWhole && i < 3);
    const [repair, breakage] = moves
      ? [1 - 0.8 ** gap, 1 - (1 - units.breakage[i]!) ** gap]
      : [0, 0];
    const fromBroken = isBroken(i) ? 1 - repair : repair;
    const fromGood = isBroken(i) ? breakage : 1 - breakage;
    if (i === 0) weight *= start * fromBroken + (1 - start) * fromGood;
    else weight *= isBroken(i - 1) ? fromBroken : fromGood;
    const p = isBroken(i) ? 0.98 : rate;
    // Scaled by the good state, since 200 passing attempts of a broken test underflow.
    weight *= (p / rate) ** units.failing[i]! * ((1 - p) / (1 - rate)) ** units.passing[i]!;
  }
  return weight;
}
