import { rateChange } from '../../domain/analytics-params.ts';
import { isRecovered } from '../../domain/flakiness.ts';
import { passRateDrop } from '../../domain/rate-change.ts';
import type { Commit } from './commit-order.ts';

/** A commit of the default branch at which a suite or repo ran; red: it failed on good code. */
export type Redness = { commit: Commit; isRed: boolean };

/** What is seen of a drop at one commit. */
export type DropNews = {
  commit: Commit;
  isCalm: boolean;
  /** null: no reason for an alert here */
  drop: { lastGood: number; firstBad: number; risk: number; before: number; after: number } | null;
};

/** commits that are looked at, back from each */
const windowCommits = 256;
const recentCommits = 50;

/**
 * Pass-rate drops of one series, in key order: at each red commit from `fromPlace` on it is asked
 * whether the share of reds rose, by the commits up to it. What a broken test makes red is not counted
 * here, since that is told as a new failure. O(reds × 256), after a screen that most do not pass.
 */
export function dropsOf(series: readonly Redness[], fromPlace: number): DropNews[] {
  const reds = Uint8Array.from(series, ({ isRed }) => Number(isRed));
  if (!reds.includes(1)) return [];
  const news: DropNews[] = [];
  let lastRed = -1;
  series.forEach(({ commit, isRed }, i) => {
    if (isRed) lastRed = i;
    if (commit.place < fromPlace) return;
    const from = Math.max(0, i + 1 - windowCommits);
    const drop = isRed && mayHaveRisen(reds, from, i + 1) ? dropAt(series, reds, from, i) : null;
    news.push({ commit, isCalm: isCalmAt(reds, lastRed, i), drop });
  });
  return news;
}

function dropAt(
  series: readonly Redness[],
  reds: Uint8Array,
  from: number,
  i: number,
): DropNews['drop'] {
  const change = passRateDrop(reds.subarray(from, i + 1));
  if (change === null) return null;
  const share = ({ failing, passing }: typeof change.before) => failing / (failing + passing);
  return {
    lastGood: series[from + Math.max(0, change.range.from - 1)]!.commit.no,
    firstBad: series[from + change.at]!.commit.no,
    risk: Math.exp(-change.lnBayesFactor),
    before: share(change.before),
    after: share(change.after),
  };
}

/** Whether the share of reds among the last 4, 8, 16 … is that much above the share before them. */
function mayHaveRisen(reds: Uint8Array, from: number, to: number): boolean {
  let sum = 0;
  for (let i = from; i < to; i++) sum += reds[i]!;
  let recent = 0;
  for (let length = 1, next = 4; length < to - from; length++) {
    recent += reds[to - length]!;
    if (length !== next) continue;
    next *= 2;
    const before = (sum - recent) / (to - from - length);
    if (recent / length - before >= rateChange.drop.minRise) return true;
  }
  return false;
}

/** Whether so many greens in a row would be seldom at the rate of the commits before them. */
function isCalmAt(reds: Uint8Array, lastRed: number, i: number): boolean {
  if (lastRed < 0) return true;
  const from = Math.max(0, lastRed + 1 - recentCommits);
  let sum = 0;
  for (let k = from; k <= lastRed; k++) sum += reds[k]!;
  return isRecovered(sum / (lastRed + 1 - from), i - lastRed);
}
