import { flakiness, twoState } from './analytics-params.ts';
import type { Units } from './units.ts';

/**
 * A test is in one of two states: good, where an attempt fails at the test's own flake rate, and
 * broken, where it fails almost always. A hidden Markov chain over the units of the default branch
 * tells the two apart; failures in the good state are what the flake rate is estimated from.
 *
 * Two passes over the units, both functions of the units alone:
 *   the filter   judges each unit by what came before it, and raises alerts;
 *   the batch    judges each unit by all others too (forward-backward, 4 rounds), and yields rates.
 * In units without any failure P(broken) is 0 by definition, so that nothing need be computed.
 */

/** Attempts made in the good state: expected failing and passing ones, older ones counting less. */
export type GoodEvidence = { failing: number; passing: number };

/** The filter after some unit. */
export type FilterState = GoodEvidence & {
  /** P(broken) in [0, 1] */
  broken: number;
  /** units of the default branch seen */
  seen: number;
};

const { prior, flakyShare } = flakiness;

/** Failure rate of an attempt in the good state, before asking whether the test is flaky at all. */
export function goodRate({ failing, passing }: GoodEvidence): number {
  const { failing: a, passing: b } = prior;
  const rate = (a * flakyShare + failing) / ((a + b) * flakyShare + failing + passing);
  return Math.min(flakiness.maxRate, Math.max(flakiness.minRate, rate));
}

/**
 * P(break) per commit at one where `failing` tests went from passing to all-failing while `expected`
 * would have by flaking: many at once are seldom an accident. `commit-start.ts` counts both, of tests
 * that failed before within their units; others add nothing to `expected`, so that tests that always
 * pass do not change what is said of those that fail.
 */
export const breakageAt = (failing: number, expected: number): number =>
  Math.min(
    twoState.maxBreakage,
    twoState.breakage * (1 + twoState.coFailureGain * Math.max(0, failing - 1 - expected)),
  );

/** The same for the commit of a pull request, by all tests that only failed there. */
export function pullBreakageAt(failing: number, expected: number): number {
  const { breakage, coFailureGain, maxBreakage } = twoState.pull;
  const excess = Math.max(0, failing - 1 - expected);
  return Math.min(maxBreakage, breakage * (1 + coFailureGain * excess));
}

export const newFilter = (isWhole: boolean): FilterState => ({
  broken: isWhole
    ? twoState.newTest.broken
    : twoState.breakage / (twoState.breakage + twoState.repair),
  failing: 0,
  passing: 0,
  seen: 0,
});

/** The filter after the first `count` units. At most 256 steps. */
export function filterUnits(units: Units, count = units.count): FilterState {
  const state = newFilter(units.isWhole);
  for (let i = 0; i < count; i++) advanceFilter(state, units, i);
  return state;
}

/** Takes in unit `i`, the next one. O(1), no allocation. */
export function advanceFilter(state: FilterState, units: Units, i: number): void {
  const failing = units.failing[i]!;
  const passing = units.passing[i]!;
  const rate = goodRate(state);
  let good: number;
  if (units.isPull[i] === 1) good = goodPull(units, i, rate);
  else {
    const moves = !isHeld(units, state.seen++);
    const repair = moves ? perGap(twoState.repair, units.gap[i]!) : 0;
    const breakage = moves ? perGap(units.breakage[i]!, units.gap[i]!) : 0;
    const before = state.broken * (1 - repair) + (1 - state.broken) * breakage;
    const odds = oddsAfter(
      before,
      power(brokenRatio(rate), failing) * power(goodRatio(rate), passing),
    );
    state.broken = odds / (1 + odds);
    good = 1 / (1 + odds);
  }
  state.failing = state.failing * units.keep[i]! + good * failing;
  state.passing = state.passing * units.keep[i]! + good * passing;
}

/** The first units of a test nobody has seen before: its prior stands, nothing moves. */
const isHeld = (units: Units, seen: number): boolean =>
  units.isWhole && seen < twoState.newTest.units;

/** Chance that what happens at a commit with probability `p` happened within `gap` of them. */
const perGap = (p: number, gap: number): number =>
  gap <= 1 ? p : 1 - (1 - p) ** Math.min(gap, twoState.maxGap);

const brokenRatio = (rate: number): number => twoState.brokenFailure / rate;
const goodRatio = (rate: number): number => (1 - twoState.brokenFailure) / (1 - rate);

/** base^exponent for exponents that are nearly always 0 or 1 */
const power = (base: number, exponent: number): number =>
  exponent === 0 ? 1 : exponent === 1 ? base : base ** exponent;

