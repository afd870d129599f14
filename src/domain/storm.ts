import { storm as params } from './analytics-params.ts';
import { median } from './median.ts';
import { overlapOfSets } from './overlap.ts';

/** A run by what it executed; failed and flaky together are in trouble. */
export type StormRun = { executed: number; failed: number; flaky: number };

/** Share of the executed cases in trouble. Healed by retries or not, a storm is a storm. */
export const troubledShare = ({ executed, failed, flaky }: StormRun): number =>
  executed > 0 ? (failed + flaky) / executed : 0;

/**
 * Whether a run looks like a mass failure of the machines: more than 15 % in trouble, or 5 % and at
 * least 30 cases, and more than six times what is usual. `earlierShares`: `troubledShare` of the
 * job's last 50 runs before, in key order, storms included. Never below 20 executed cases.
 */
export function isStorm(run: StormRun, earlierShares: readonly number[]): boolean {
  if (run.executed < params.minCases) return false;
  const share = troubledShare(run);
  const isMany = run.failed + run.flaky >= params.many.cases;
  if (isMany ? share < params.many.minShare : share <= params.minShare) return false;
  const usual = median(earlierShares.slice(-params.medianRuns));
  return Number.isNaN(usual) || share > params.timesMedian * usual;
}

/**
 * Whether two storms at commits in a row are a real breakage: the smaller set of tests lies in the
 * larger, by half of the way from what chance would bring to all of it, since bad machines hit the
 * same tests only as often as they hit many; or both are nearly all tests. `executed`: cases of the
 * larger run. Both runs then count as evidence, with `storm.releasedBreakage` at their commits.
 */
export function isRealBreakage<T>(
  first: ReadonlySet<T>,
  next: ReadonlySet<T>,
  executed: number,
): boolean {
  const { sameTests, nearlyAll } = params;
  const byChance = Math.max(first.size, next.size) / executed;
  if (byChance >= nearlyAll) return Math.min(first.size, next.size) >= nearlyAll * executed;
  return overlapOfSets(first, next) >= byChance + sameTests * (1 - byChance);
}
