import { flakiness, twoState } from './analytics-params.ts';

/** What the hidden chain good ⇄ broken says of one unit; `two-state.ts` tells what it is for. */

/** Attempts made in the good state: expected failing and passing ones, older ones counting less. */
export type GoodEvidence = { failing: number; passing: number };

const { breakage: usualBreakage, repair, brokenFailure, newTest, maxGap } = twoState;
const { prior, flakyShare, minRate, maxRate } = flakiness;

/** Attempts that any test is taken to have made before its first unit. */
export const priorFailing = prior.failing * flakyShare;
export const priorPassing = prior.passing * flakyShare;

/** Failure rate of an attempt in the good state, before asking whether the test is flaky at all. */
export function goodRate({ failing, passing }: GoodEvidence): number {
  const rate = (priorFailing + failing) / (priorFailing + priorPassing + failing + passing);
  return Math.min(maxRate, Math.max(minRate, rate));
}

/** Chance that what happens at a commit with probability `p` did not within `gap` of them. */
const without = (p: number, gap: number): number =>
  gap <= 1 ? 1 - p : (1 - p) ** Math.min(gap, maxGap);

const tableOf = (p: number) =>
  Float64Array.from({ length: maxGap + 1 }, (_, gap) => without(p, gap));
const unrepaired = tableOf(repair);
const usuallyIntact = tableOf(usualBreakage);

/** P(a broken test stays so) over `gap` commits, a whole number. */
export const unrepairedOver = (gap: number): number => unrepaired[Math.min(gap, maxGap)]!;

/** P(a good test stays so) over `gap` commits, a whole number, each of which breaks it with `p`. */
export const intactOver = (p: number, gap: number): number =>
  p === usualBreakage ? usuallyIntact[Math.min(gap, maxGap)]! : without(p, gap);

/** P(broken) before the first unit: a new test's prior, or what a long history comes to. */
export const brokenAtStart = (isWhole: boolean): number =>
  isWhole ? newTest.broken : usualBreakage / (usualBreakage + repair);

/** Whether the prior stands still at a unit that has `before` others of the branch before it. */
export const isHeld = (isWhole: boolean, before: number): boolean =>
  isWhole && before < newTest.units;

const mostOdds = Math.exp(twoState.maxLogit);

/** Odds between e^-40 and e^40. */
export const bounded = (odds: number): number => Math.min(mostOdds, Math.max(1 / mostOdds, odds));

/** base^exponent for exponents that are nearly always 0 or 1 */
const power = (base: number, exponent: number): number =>
  exponent === 0 ? 1 : exponent === 1 ? base : base ** exponent;

/** How much likelier such attempts are of a broken test than of a good one that fails at `rate`. */
export const brokenRatio = (rate: number, failing: number, passing: number): number =>
  power(brokenFailure / rate, failing) * power((1 - brokenFailure) / (1 - rate), passing);

/**
 * P(the failures of a pull request's unit say something of the test, and not of its change nor of a
 * break that it inherited). `goodBase`: P(good) at the commit before it on the default branch. A pass
 * among them speaks for the test as much as it would there, and no more: a test that the change broke
 * may pass once by luck.
 */
export function goodInPull(goodBase: number, breakage: number, ratio: number): number {
  const good = Math.max(leastGood, goodBase * (1 - breakage));
  return good / (good + (1 - good) * ratio);
}

/** so that the weights do not vanish together */
const leastGood = 1 / mostOdds;