const mostOdds = Math.exp(twoState.maxLogit);
const bounded = (odds: number): number => Math.min(mostOdds, Math.max(1 / mostOdds, odds));
const oddsAfter = (before: number, ratio: number): number =>
  bounded(bounded(before / (1 - before)) * ratio);

/**
 * P(the failures of a pull request's unit say something of the test, and not of its change). A pass
 * among them speaks for the test as much as it would on the default branch, and no more: a test that
 * the change broke may pass once by luck.
 */
function goodPull(units: Units, i: number, rate: number): number {
  const failing = units.failing[i]!;
  if (failing === 0) return 1;
  const breakage = units.breakage[i]!;
  const ratio = power(brokenRatio(rate), failing) * power(goodRatio(rate), units.passing[i]!);
  return 1 / (1 + (breakage / (1 - breakage)) * ratio);
}

/** Work space of the batch; one for all calls, since nothing of it outlives a call. */
type Work = { repair: Float64Array; breakage: Float64Array; before: Float64Array };
let work: Work = {
  repair: new Float64Array(),
  breakage: new Float64Array(),
  before: new Float64Array(),
};

function workFor({ capacity }: Units): Work {
  if (work.repair.length < capacity) {
    const column = () => new Float64Array(capacity);
    work = { repair: column(), breakage: column(), before: column() };
  }
  return work;
}

/**
 * The batch over the first `count` units: the evidence of the good state, and P(good) of each unit
 * into `good`. Starts at the rate that the filter found and repeats "rate, states, evidence" 4 times.
 * Some 256 × 8 steps at most; O(1) per unit without a failure.
 */
export function goodEvidence(units: Units, good: Float64Array, count = units.count): GoodEvidence {
  if (units.isClean(count)) {
    good.fill(1, 0, count);
    return weighed(units, good, count);
  }
  const space = workFor(units);
  transitions(units, count, space);
  let found: GoodEvidence = filterUnits(units, count);
  for (let round = 0; round < twoState.iterations; round++) {
    const rate = goodRate(found);
    forward(units, count, space, rate, good);
    backward(count, space, good);
    for (let i = 0; i < count; i++) {
      good[i] = units.isPull[i] === 1 ? goodPull(units, i, rate) : 1 - good[i]!;
    }
    found = weighed(units, good, count);
  }
  return found;
}

/** What may happen before each unit; 0 where nothing moves. */
function transitions(units: Units, count: number, { repair, breakage }: Work): void {
  let seen = 0;
  for (let i = 0; i < count; i++) {
    const stays = units.isPull[i] === 1 || isHeld(units, seen++);
    repair[i] = stays ? 0 : perGap(twoState.repair, units.gap[i]!);
    breakage[i] = stays ? 0 : perGap(units.breakage[i]!, units.gap[i]!);
  }
}

/** P(broken) of each unit by itself and those before it, into `broken`. */
function forward(
  units: Units,
  count: number,
  space: Work,
  rate: number,
  broken: Float64Array,
): void {
  const ifFailing = brokenRatio(rate);
  const ifPassing = goodRatio(rate);
  let b = newFilter(units.isWhole).broken;
  for (let i = 0; i < count; i++) {
    const before = b * (1 - space.repair[i]!) + (1 - b) * space.breakage[i]!;
    space.before[i] = before;
    if (units.isPull[i] === 0) {
      const ratio = power(ifFailing, units.failing[i]!) * power(ifPassing, units.passing[i]!);
      const odds = oddsAfter(before, ratio);
      b = odds / (1 + odds);
    }
    broken[i] = b;
  }
}

/** P(broken) of each unit by all units, in place (Rauch, Tung, Striebel for two states). */
function backward(count: number, space: Work, broken: Float64Array): void {
  for (let i = count - 2; i >= 0; i--) {
    const repair = space.repair[i + 1]!;
    const next = broken[i + 1]!;
    if (repair === 0) {
      broken[i] = next;
      continue;
    }
    const before = space.before[i + 1]!;
    const stayed = ((1 - repair) * next) / before;
    const repaired = (repair * (1 - next)) / (1 - before);
    broken[i] = Math.min(1, broken[i]! * (stayed + repaired));
  }
}

/** Decayed to the time of the last unit. */
function weighed(units: Units, good: Float64Array, count: number): GoodEvidence {
  let failing = 0;
  let passing = 0;
  for (let i = 0; i < count; i++) {
    failing = failing * units.keep[i]! + good[i]! * units.failing[i]!;
    passing = passing * units.keep[i]! + good[i]! * units.passing[i]!;
  }
  return { failing, passing };
}
