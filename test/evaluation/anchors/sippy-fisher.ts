import { lnGamma } from '../../../src/domain/beta.ts';
import type { OnlineRule, Point } from './series.ts';

const lnChoose = (n: number, k: number): number =>
  lnGamma(n + 1) - lnGamma(k + 1) - lnGamma(n - k + 1);

/** Failures among results. */
export type Share = { failed: number; runs: number };

/** P(at least so many failures in the sample), all failures spread by chance over both: Fisher's exact test. */
export function fisherP(sample: Share, base: Share): number {
  const failed = sample.failed + base.failed;
  const all = lnChoose(sample.runs + base.runs, failed);
  let p = 0;
  for (let k = sample.failed; k <= Math.min(failed, sample.runs); k++) {
    if (failed - k > base.runs) continue;
    p += Math.exp(lnChoose(sample.runs, k) + lnChoose(base.runs, failed - k) - all);
  }
  return Math.min(1, p);
}

/** A regression by Sippy's component readiness: confidence 95 %, pity 5 points, 3 failures. */
export function isRegression(sample: Share, base: Share): boolean {
  if (sample.failed < 3 || base.runs === 0) return false;
  const rise = sample.failed / sample.runs - base.failed / base.runs;
  return rise > 0.05 && fisherP(sample, base) < 0.05;
}

const sampleCommits = 10;
const baseCommits = 100;

const shareOf = (points: readonly Point[]): Share => ({
  failed: points.reduce((sum, point) => sum + point.failed, 0),
  runs: points.reduce((sum, point) => sum + point.runs, 0),
});

/** The newest 10 commits against the 100 before. */
export const sippyFisher: OnlineRule = () => {
  const points: Point[] = [];
  return (point) => {
    points.push(point);
    const sample = shareOf(points.slice(-sampleCommits));
    return (
      sample.failed >= 3 &&
      isRegression(sample, shareOf(points.slice(-sampleCommits - baseCommits, -sampleCommits)))
    );
  };
};
