import { evidence, newFailure } from './analytics-params.ts';

/** P(a test fails for good in a run on good code), all its attempts failing; see `commit-unit.ts`. */
export const finalFailure = (
  rate: number,
  attemptsAllowed: number,
  retryWeight = evidence.retryWeight,
): number => (attemptsAllowed <= 1 ? rate : rate ** (1 + retryWeight * (attemptsAllowed - 1)));

/** Attempts that a job gives a test, as far as its runs show: two where something was tried again. */
export const attemptsAllowedBy = ({ hasRetries }: { hasRetries: boolean }): number =>
  hasRetries ? 2 : 1;

/**
 * ln P(no false red) of a test that fails for good with probability `q`. These add up over tests and
 * suites, so a repo keeps their sum and changes it by differences.
 */
export const lnQuiet = (q: number): number => Math.log1p(-Math.min(q, 1 - Number.EPSILON));

/** P(a run on good code is red), from the sum of `lnQuiet` over its tests. In [0, 1). */
export const falseRedOf = (lnQuietSum: number): number => 0 - Math.expm1(lnQuietSum);

/** One test's share of the false reds: they sum to 1; 0 where there are none. */
export const shareOfFalseReds = (q: number, lnQuietSum: number): number =>
  lnQuietSum === 0 ? 0 : lnQuiet(q) / lnQuietSum;

/** The tests with the largest shares that together make at least `part` of the false reds. */
export type MainCauses = {
  /** indices into the list of q, largest share first, the earlier of equals first */
  tests: number[];
  share: number;
};

/** "These 5 tests cause 80 % of false reds". O(n log n). */
export function mainCauses(qs: readonly number[], part: number): MainCauses {
  const sum = qs.reduce((total, q) => total + lnQuiet(q), 0);
  const order = qs.map((_, i) => i).sort((a, b) => qs[b]! - qs[a]! || a - b);
  const tests: number[] = [];
  let share = 0;
  for (const i of order) {
    if (share >= part || qs[i] === 0) break;
    tests.push(i);
    share += shareOfFalseReds(qs[i]!, sum);
  }
  return { tests, share };
}

/** A red run by the P(broken) of each test that failed in it. */
export type RedRun = { durationMs: number; broken: readonly number[] };

/** Whether no failure of a red run looks like a broken test. A red run without cases tells nothing. */
export const isFalseRed = ({ broken }: RedRun): boolean =>
  broken.length > 0 && broken.every((p) => p < newFailure.suspected);

/** Machine time lost to false reds, ms; of the red runs of a week or whatever is given. */
export const falseRedCostMs = (runs: readonly RedRun[]): number =>
  runs.reduce((sum, run) => sum + (isFalseRed(run) ? run.durationMs : 0), 0);
