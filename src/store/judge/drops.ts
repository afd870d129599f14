import { rateChange } from '../../domain/analytics-params.ts';
import { isRecovered } from '../../domain/flakiness.ts';
import { passRateDrop } from '../../domain/rate-change.ts';
import type { Commit } from './commit-order.ts';

/** What is seen of a drop at one commit. */
export type DropNews = {
  commit: Commit;
  isCalm: boolean;
  /** null: no reason for an alert here */
  drop: Drop | null;
};

type Drop = { lastGood: number; firstBad: number; risk: number; before: number; after: number };

/** Commits looked at, back from each. */
const windowCommits = 256;
const recentCommits = 50;

/**
 * A series over commits of the default branch, in key order. `reds`: 1 at those that were red on good
 * code. What a broken test makes red is not red here, since that is told as a new failure. `from`: of
 * the first commit that is remembered; those before it look green, and nothing is known of them.
 */
export type Redness = { branch: readonly Commit[]; reds: Uint8Array; from: number };

/**
 * Pass-rate drops of one series: at each red commit from `fromPlace` on it is asked whether the share
 * of reds rose, by the commits up to it. O(reds × 256), after a screen that most do not pass.
 */
export function dropsOf({ branch, reds, from }: Redness, fromPlace: number): DropNews[] {
  const news: DropNews[] = [];
  if (!reds.includes(1, from)) return news;
  let lastRed = -1;
  for (let i = from; i < branch.length; i++) {
    const commit = branch[i]!;
    if (reds[i] === 1) lastRed = i;
    if (commit.place < fromPlace) continue;
    const first = Math.max(from, i + 1 - windowCommits);
    const asks = reds[i] === 1 && mayHaveRisen(reds, first, i + 1);
    const drop = asks ? dropAt(branch, reds, first, i) : null;
    news.push({ commit, isCalm: isCalmAt(reds, from, lastRed, i), drop });
  }
  return news;
}

function dropAt(branch: readonly Commit[], reds: Uint8Array, from: number, i: number): Drop | null {
  const change = passRateDrop(reds.subarray(from, i + 1));
  if (change === null) return null;
  const share = ({ failing, passing }: typeof change.before) => failing / (failing + passing);
  return {
    lastGood: branch[from + Math.max(0, change.range.from - 1)]!.no,
    firstBad: branch[from + change.at]!.no,
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
function isCalmAt(reds: Uint8Array, first: number, lastRed: number, i: number): boolean {
  if (lastRed < 0) return true;
  const from = Math.max(first, lastRed + 1 - recentCommits);
  let sum = 0;
  for (let k = from; k <= lastRed; k++) sum += reds[k]!;
  return isRecovered(sum / (lastRed + 1 - from), i - lastRed);
}
