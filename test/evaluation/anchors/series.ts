import { FAILED, FLAKY, type History, NOT_RUN } from '../history.ts';
import type { Step } from '../storm-filter.ts';

/** What the published rules see of one test at one commit of the default branch. */
export type Point = {
  place: number;
  /** attempts in order, run after run: true where it failed */
  attempts: boolean[];
  runs: number;
  /** runs whose first attempt failed */
  unexpected: number;
  /** of these, runs that were retried, and that failed again in all attempts */
  retried: number;
  unexpectedAfterRetry: number;
  /** runs that failed in the end */
  failed: number;
};

/** The same for one test over the history; commits that did not run it are left out. */
export type Series = { test: number; points: Point[]; steps: number[] };

export const pointOf = (place: number, outcomes: readonly number[], retries: number): Point => {
  const point: Point = {
    place,
    attempts: [],
    runs: 0,
    unexpected: 0,
    retried: 0,
    unexpectedAfterRetry: 0,
    failed: 0,
  };
  for (const outcome of outcomes) {
    if (outcome === NOT_RUN) continue;
    point.runs++;
    if (outcome < FLAKY) {
      point.attempts.push(false);
      continue;
    }
    point.unexpected++;
    if (retries > 0) point.retried++;
    const isFailed = outcome === FAILED;
    if (isFailed) point.failed++;
    if (isFailed && retries > 0) point.unexpectedAfterRetry++;
    point.attempts.push(true);
    for (let retry = 1; retry < retries && isFailed; retry++) point.attempts.push(true);
    if (retries > 0) point.attempts.push(isFailed);
  }
  return point;
};

/** Series of the tests that ever failed on the default branch, and how many others there are. */
export function seriesOf(history: History, steps: Step[]): Series[] {
  const commits = steps.flatMap(({ now, commits: known }) =>
    known.flatMap((commit) => (commit.isPull ? [] : [{ now, ...commit }])),
  );
  const failing = new Set<number>();
  for (const { runs } of commits) {
    for (const run of runs) {
      run.forEach((outcome, test) => {
        if (outcome >= FLAKY) failing.add(test);
      });
    }
  }
  return [...failing].map((test) => {
    const series: Series = { test, points: [], steps: [] };
    for (const { now, place, runs } of commits) {
      const outcomes = runs.map((run) => run[test]!);
      if (outcomes.every((outcome) => outcome === NOT_RUN)) continue;
      series.points.push(pointOf(place, outcomes, history.retries));
      series.steps.push(now);
    }
    return series;
  });
}

/** A rule that judges commit by commit; true while it says that the test is broken. */
export type OnlineRule = () => (point: Point) => boolean;
/** A rule that scores a whole series; the flakier, the higher. */
export type FlakeScore = (points: readonly Point[]) => number;
