import { flakiness as params } from './analytics-params.ts';
import { type Beta, betaExceedsRoughly, betaMean, mayExceed } from './beta.ts';
import { ratePosterior } from './flakiness.ts';
import type { GoodEvidence } from './two-state.ts';
import type { Units } from './units.ts';

export type FlakeTrend = 'up' | 'down' | 'steady';

/** The good-state trials of the last 7 days and of the 28 days before, each decayed to the newest. */
export type Windows = { recent: GoodEvidence; earlier: GoodEvidence };

/** Splits what `goodEvidence` left in `good`; days count back from the newest unit. O(units). */
export function windowsOf(units: Units, good: Float64Array): Windows {
  const { recentMs, earlierMs } = params.trend;
  const recent = { failing: 0, passing: 0 };
  const earlier = { failing: 0, passing: 0 };
  const oldestRecent = 2 ** (-recentMs / params.halfLifeMs);
  const oldest = 2 ** (-(recentMs + earlierMs) / params.halfLifeMs);
  let weight = 1;
  for (let i = units.count - 1; i >= 0 && weight >= oldest; i--) {
    const window = weight >= oldestRecent ? recent : earlier;
    window.failing += weight * good[i]! * units.failing[i]!;
    window.passing += weight * good[i]! * units.passing[i]!;
    weight *= units.keep[i]!;
  }
  return { recent, earlier };
}

/**
 * Whether a test, or the false reds of a repo, became more frequent: up or down where one rate is
 * above the other with P ≥ 0.95 and at least 1.5 times as high. One `betaExceedsRoughly` where that is likely.
 */
export function flakeTrendOf({ recent, earlier }: Windows): FlakeTrend {
  const now = ratePosterior(recent);
  const then = ratePosterior(earlier);
  if (isAbove(now, then)) return 'up';
  return isAbove(then, now) ? 'down' : 'steady';
}

const isAbove = (one: Beta, other: Beta): boolean =>
  betaMean(one) >= params.trend.ratio * betaMean(other) &&
  mayExceed(one, other) &&
  betaExceedsRoughly(one, other) >= params.trend.sure;
