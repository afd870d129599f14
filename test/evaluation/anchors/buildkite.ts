import type { FlakeScore } from './series.ts';

/** Transitions between pass and fail in the newest results, over the window even where it is not full. */
export function transitionShare(results: readonly boolean[], window: number): number {
  const newest = results.slice(-window);
  return newest.filter((result, i) => i > 0 && result !== newest[i - 1]).length / window;
}

/** Buildkite's transition count over the newest 100 results of the default branch. */
export const transitions: FlakeScore = (points) =>
  transitionShare(
    points.flatMap(({ attempts }) => attempts),
    100,
  );
