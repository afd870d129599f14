import { rateChange } from '../../domain/analytics-params.ts';
import { betaMean } from '../../domain/beta.ts';
import { finalFailure } from '../../domain/false-red.ts';
import { isRecovered, ratePosterior } from '../../domain/flakiness.ts';
import { flakinessIncrease } from '../../domain/rate-change.ts';
import type { UnitReader } from './unit-reader.ts';

/** A variant that fails more often on good code than it did. Commits by their numbers. */
export type Increase = {
  variant: number;
  /** the last at the old rate, the first that may be at the new one, and the one that told */
  lastGood: number;
  firstBad: number;
  at: number;
  risk: number;
  rateBefore: number;
  rateAfter: number;
  /** by how much it raises the chance of a false red */
  falseRedRise: number;
  /** commits after `at` that ran it, and whether it was calm again by then */
  seen: { commit: number; isCalm: boolean }[];
};

/**
 * Looks for a lasting increase of flakiness among the units that `reader` holds; `good` as the batch
 * left it. The commit that told is the first failing one up to which the evidence was enough, so that
 * it stays the same while the history grows. Null in nearly all cases, at the cost of one search.
 */
export function increaseOf(
  reader: UnitReader,
  variant: number,
  good: Float64Array,
): Increase | null {
  const { units, commits, state } = reader;
  const { count } = units;
  const now = flakinessIncrease(units, good);
  if (now === null) return null;
  let [told, change] = [count - 1, now];
  for (let i = now.range.from; i < count; i++) {
    if (units.failing[i] === 0 || units.isPull[i] === 1) continue;
    units.count = i + 1;
    const then = flakinessIncrease(units, good);
    if (then === null) continue;
    [told, change] = [i, then];
    break;
  }
  units.count = count;
  const mean = (side: typeof change.before) => betaMean(ratePosterior(side));
  const [rateBefore, rateAfter] = [mean(change.before), mean(change.after)];
  const attempts = state.cells[state.cellOf[variant]!]!.hasRetries ? 2 : 1;
  return {
    variant,
    lastGood: commits[Math.max(0, change.range.from - 1)]!,
    firstBad: commits[change.at]!,
    at: commits[told]!,
    risk: Math.exp(-change.lnBayesFactor),
    rateBefore,
    rateAfter,
    falseRedRise: finalFailure(rateAfter, attempts) - finalFailure(rateBefore, attempts),
    seen: seenAfter(reader, told, rateAfter),
  };
}

export const isWorthTelling = ({ falseRedRise }: Increase): boolean =>
  falseRedRise >= rateChange.flakier.notifyPhiRise;

/** Calm is a streak of passes that the new rate would seldom leave. */
function seenAfter({ units, commits }: UnitReader, told: number, rate: number): Increase['seen'] {
  const seen: Increase['seen'] = [];
  let passes = 0;
  for (let i = told; i < units.count; i++) {
    passes = units.failing[i]! > 0 ? 0 : passes + units.passing[i]!;
    if (i === told || units.isPull[i] === 1) continue;
    seen.push({ commit: commits[i]!, isCalm: isRecovered(rate, passes) });
  }
  return seen;
}
