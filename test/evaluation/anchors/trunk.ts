import type { FlakeScore, Point } from './series.ts';

/** A commit with a failing and a passing attempt. */
export const disagrees = ({ attempts }: Pick<Point, 'attempts'>): boolean =>
  attempts.includes(true) && attempts.includes(false);

/** Trunk's monitor "pass on retry": commits that have both. One is enough to be called flaky. */
export const passOnRetry: FlakeScore = (points) => points.filter(disagrees).length;
