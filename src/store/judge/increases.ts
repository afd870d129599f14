import { rateChange } from '../../domain/analytics-params.ts';
import { betaMean } from '../../domain/beta.ts';
import { attemptsAllowedBy, finalFailure } from '../../domain/false-red.ts';
import { isRecovered, ratePosterior } from '../../domain/flakiness.ts';
import { flakinessIncrease, type RateChange } from '../../domain/rate-change.ts';
import type { Units } from '../../domain/units.ts';
import type { UnitReader } from './unit-reader.ts';

/** What is seen of a variant's flakiness at one commit. Commits by their numbers. */
export type IncreaseNews = {
  variant: number;
  commit: number;
  isCalm: boolean;
  /** null: no reason for an alert here */
  increase: {
    lastGood: number;
    firstBad: number;
    risk: number;
    rateBefore: number;
    rateAfter: number;
    /** by how much it raises the chance of a false red */
    falseRedRise: number;
  } | null;
};

/** failures below which a rate is not compared with another */
const leastFailures = 3;
const recentUnits = 50;

/**
 * Increases of flakiness among the units that `reader` holds, `good` as the batch left it: at each
 * failing unit from `fromPlace` on it is asked whether the rate rose, by the units up to it. Nothing
 * in nearly all cases, unless `isWatched`: then all units are told of, so that an increase can end.
 */
export function increasesOf(
  reader: UnitReader,
  variant: number,
  good: Float64Array,
  fromPlace: number,
  isWatched: boolean,
): IncreaseNews[] {
  const { units, commits, places } = reader;
  const { count } = units;
  if (!isWatched && failuresOf(units) < leastFailures) return [];
  const found = changesOf(reader, good, fromPlace);
  if (!isWatched && found.size === 0) return [];
  const news: IncreaseNews[] = [];
  let [lastFailed, passes] = [-1, 0];
  for (let i = 0; i < count; i++) {
    const hasFailed = units.failing[i]! > 0;
    passes = hasFailed ? 0 : passes + units.passing[i]!;
    if (hasFailed) lastFailed = i;
    if (units.isPull[i] === 1 || places[commits[i]!]! < fromPlace) continue;
    const isCalm = isRecovered(recentRate(units, lastFailed), passes);
    const change = found.get(i);
    const increase = change === undefined ? null : described(reader, variant, change);
    news.push({ variant, commit: commits[i]!, isCalm, increase });
  }
  return news;
}

/** By failing unit from `fromPlace` on, the rise that the units up to it show. */
function changesOf(
  { units, commits, places }: UnitReader,
  good: Float64Array,
  fromPlace: number,
): Map<number, RateChange> {
  const found = new Map<number, RateChange>();
  const { count } = units;
  for (let i = 0; i < count; i++) {
    if (units.failing[i] === 0 || units.isPull[i] === 1) continue;
    if (places[commits[i]!]! < fromPlace) continue;
    units.count = i + 1;
    const change = mayHaveRisen(units) ? flakinessIncrease(units, good) : null;
    units.count = count;
    if (change !== null) found.set(i, change);
  }
  return found;
}

export const isWorthTelling = (falseRedRise: number): boolean =>
  falseRedRise >= rateChange.flakier.notifyPhiRise;

function described({ commits, state }: UnitReader, variant: number, change: RateChange) {
  const mean = (side: RateChange['before']) => betaMean(ratePosterior(side));
  const [rateBefore, rateAfter] = [mean(change.before), mean(change.after)];
  const attempts = attemptsAllowedBy(state.cells[state.cellOf[variant]!]!);
  return {
    lastGood: commits[Math.max(0, change.range.from - 1)]!,
    firstBad: commits[change.at]!,
    risk: Math.exp(-change.lnBayesFactor),
    rateBefore,
    rateAfter,
    falseRedRise: finalFailure(rateAfter, attempts) - finalFailure(rateBefore, attempts),
  };
}

function failuresOf({ failing, count }: Units): number {
  let failures = 0;
  for (let i = 0; i < count; i++) if (failing[i]! > 0) failures++;
  return failures;
}

/** Whether the share of failing units among the last 4, 8, 16 … is much above the share before them. */
function mayHaveRisen({ failing, count }: Units): boolean {
  let all = 0;
  for (let i = 0; i < count; i++) if (failing[i]! > 0) all++;
  if (all < leastFailures) return false;
  let recent = 0;
  for (let length = 1, next = 4; length < count; length++) {
    if (failing[count - length]! > 0) recent++;
    if (length !== next) continue;
    next *= 2;
    const before = (all - recent) / (count - length);
    const isMany = recent >= leastFailures;
    if (isMany && recent / length >= rateChange.flakier.minRatio * before) return true;
  }
  return false;
}

/** Share of failing units among those up to the last that failed. */
function recentRate({ failing }: Units, lastFailed: number): number {
  if (lastFailed < 0) return 0;
  const from = Math.max(0, lastFailed + 1 - recentUnits);
  let failures = 0;
  for (let i = from; i <= lastFailed; i++) if (failing[i]! > 0) failures++;
  return failures / (lastFailed + 1 - from);
}
