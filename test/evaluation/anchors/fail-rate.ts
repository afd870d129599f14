import type { FlakeScore } from './series.ts';

/** Failing attempts over all. */
export const failRate: FlakeScore = (points) => {
  const attempts = points.flatMap((point) => point.attempts);
  return attempts.filter(Boolean).length / Math.max(1, attempts.length);
};
