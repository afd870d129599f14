import type { FlakeScore } from './series.ts';

/*
 * Modeling and Ranking Flaky Tests at Apple (ICSE-SEIP 2020): flakiness inside each version, summed
 * over versions. `true` is a failure.
 */

/** Changes of outcome over possible changes, of the results at one version. */
export function flipRate(results: readonly boolean[]): number {
  const flips = results.filter((result, i) => i > 0 && result !== results[i - 1]).length;
  return flips / Math.max(1, results.length - 1);
}

/** Bits of surprise in the results at one version. */
export function entropy(results: readonly boolean[]): number {
  const share = results.filter(Boolean).length / Math.max(1, results.length);
  return [share, 1 - share].reduce((sum, p) => (p === 0 ? sum : sum - p * Math.log2(p)), 0);
}

type Inside = (results: readonly boolean[]) => number;

export const unweighted = (versions: readonly (readonly boolean[])[], inside: Inside): number =>
  versions.reduce((sum, results) => sum + inside(results), 0) / versions.length;

/** Newer versions count more: each older one (1 - lambda) times the next. */
export function weighted(
  versions: readonly (readonly boolean[])[],
  inside: Inside,
  lambda = 0.1,
): number {
  let [value, weight] = [0, 0];
  for (const results of versions) {
    value = inside(results) + (1 - lambda) * value;
    weight = 1 + (1 - lambda) * weight;
  }
  return value / weight;
}

const versionsOf = (points: Parameters<FlakeScore>[0]) => points.map(({ attempts }) => attempts);
export const appleEntropy: FlakeScore = (points) => unweighted(versionsOf(points), entropy);
export const appleFlipRate: FlakeScore = (points) => unweighted(versionsOf(points), flipRate);
