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

/** Commits before which others are looked at, back from each. */
const windowCommits = 256;
const recentCommits = 50;

/** One series as it was asked about last: 1 where a commit is red, and what was found at each. */
type Known = { reds: Uint8Array; found: Map<number, Drop | null> };

/**
 * Finds pass-rate drops in series over the commits of the default branch, in key order: at each red
 * commit from `fromPlace` on it is asked whether the share of reds rose, by the commits up to it. What
 * a broken test makes red is not red here, since that is told as a new failure. What was found before
 * is kept as long as the commits up to there are the same: it saves work and changes nothing.
 */
export class Drops {
  #branch: readonly Commit[] = [];
  #known = new Map<string, Known>();
  #before = new Map<string, Known>();
  /** how far the branch begins later than before, and up to where it is the same */
  #shift = 0;
  #same = 0;

  /** The commits that all series asked about from now on are of. O(commits). */
  open(branch: readonly Commit[]): void {
    const first = branch[0]?.no;
    this.#shift = this.#branch.findIndex(({ no }) => no === first);
    this.#same = 0;
    if (this.#shift >= 0) {
      const before = this.#branch.slice(this.#shift);
      while (this.#same < before.length && before[this.#same]!.no === branch[this.#same]?.no) {
        this.#same++;
      }
    }
    this.#branch = branch;
    this.#before = this.#known;
    this.#known = new Map();
  }

  /** `key` names the series. O(commits) and, per red commit not asked about before, O(256). */
  of(key: string, reds: Uint8Array, fromPlace: number): DropNews[] {
    const found = this.#stillFound(key, reds);
    this.#known.set(key, { reds, found });
    const news: DropNews[] = [];
    if (!reds.includes(1)) return news;
    let lastRed = -1;
    this.#branch.forEach((commit, i) => {
      if (reds[i] === 1) lastRed = i;
      if (commit.place < fromPlace) return;
      const drop = reds[i] === 1 ? this.#at(reds, i, found) : null;
      news.push({ commit, isCalm: isCalmAt(reds, lastRed, i), drop });
    });
    return news;
  }

  #at(reds: Uint8Array, i: number, found: Known['found']): Drop | null {
    const known = found.get(i);
    if (known !== undefined) return known;
    const from = Math.max(0, i + 1 - windowCommits);
    const drop = mayHaveRisen(reds, from, i + 1) ? dropAt(this.#branch, reds, from, i) : null;
    found.set(i, drop);
    return drop;
  }

  /** What was found where the window back from there holds the same commits, red and green. */
  #stillFound(key: string, reds: Uint8Array): Known['found'] {
    const found: Known['found'] = new Map();
    const before = this.#before.get(key);
    if (before === undefined || this.#same === 0) return found;
    const [shift, same] = [this.#shift, this.#same];
    const least = shift === 0 ? 0 : windowCommits - 1;
    for (let i = 0; i < same && before.reds[i + shift] === reds[i]; i++) {
      const drop = i < least ? undefined : before.found.get(i + shift);
      if (drop !== undefined) found.set(i, drop);
    }
    return found;
  }
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
function isCalmAt(reds: Uint8Array, lastRed: number, i: number): boolean {
  if (lastRed < 0) return true;
  const from = Math.max(0, lastRed + 1 - recentCommits);
  let sum = 0;
  for (let k = from; k <= lastRed; k++) sum += reds[k]!;
  return isRecovered(sum / (lastRed + 1 - from), i - lastRed);
}
