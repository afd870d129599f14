import { evidence } from './analytics-params.ts';
import { FAILED, PASSED, SKIPPED } from './logical-run.ts';

/**
 * What the runs of one commit say about one variant: effective failing and passing attempts. The
 * attempts of one run share machine and moment, so each after the first counts `retryWeight`.
 */
export type Evidence = { failing: number; passing: number };

/**
 * Adds the result of one attempt of a run; a skipped case adds nothing. A pass on a retry counts
 * `retryWeight` as a failure on one does: if only failures counted less, the rate of a test whose
 * failures are retried would come out too low. `attempts` below what the status needs (2 for a
 * flaky case, 1 for a failed one) means that they were not reported.
 */
export function addResult(
  unit: Evidence,
  status: number,
  attempts: number,
  retryWeight = evidence.retryWeight,
): void {
  if (status === SKIPPED) return;
  if (status === FAILED) {
    unit.failing += 1 + retryWeight * (Math.max(1, attempts) - 1);
    return;
  }
  if (status === PASSED && attempts <= 1) {
    unit.passing += 1;
    return;
  }
  unit.failing += 1 + retryWeight * (Math.max(2, attempts) - 2);
  unit.passing += retryWeight;
}

const steps = 8;

/**
 * Effective attempts in one byte, in eighths; 31.875 and more are stored as that, and what is above
 * 0 as at least one eighth, since a test that passed once is not one that never passed.
 */
export const packAttempts = (attempts: number): number =>
  attempts === 0 ? 0 : Math.min(255, Math.max(1, Math.round(attempts * steps)));
export const unpackAttempts = (byte: number): number => byte / steps;

/**
 * The retry weight of a repo: 1 where a retry after a failure fails as rarely as the test's rate
 * says, 0 where it always fails again. `expectedAgain`: sum of the rates over those retries. Pulled
 * to the default while retries are few. In [0, 1].
 */
export function retryWeightOf(retries: number, failedAgain: number, expectedAgain: number): number {
  const room = retries - expectedAgain;
  const excess = room <= 0 ? 0 : Math.min(1, Math.max(0, (failedAgain - expectedAgain) / room));
  const { retryWeight, retriesOfPrior } = evidence;
  return (retriesOfPrior * retryWeight + retries * (1 - excess)) / (retriesOfPrior + retries);
}
