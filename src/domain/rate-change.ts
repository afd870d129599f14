import { flakiness, rateChange as params } from './analytics-params.ts';
import { betaMean, lnBeta, lnGamma } from './beta.ts';
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
  const likelihood = likelihoodOf(prior);
  const gains = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
  const left = { failing: 0, passing: 0 };
  for (let at = 1; at < count; at++) {
    left.failing += failing[at - 1]!;
    left.passing += passing[at - 1]!;
    gains[at] = likelihood(left) + likelihood(rest(all, left)) - likelihood(all);
  }
  return changeOf(gains, failing, passing);
}

/** The change at the place that gains most; `gains`: ln of how much likelier one is there than none. */
function changeOf(
  gains: Float64Array,
  failing: ArrayLike<number>,
  passing: ArrayLike<number>,
): RateChange {
  const count = gains.length;
  const at = gains.indexOf(gains.reduce((most, gain) => Math.max(most, gain)));
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

/** ln P(a segment's trials), over all rates that the prior allows. */
function likelihoodOf({ failing: a, passing: b }: GoodEvidence) {
  const unseen = lnBeta(a, b);
  return ({ failing, passing }: GoodEvidence) => lnBeta(a + failing, b + passing) - unseen;
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
  const gains = dropGains(reds);
  if (gains === null) return null;
  const greens = Float64Array.from(reds, (red) => 1 - red);
  const change = changeOf(gains, reds, greens);
  if (change.lnBayesFactor < params.lnBayesFactor) return null;
  const share = ({ failing, passing }: GoodEvidence) => failing / (failing + passing);
  return share(change.after) - share(change.before) >= params.drop.minRise ? change : null;
}

/**
 * A test that became flakier, by its trials in the good state; `good` as `goodEvidence` left it.
 * Null unless the evidence is 1,000 to 1, the rate at least doubled, and the 90 % intervals are apart.
 */
export function flakinessIncrease(units: Units, good: Float64Array): RateChange | null {
  if (!mayHaveChanged(units, good)) return null;
  const trials = (column: Float64Array) =>
    column.subarray(0, units.count).map((attempts, i) => attempts * good[i]!);
  const change = rateChangeOf(trials(units.failing), trials(units.passing), flakiness.prior);
  if (change === null || change.lnBayesFactor < params.lnBayesFactor) return null;
  const mean = (evidence: GoodEvidence) => betaMean(ratePosterior(evidence));
  if (mean(change.after) < params.flakier.minRatio * mean(change.before)) return null;
  return rateInterval(change.after).low > rateInterval(change.before).high ? change : null;
}

const mostCommits = 1024;
const lnGammas = (x: number) =>
  Float64Array.from({ length: mostCommits + 1 }, (_, count) => lnGamma(x + count));
const { failing: a, passing: b } = params.drop.prior;
const [lnGammaRed, lnGammaGreen, lnGammaAll] = [lnGammas(a), lnGammas(b), lnGammas(a + b)];
const unseen = lnBeta(a, b);

/** ln P(a segment with so many reds): counts are whole numbers, so that it can be looked up. */
const lnReds = (red: number, of: number): number =>
  lnGammaRed[red]! + lnGammaGreen[of - red]! - lnGammaAll[of]! - unseen;

/**
 * What a change at each place gains; null where the evidence cannot reach 1,000 to 1: it is a mean
 * over all places, so it cannot where none reaches that. Throws a RangeError above 1,024 commits.
 */
function dropGains(reds: ArrayLike<number>): Float64Array | null {
  const count = reds.length;
  if (count > mostCommits) throw new RangeError(`more than ${mostCommits} commits`);
  const gains = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
  let all = 0;
  for (let i = 0; i < count; i++) all += reds[i]!;
  const none = lnReds(all, count);
  let [red, most] = [0, Number.NEGATIVE_INFINITY];
  for (let at = 1; at < count; at++) {
    red += reds[at - 1]!;
    const gain = lnReds(red, at) + lnReds(all - red, count - at) - none;
    gains[at] = gain;
    if (gain > most) most = gain;
  }
  return most >= params.lnBayesFactor ? gains : null;
}

const likelihoodOfFlake = likelihoodOf(flakiness.prior);

/**
 * Whether the evidence of a change can reach 1,000 to 1: it is a mean over all places, so it cannot
 * where none reaches that. Over a stretch of passes a place's gain is convex, since ln B is, so it is
 * largest next to a failure; and no prior explains a segment better than its own best rate.
 */
function mayHaveChanged(units: Units, good: Float64Array): boolean {
  const all = { failing: 0, passing: 0 };
  for (let i = 0; i < units.count; i++) add(all, units, good, i);
  if (all.failing === 0) return false;
  const least = params.lnBayesFactor + likelihoodOfFlake(all);
  const left = { failing: 0, passing: 0 };
  for (let i = 0; i < units.count; i++) {
    if (units.failing[i] === 0) {
      left.passing += good[i]! * units.passing[i]!;
      continue;
    }
    if (isGain(left, all, least)) return true;
    add(left, units, good, i);
    if (isGain(left, all, least)) return true;
  }
  return false;
}

function add(sum: GoodEvidence, { failing, passing }: Units, good: Float64Array, i: number): void {
  sum.failing += good[i]! * failing[i]!;
  sum.passing += good[i]! * passing[i]!;
}

/** Whether splitting off `left` explains the trials at least so well. */
function isGain(left: GoodEvidence, all: GoodEvidence, least: number): boolean {
  const right = rest(all, left);
  if (bestLikelihood(left) + bestLikelihood(right) < least) return false;
  return likelihoodOfFlake(left) + likelihoodOfFlake(right) >= least;
}

/** ln P(a segment's trials) at the rate that explains them best. */
const bestLikelihood = ({ failing, passing }: GoodEvidence): number =>
  xLnX(failing) + xLnX(passing) - xLnX(failing + passing);

const xLnX = (x: number): number => (x > 0 ? x * Math.log(x) : 0);
