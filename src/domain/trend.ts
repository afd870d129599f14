import { grade as params } from './analytics-params.ts';
import { median } from './median.ts';
import { normalAbove } from './normal.ts';

/** The closing score of one day; days are counted from the epoch, gaps are fine. */
export type DailyScore = { day: number; score: number };

export type Trend = {
  direction: 'improving' | 'declining' | 'steady';
  /** points per day (Theil-Sen) */
  slope: number;
  /** chance of at least such an order of the days by accident (Mann-Kendall, two-sided) */
  p: number;
};

/**
 * Where the grade is going over the last 28 days: a direction only where the order of the days is
 * no accident and the change over the window is at least 3 points. `days` in ascending order; days
 * before the window are left out. Steady below 8 days. O(days²).
 */
export function trendOf(days: readonly DailyScore[]): Trend {
  const { days: window, minDays, maxP, minChange } = params.trend;
  const newest = days.at(-1)?.day ?? 0;
  const recent = days.filter(({ day }) => day > newest - window);
  const slope = theilSenSlope(recent);
  const p = mannKendallP(recent.map(({ score }) => score));
  const isMove = recent.length >= minDays && p < maxP && Math.abs(slope) * window >= minChange;
  return { direction: !isMove ? 'steady' : slope > 0 ? 'improving' : 'declining', slope, p };
}

/** Median of the slopes of all pairs of days; 0 below two days. */
function theilSenSlope(days: readonly DailyScore[]): number {
  const slopes = days.flatMap((later, i) =>
    days.slice(0, i).map((earlier) => (later.score - earlier.score) / (later.day - earlier.day)),
  );
  return slopes.length === 0 ? 0 : median(slopes);
}

/**
 * Two-sided p of the Mann-Kendall test, normal approximation with continuity correction and the
 * variance corrected for ties; 1 where all are equal or there are fewer than three.
 */
export function mannKendallP(values: readonly number[]): number {
  const n = values.length;
  let s = 0;
  for (let i = 0; i < n; i++) for (let k = 0; k < i; k++) s += Math.sign(values[i]! - values[k]!);
  const term = (count: number) => count * (count - 1) * (2 * count + 5);
  const ties = Map.groupBy(values, (value) => value).values();
  const variance = ties.reduce((sum, { length }) => sum - term(length), term(n)) / 18;
  if (n < 3 || variance <= 0 || s === 0) return 1;
  return Math.min(1, 2 * normalAbove((Math.abs(s) - 1) / Math.sqrt(variance)));
}
