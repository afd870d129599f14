import { flakiness, newFailure as params } from './analytics-params.ts';
import { flakyProbability } from './flakiness.ts';
import { filterUnits, goodEvidence } from './two-state.ts';
import type { Units } from './units.ts';

/** A variant at its newest unit. */
export type Head = {
  /** P(broken) by the filter */
  broken: number;
  /** P(flaky) before the failing row, which must not count as flaking; 0 where all is calm */
  flaky: number;
  /** all-fail units of the default branch in a row, up to the newest */
  failingInARow: number;
  /** units of the default branch that the filter saw */
  units: number;
  /** commits that the default branch of the repo has shown */
  commits: number;
};

/** The head of a variant; `good` is work space. One filter, and one batch where a break is suspected. */
export function headOf(
  units: Units,
  good: Float64Array,
  commits: number,
  flakyShare = flakiness.flakyShare,
): Head {
  const broken = units.isClean() ? 0 : filterUnits(units).broken;
  const row = units.failingRow();
  const flaky =
    broken < params.suspected
      ? 0
      : flakyProbability(goodEvidence(units, good, row.from), flakyShare);
  return { broken, flaky, failingInARow: row.length, units: units.defaultUnits(), commits };
}

/** `risk`: the probability that the alert is false, for `false-discovery.ts`. */
export type Alarm = { level: 'none' | 'suspected' | 'confirmed'; risk: number };

/**
 * Whether a test newly fails for good. Suspected is shown, confirmed is told. A short history cannot
 * bring the filter to 0.999, so three failing units in a row stand in, at the risk that this rule
 * was measured to have. A known flaky test is confirmed by near certainty and three in a row only,
 * and nothing is during the first commits of a repo, when every failure is as old as its history.
 */
export function alarmOf(head: Head): Alarm {
  const { broken, failingInARow } = head;
  const risk = 1 - broken;
  if (broken < params.suspected) return { level: 'none', risk };
  if (head.commits < params.warmUpCommits) return { level: 'suspected', risk };
  if (head.flaky >= flakiness.flaky) {
    const { knownFlaky } = params;
    const isSure = broken >= knownFlaky.broken && failingInARow >= knownFlaky.inARow;
    return { level: isSure ? 'confirmed' : 'suspected', risk };
  }
  if (broken >= params.confirmed) return { level: 'confirmed', risk };
  const short = params.shortHistory;
  const standsIn =
    head.units < short.units && failingInARow >= short.inARow && broken >= short.broken;
  return standsIn
    ? { level: 'confirmed', risk: Math.min(risk, short.risk) }
    : { level: 'suspected', risk };
}

/**
 * Whether a broken test is repaired at its newest unit. That needs a pass: of a test that never
 * passed the filter forgets that it is broken, since failing becomes its usual rate.
 */
export const isCalm = (broken: number, passing: number): boolean =>
  passing > 0 && broken < params.closed;

/** Where a break began: somewhere after unit `lastGood` (-1: before all), and not after `firstBad`. */
export type Onset = { lastGood: number; firstBad: number };

/**
 * The break that lasts at the newest unit; null where there is none. `good` as `goodEvidence` left
 * it. Commits between the two units that were not tested are equally suspect. O(units).
 */
export function onsetOf(units: Units, good: Float64Array): Onset | null {
  const isBroken = (i: number) => units.isPull[i] === 0 && good[i]! < 0.5;
  let firstBad = -1;
  let row = units.failingRow().length;
  for (let i = units.count - 1; i >= 0; i--) {
    if (units.isPull[i] === 1) continue;
    if (row <= 0 && !isBroken(i)) break;
    firstBad = i;
    row--;
  }
  if (firstBad === -1) return null;
  let lastGood = firstBad - 1;
  while (lastGood >= 0 && !isSurelyGood(units, good, lastGood)) lastGood--;
  return { lastGood, firstBad };
}

const isSurelyGood = (units: Units, good: Float64Array, i: number): boolean =>
  units.isPull[i] === 0 && units.passing[i]! > 0 && 1 - good[i]! < params.surelyGood;
