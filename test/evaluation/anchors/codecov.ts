import type { FlakeScore } from './series.ts';

/** passes in a row after which a flake is over */
const endsAfter = 30;

/** Failures over results since a test became a flake by failing; 0 where it is none (any more). */
export function flakeSince(results: readonly boolean[]): number {
  let [failed, seen, streak] = [0, 0, 0];
  for (const isFailure of results) {
    if (!isFailure && seen === 0) continue;
    seen++;
    if (isFailure) failed++;
    streak = isFailure ? 0 : streak + 1;
    if (streak >= endsAfter) [failed, seen, streak] = [0, 0, 0];
  }
  return seen === 0 ? 0 : failed / seen;
}

/** Codecov's flakes: any failure opens one. */
export const codecov: FlakeScore = (points) =>
  flakeSince(points.flatMap(({ attempts }) => attempts));
