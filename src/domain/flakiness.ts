import { flakiness as params } from './analytics-params.ts';
import { betaQuantile, lnBeta } from './beta.ts';
import type { GoodEvidence } from './two-state.ts';
import { goodEvidence, weighUnits } from './two-state.ts';
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
  /** attempts on good code; `rateInterval` tells how well they fix the rate of a flaky test */
  evidence: GoodEvidence;
};

const { failing: a0, passing: b0 } = params.prior;
const lnPrior = lnBeta(a0, b0);
const lnResidual = Math.log(params.residual);
const lnSound = Math.log1p(-params.residual);

/**
 * P(flaky): a flaky test's rate is Beta(0.3, 2), one that is not flaky fails at 2e-5; `flakyShare`
 * of all tests are flaky. 0 where nothing ever passed: that is no flake. In [0, 1]. O(1).
 */
export function flakyProbability(evidence: GoodEvidence, flakyShare: number): number {
  const { failing, passing } = evidence;
  if (passing === 0) return 0;
  const ifFlaky = lnBeta(a0 + failing, b0 + passing) - lnPrior;
  const ifNot = failing * lnResidual + passing * lnSound;
  return 1 / (1 + Math.exp(-(Math.log(flakyShare / (1 - flakyShare)) + ifFlaky - ifNot)));
}

/** The rate by which a test adds to false reds: that of a flaky test, times P(flaky). */
export const flakeRate = ({ failing, passing }: GoodEvidence, flaky: number): number =>
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

/** What the units of a variant say, whatever share of the tests is flaky. */
export type WeighedVariant = {
  /** P(broken) at the newest unit, by the filter */
  broken: number;
  evidence: GoodEvidence;
  /** `evidence` at the last failure; null where the newest unit failed, or none did */
  atFailure: GoodEvidence | null;
  /** passing attempts since the last failure */
  passesInARow: number;
  neverPassed: boolean;
  /** so few units that there is no saying */
  isNew: boolean;
};

/** All that is costly about a judgement. P(good) of each unit is left in `good`. Two batches at most. */
export function weighVariant(units: Units, good: Float64Array): WeighedVariant {
  const { since, passes } = cleanStreak(units);
  const signs = {
    passesInARow: passes,
    neverPassed: neverPassed(units),
    isNew: units.isWhole && units.count < params.newUnits,
  };
  if (since === 0) {
    return { broken: 0, evidence: goodEvidence(units, good), atFailure: null, ...signs };
  }
  const { head, evidence, atFailure } = weighUnits(units, good, since);
  return { broken: head.broken, evidence, atFailure, ...signs };
}

/** Judges a weighed variant in a repo with this share of flaky tests. O(1). */
export function judgedBy(
  weighed: WeighedVariant,
  flakyShare = params.flakyShare,
): VariantJudgement {
  const { broken, evidence } = weighed;
  const flaky = flakyProbability(evidence, flakyShare);
  return {
    health: healthOf(weighed, flaky, flakyShare),
    broken,
    flaky,
    rate: flakeRate(evidence, flaky),
    evidence,
  };
}

/**
 * Judges a variant by its units; the same units yield the same judgement, whatever was said before.
 * P(good) of each unit is left in `good`.
 */
export const judgeVariant = (
  units: Units,
  good: Float64Array,
  flakyShare = params.flakyShare,
): VariantJudgement => judgedBy(weighVariant(units, good), flakyShare);

/** Passing attempts after the last failing unit; `since`: units up to and with that, 0 if none. */
function cleanStreak({ count, failing, passing }: Units): { since: number; passes: number } {
  let passes = 0;
  for (let i = count - 1; i >= 0; i--) {
    if (failing[i]! > 0) return { since: i + 1, passes };
    passes += passing[i]!;
  }
  return { since: 0, passes };
}

/** The rate of a test that was flaky when it last failed; 0 where it was not. */
function flaggedRate(atFailure: GoodEvidence | null, flakyShare: number): number {
  if (atFailure === null) return 0;
  const flaky = flakyProbability(atFailure, flakyShare);
  return flaky >= params.flaky ? flakeRate(atFailure, flaky) : 0;
}

/** The first that holds, from worst to best. */
function healthOf(weighed: WeighedVariant, flaky: number, flakyShare: number): Health {
  if (weighed.neverPassed) return 'always-failing';
  if (weighed.broken >= params.broken) return 'broken';
  const flagged = flaggedRate(weighed.atFailure, flakyShare);
  const wasFlaky = flagged > 0;
  const hasRecovered =
    wasFlaky && (flaky < params.suspect || isRecovered(flagged, weighed.passesInARow));
  if (flaky >= params.flaky && !hasRecovered) return 'flaky';
  if (flaky >= params.suspect && !hasRecovered) return 'suspect';
  if (hasRecovered) return 'recovered';
  return weighed.isNew ? 'new' : 'stable';
}

function neverPassed({ count, passing }: Units): boolean {
  for (let i = 0; i < count; i++) if (passing[i]! > 0) return false;
  return count > 0;
}
