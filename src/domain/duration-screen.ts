import { durations } from './analytics-params.ts';

/** Both sums of a two-sided CUSUM, in sigmas, each ≥ 0. */
export type Screen = { up: number; down: number };

export const calmScreen: Screen = { up: 0, down: 0 };

/**
 * One more result: `value` against the level and the noise (> 0) of the segment that lasts. O(1);
 * Page 1954. Start again from `calmScreen` after each closer look.
 */
export function screened(before: Screen, value: number, level: number, sigma: number): Screen {
  const { drift, clip } = durations.screen;
  const off = Math.max(-clip, Math.min(clip, (value - level) / sigma));
  return {
    up: Math.max(0, before.up + off - drift),
    down: Math.max(0, before.down - off - drift),
  };
}

/** Whether the series is worth its partitioning. */
export const needsCloserLook = ({ up, down }: Screen): boolean =>
  Math.max(up, down) > durations.screen.threshold;
