import { isRealBreakage, isStorm, troubledShare } from '../../src/domain/storm.ts';
import { FAILED, FLAKY, type History, NOT_RUN, type SimulatedCommit } from './history.ts';

/** A commit with those of its runs that say something of single tests. */
export type FilteredCommit = SimulatedCommit & {
  /** whether its runs looked like a storm until the next commit showed the same */
  isReleased: boolean;
};

/** The history as it is known after each commit: what to take in, in this order. */
export type Step = {
  /** place on the default branch of the newest commit known */
  now: number;
  commits: FilteredCommit[];
  /** runs held back as storms at this step */
  storms: number;
};

/**
 * Holds back the runs of mass failures, which say nothing of single tests, and releases them where
 * the next commit fails in the same tests. The same for all detectors.
 */
export function filterStorms({ commits }: History): Step[] {
  const shares: number[] = [];
  let held: { commit: SimulatedCommit; tests: Set<number> } | null = null;
  return commits.map((commit): Step => {
    const [calm, storms]: [Uint8Array[], Uint8Array[]] = [[], []];
    for (const run of commit.runs) (takeShare(run, shares) ? storms : calm).push(run);
    const now = commit.place;
    const kept = { ...commit, runs: calm, isReleased: false };
    if (commit.isPull || commit.runs.length === 0 || storms.length === 0) {
      if (!commit.isPull && commit.runs.length > 0) held = null;
      return { now, commits: [kept], storms: storms.length };
    }
    const tests = troubled(storms);
    const before = held;
    held = { commit, tests };
    if (before === null || !isRealBreakage(before.tests, tests, executedIn(commit))) {
      return { now, commits: [kept], storms: storms.length };
    }
    const released = [before.commit, commit].map((each) => ({ ...each, isReleased: true }));
    return { now, commits: released, storms: 0 };
  });
}

/** Trunk's protection: an upload with more than 80 % failing is dropped. */
export function dropMostlyFailing({ commits }: History): Step[] {
  return commits.map((commit) => {
    const runs = commit.runs.filter((run) => {
      const { executed, failed } = countsOf(run);
      return failed <= 0.8 * executed;
    });
    return { now: commit.place, commits: [{ ...commit, runs, isReleased: false }], storms: 0 };
  });
}

function takeShare(run: Uint8Array, shares: number[]): boolean {
  const counts = countsOf(run);
  const flagged = isStorm(counts, shares);
  shares.push(troubledShare(counts));
  return flagged;
}

function countsOf(run: Uint8Array): { executed: number; failed: number; flaky: number } {
  const counts = { executed: 0, failed: 0, flaky: 0 };
  for (const outcome of run) {
    if (outcome !== NOT_RUN) counts.executed++;
    if (outcome === FAILED) counts.failed++;
    if (outcome === FLAKY) counts.flaky++;
  }
  return counts;
}

const executedIn = ({ runs }: SimulatedCommit): number =>
  Math.max(...runs.map((run) => countsOf(run).executed));

function troubled(runs: Uint8Array[]): Set<number> {
  const tests = new Set<number>();
  for (const run of runs) {
    run.forEach((outcome, test) => {
      if (outcome >= FLAKY) tests.add(test);
    });
  }
  return tests;
}
