import { flakiness, rateChange as params } from './analytics-params.ts';
import { betaMean, lnBeta } from './beta.ts';
import { rateInterval, ratePosterior } from './flakiness.ts';
import type { Range } from './overlap.ts';
import type { GoodEvidence } from './two-state.ts';
import type { Units } from './units.ts';

/** Where a series of trials most likely changed its failure rate, and how surely it did. */
export type RateChange = {
  /** index of the first trial at the new rate */
  at: number;
  /** indices that `at` may have instead: 95 % of the probability, contiguous */
  range: Range;
  /** ln of how much likelier the series is with one change, anywhere, than with none */
  lnBayesFactor: number;
  before: GoodEvidence;
  after: GoodEvidence;
};

/**
 * One change of rate against none, each rate Beta(prior), the place uniform over all: the marginal
 * likelihoods of Barry and Hartigan's segments. `failing` and `passing` may be fractions of trials.
 * Null below two trials. O(count).
 */
export function rateChangeOf(
  failing: ArrayLike<number>,
  passing: ArrayLike<number>,
  prior: GoodEvidence,
): RateChange | null {
  const count = failing.length;
  if (count < 2) return null;
  const all = sumOf(failing, passing, 0, count);
  const likelihood = ({ failing: f, passing: p }: GoodEvidence) =>
    lnBeta(prior.failing + f, prior.passing + p) - lnBeta(prior.failing, prior.passing);
  const gains = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
  const left = { failing: 0, passing: 0 };
  for (let at = 1; at < count; at++) {
    left.failing += failing[at - 1]!;
    left.passing += passing[at - 1]!;
    gains[at] = likelihood(left) + likelihood(rest(all, left)) - likelihood(all);
  }
  const at = gains.indexOf(Math.max(...gains));
  const weights = gains.map((gain) => Math.exp(gain - gains[at]!));
  const mass = weights.reduce((sum, weight) => sum + weight, 0);
  return {
    at,
    range: rangeAround(at, weights, params.rangeMass * mass),
    lnBayesFactor: gains[at]! + Math.log(mass / (count - 1)),
    before: sumOf(failing, passing, 0, at),
    after: sumOf(failing, passing, at, count),
  };
}

function sumOf(
  failing: ArrayLike<number>,
  passing: ArrayLike<number>,
  from: number,
  to: number,
): GoodEvidence {
  const sum = { failing: 0, passing: 0 };
  for (let i = from; i < to; i++) {
    sum.failing += failing[i]!;
    sum.passing += passing[i]!;
  }
  return sum;
}

/** What is left of a sum; rounding must not make it negative. */
const rest = (all: GoodEvidence, left: GoodEvidence): GoodEvidence => ({
  failing: Math.max(0, all.failing - left.failing),
  passing: Math.max(0, all.passing - left.passing),
});

/** Grows towards the heavier neighbour until the mass is reached. */
function rangeAround(at: number, weights: Float64Array, mass: number): Range {
  let [from, to, held] = [at, at, weights[at]!];
  while (held < mass) {
    const before = weights[from - 1] ?? -1;
    const after = weights[to + 1] ?? -1;
    if (before < 0 && after < 0) break;
    held += Math.max(before, after);
    if (before >= after) from--;
    else to++;
  }
  return { from, to };
}

/**
 * A drop of the pass rate of a suite or repo: `reds` says of each commit, in key order, whether it
 * was red (1 or 0); commits and not cases, since the cases of one commit fail together. Null unless
 * the evidence is 1,000 to 1 and the share of reds rose by 10 points.
 */
export function passRateDrop(reds: ArrayLike<number>): RateChange | null {
  const greens = Float64Array.from(reds, (red) => 1 - red);
  const change = rateChangeOf(reds, greens, params.drop.prior);
  if (change === null || change.lnBayesFactor < params.lnBayesFactor) return null;
  const share = ({ failing, passing }: GoodEvidence) => failing / (failing + passing);
  return share(change.after) - share(change.before) >= params.drop.minRise ? change : null;
}

/**
 * A test that became flakier, by its trials in the good state; `good` as `goodEvidence` left it.
 * Null unless the evidence is 1,000 to 1, the rate at least doubled, and the 90 % intervals are apart.
 */
export function flakinessIncrease(units: Units, good: Float64Array): RateChange | null {
  if (units.isClean()) return null;
  const trials = (column: Float64Array) =>
    column.subarray(0, units.count).map((attempts, i) => attempts * good[i]!);
  const change = rateChangeOf(trials(units.failing), trials(units.passing), flakiness.prior);
  if (change === null || change.lnBayesFactor < params.lnBayesFactor) return null;
  const mean = (evidence: GoodEvidence) => betaMean(ratePosterior(evidence));
  if (mean(change.after) < params.flakier.minRatio * mean(change.before)) return null;
  return rateInterval(change.after).low > rateInterval(change.before).high ? change : null;
}
