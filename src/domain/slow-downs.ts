import { durations } from './analytics-params.ts';
import { believed } from './benjamini-hochberg.ts';
import { type LevelChange, levelChanges } from './duration-changes.ts';
import { median } from './median.ts';

/** A test that takes longer than it did. */
export type SlowDown = {
  test: number;
  /** into the test's series: the first slow result */
  index: number;
  /** duration after / before, without the effect of slow machines */
  ratio: number;
  addedMs: number;
  p: number;
};

/** Adjusted log durations (ms) of a test's newest results, oldest first. */
export type DurationSeries = { test: number; values: Float64Array };

/**
 * The tests of one batch whose last change of level is a slow-down worth telling: by 10 % and 50 ms
 * at least, and sure enough among the `screened` tests that the batch looked at, of which `suspects`
 * are those whose screen had reason to look closer. In the order of `suspects`. O(n²) per suspect.
 */
export function slowDowns(suspects: DurationSeries[], screened: number): SlowDown[] {
  const found = suspects.flatMap(({ test, values }) => {
    const last = lastSlowDown(values);
    return last === null ? [] : [{ test, ...last }];
  });
  const ps = found.map(({ p }) => p);
  const sure = believed(
    ps,
    Math.max(screened, suspects.length),
    durations.alert.falseDiscoveryRate,
  );
  return found.filter((_, i) => sure[i]);
}

/**
 * The last change of a series where it is an increase of 10 % and 50 ms at least; null where it is
 * not, or where the test takes less than 20 ms. With the effects of whole runs (see run-effect.ts)
 * for a series, `wholeRunSlowDown` asks the same of all tests together.
 */
export function lastSlowDown(values: Float64Array): Omit<SlowDown, 'test'> | null {
  if (values.length === 0 || median(values) < Math.log(durations.minMedianMs)) return null;
  const last = levelChanges(values).at(-1);
  if (last === undefined) return null;
  const ratio = ratioOf(last);
  const addedMs = Math.exp(last.after) - Math.exp(last.before);
  if (ratio < durations.alert.ratio || addedMs < durations.alert.ms) return null;
  return { index: last.index, ratio, addedMs, p: last.p };
}

/**
 * Whether the runs themselves became slower: `effects` are the log effects of runs, oldest first.
 * One incident then stands for the slow-downs of all tests. Null where they did not. O(n²).
 */
export function wholeRunSlowDown(effects: Float64Array): Omit<SlowDown, 'test' | 'addedMs'> | null {
  const last = levelChanges(effects).at(-1);
  if (last === undefined || ratioOf(last) < durations.alert.ratio) return null;
  return { index: last.index, ratio: ratioOf(last), p: last.p };
}

const ratioOf = ({ before, after }: LevelChange): number => Math.exp(after - before);
