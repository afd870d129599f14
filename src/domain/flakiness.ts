import { flakiness as params } from './analytics-params.ts';
import { betaQuantile, lnBeta } from './beta.ts';
import type { GoodEvidence } from './two-state.ts';
import { filterUnits, goodEvidence } from './two-state.ts';
import type { Units } from './units.ts';

type Health = 'always-failing' | 'broken' | 'flaky' | 'suspect' | 'recovered' | 'new' | 'stable';

/** What its units say about a variant. */
export type VariantJudgement = {
  health: Health;
  /** P(broken) at the newest unit, by the filter */
  broken: number;
  /** P(the test is flaky) */
  flaky: number;
  /** expected failure rate of an attempt on good code */
  rate: number;
  /** 90 % interval of the rate of a flaky test */
  interval: { low: number; high: number };
  evidence: GoodEvidence;
};

const { failing: a0, passing: b0 } = params.prior;

/**
 * P(flaky): a flaky test's rate is Beta(0.3, 2), one that is not flaky fails at 2e-5; `flakyShare`
 * of all tests are flaky. 0 where nothing ever passed: that is no flake. In [0, 1]. O(1).
 */
export function flakyProbability(evidence: GoodEvidence, flakyShare: number): number {
  const { failing, passing } = evidence;
  if (passing === 0) return 0;
  const { residual } = params;
  const ifFlaky = lnBeta(a0 + failing, b0 + passing) - lnBeta(a0, b0);
  const ifNot = failing * Math.log(residual) + passing * Math.log1p(-residual);
  return 1 / (1 + Math.exp(-(Math.log(flakyShare / (1 - flakyShare)) + ifFlaky - ifNot)));
}

/** The rate by which a test adds to false reds: that of a flaky test, times P(flaky). */
const flakeRate = ({ failing, passing }: GoodEvidence, flaky: number): number =>
  (flaky * (a0 + failing)) / (a0 + b0 + failing + passing);

/** A rate as the evidence leaves it, of which only a share counts as independent. */
export const ratePosterior = ({ failing, passing }: GoodEvidence) => ({
  a: a0 + params.intervalEvidence * failing,
  b: b0 + params.intervalEvidence * passing,
});

/** 90 % interval of the rate of a flaky test. Two quantiles. */
export function rateInterval(evidence: GoodEvidence): { low: number; high: number } {
  const { a, b } = ratePosterior(evidence);
  const { low, high } = params.interval;
  return { low: betaQuantile(low, a, b), high: betaQuantile(high, a, b) };
}

/** Share of flaky tests in a repo: the mean of P(flaky), kept within [0.005, 0.3]. */
export function flakyShareOf(probabilities: ArrayLike<number>): number {
  const { length } = probabilities;
  if (length === 0) return params.flakyShare;
  let sum = 0;
  for (let i = 0; i < length; i++) sum += probabilities[i]!;
  return Math.min(params.maxFlakyShare, Math.max(params.minFlakyShare, sum / length));
}

/** Whether a test of this rate would seldom pass so often in a row. */
export const isRecovered = (rate: number, passesInARow: number): boolean =>
  (1 - rate) ** passesInARow < params.recoveredStreak;

/**
 * Judges a variant by its units; the same units yield the same judgement, whatever was said before.
 * P(good) of each unit is left in `good`. One or two batches, see `two-state.ts`.
 */
export function judgeVariant(
  units: Units,
  good: Float64Array,
  flakyShare = params.flakyShare,
): VariantJudgement {
  const streak = cleanStreak(units);
  const flagged = streak.since === 0 ? 0 : flaggedRate(units, good, streak.since, flakyShare);
  const evidence = goodEvidence(units, good);
  const flaky = flakyProbability(evidence, flakyShare);
  const broken = units.isClean() ? 0 : filterUnits(units).broken;
  return {
    health: healthOf(units, { broken, flaky, flagged, passes: streak.passes }),
    broken,
    flaky,
    rate: flakeRate(evidence, flaky),
    interval: rateInterval(evidence),
    evidence,
  };
}

/** Passing attempts after the last failing unit; `since`: units up to and with that, 0 if none. */
function cleanStreak(units: Units): { since: number; passes: number } {
  let passes = 0;
  for (let i = units.count - 1; i >= 0; i--) {
    if (units.failing[i]! > 0) return { since: i + 1, passes };
    passes += units.passing[i]!;
  }
  return { since: 0, passes };
}

/** The rate of a test that was flaky when it last failed; 0 where it was not. */
function flaggedRate(units: Units, good: Float64Array, since: number, flakyShare: number): number {
  if (since === units.count) return 0;
  const evidence = goodEvidence(units, good, since);
  const flaky = flakyProbability(evidence, flakyShare);
  return flaky >= params.flaky ? flakeRate(evidence, flaky) : 0;
}

/** `flagged`: rate at the last failure of a test that was flaky then, else 0. */
type Signs = { broken: number; flaky: number; flagged: number; passes: number };

/** The first that holds, from worst to best. */
function healthOf(units: Units, { broken, flaky, flagged, passes }: Signs): Health {
  const wasFlaky = flagged > 0;
  const hasRecovered = wasFlaky && (flaky < params.suspect || isRecovered(flagged, passes));
  if (neverPassed(units)) return 'always-failing';
  if (broken >= params.broken) return 'broken';
  if (flaky >= params.flaky && !hasRecovered) return 'flaky';
  if (flaky >= params.suspect && !hasRecovered) return 'suspect';
  if (hasRecovered) return 'recovered';
  return units.isWhole && units.count < params.newUnits ? 'new' : 'stable';
}

function neverPassed(units: Units): boolean {
  for (let i = 0; i < units.count; i++) if (units.passing[i]! > 0) return false;
  return units.count > 0;
}
