import { evidence as evidenceParams, flakiness as params, twoState } from './analytics-params.ts';
import { lnBeta } from './beta.ts';
import { reasonOf } from './explain-state.ts';
import type { ExplainedNumber } from './explained.ts';
import { finalFailure } from './false-red.ts';
import { judgedBy, rateInterval, weighVariant } from './flakiness.ts';
import type { Health } from './health.ts';
import { advanceFilter, newFilter } from './two-state.ts';
import type { Units } from './units.ts';

/** One unit with what was made of it; times, commits and branches are known to who filled the units. */
type ExplainedUnit = {
  failing: number;
  passing: number;
  gap: number;
  /** P(the code broke) per commit here */
  breakage: number;
  /** P(good), by all units */
  good: number;
  /** P(broken) after it, by the units up to it */
  broken: number;
  /** what it counts today, for its age */
  weight: number;
};

export type ExplainedVariant = {
  state: Health;
  reason: string;
  numbers: ExplainedNumber[];
  units: ExplainedUnit[];
};

const dayMs = 86_400_000;
const { failing: a, passing: b } = params.prior;

/** Judges a variant once more, keeping each step. O(units), at most 256. */
export function explainVariant(
  units: Units,
  flakyShare: number,
  attempts: number,
): ExplainedVariant {
  const good = new Float64Array(units.capacity);
  const weighed = weighVariant(units, good);
  const { health, flaky, rate } = judgedBy(weighed, flakyShare);
  const { broken, evidence } = weighed;
  const { failing: f, passing: s } = evidence;
  const { low, high } = rateInterval(evidence);
  const prior = { a, b, f, s };
  const interval = (p: number) => ({ p, w: params.intervalEvidence, ...prior });
  const numbers: ExplainedNumber[] = [
    evidenceNumber('f', 'failing', f, units.count),
    evidenceNumber('s', 'passing', s, units.count),
    {
      name: 'pFlaky',
      value: flaky,
      formula:
        'z = ln(share / (1 - share)) + lnB(a + f, b + s) - lnB(a, b) - f ln(residual) - s ln(1 - residual); P(flaky) = 1 / (1 + exp(-z)); 0 where nothing passed',
      values: { share: flakyShare, residual: params.residual, ...prior, z: zOf(f, s, flakyShare) },
    },
    {
      name: 'flakeRate',
      value: rate,
      formula: 'P(flaky) × (a + f) / (a + b + f + s)',
      values: { pFlaky: flaky, ...prior },
    },
    intervalNumber('flakeRateLow', low, interval(params.interval.low)),
    intervalNumber('flakeRateHigh', high, interval(params.interval.high)),
    brokenNumber(broken, units),
    {
      name: 'finalFailure',
      value: finalFailure(rate, attempts),
      formula: 'rate ^ (1 + w × (attempts - 1)): what it adds to the false reds of a run',
      values: { rate, attempts, w: evidenceParams.retryWeight },
    },
    {
      name: 'runs',
      value: units.count,
      formula: `units, the newest ${units.capacity}`,
      values: {},
    },
    {
      name: 'failures',
      value: failuresOf(units),
      formula: 'units in which something failed',
      values: {},
    },
  ];
  const signs = { ...weighed, flaky, units: units.count };
  return {
    state: health,
    reason: reasonOf(health, signs),
    numbers,
    units: unitsOf(units, good),
  };
}

const evidenceNumber = (name: string, what: string, value: number, units: number) => ({
  name,
  value,
  formula: `Σ weight × P(good) × ${what} attempts over the units; a weight halves every ${params.halfLifeMs / dayMs} days`,
  values: { units },
});

const intervalNumber = (name: string, value: number, values: Record<string, number>) => ({
  name,
  value,
  formula: 'quantile p of Beta(a + w f, b + w s), if the test is flaky',
  values,
});

function brokenNumber(broken: number, units: Units): ExplainedNumber {
  return {
    name: 'pBroken',
    value: broken,
    formula:
      "unit by unit: P' = P × (1 - repair) + (1 - P) × breakage, once per commit of the gap; odds = odds' × (brokenFailure / rate)^failing × ((1 - brokenFailure) / (1 - rate))^passing; 0 where nothing failed",
    values: {
      start: newFilter(units.isWhole).broken,
      repair: twoState.repair,
      breakage: twoState.breakage,
      brokenFailure: twoState.brokenFailure,
    },
  };
}

const zOf = (f: number, s: number, share: number): number =>
  Math.log(share / (1 - share)) +
  lnBeta(a + f, b + s) -
  lnBeta(a, b) -
  f * Math.log(params.residual) -
  s * Math.log1p(-params.residual);

function failuresOf({ count, failing }: Units): number {
  let failures = 0;
  for (let i = 0; i < count; i++) if (failing[i]! > 0) failures++;
  return failures;
}

function unitsOf(units: Units, good: Float64Array): ExplainedUnit[] {
  const filter = newFilter(units.isWhole);
  const isClean = units.isClean();
  const rows = Array.from({ length: units.count }, (_, i) => {
    advanceFilter(filter, units, i);
    return {
      failing: units.failing[i]!,
      passing: units.passing[i]!,
      gap: units.gap[i]!,
      breakage: units.breakage[i]!,
      good: good[i]!,
      broken: isClean ? 0 : filter.broken,
      weight: 1,
    };
  });
  for (let i = rows.length - 2; i >= 0; i--) {
    rows[i]!.weight = rows[i + 1]!.weight * units.keep[i + 1]!;
  }
  return rows;
}
