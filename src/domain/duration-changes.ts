import { durations } from './analytics-params.ts';
import { mannWhitneyP } from './mann-whitney.ts';
import { median, medianDeviation, medianFilter, sigmaOfDeviation } from './median.ts';
import { partition } from './partitioning.ts';

/** A lasting change of level. */
export type LevelChange = {
  /** of the first value at the new level */
  index: number;
  /** medians of the segments before and after */
  before: number;
  after: number;
  /** two-sided, of the Mann-Whitney test on the values next to the change */
  p: number;
};

/**
 * The lasting changes of a series of logarithms, oldest first: spikes are cut, the exact cheapest
 * partitioning proposes, and the weakest proposal is dropped until all are large and sure enough.
 * Adding a constant changes nothing; a single spike is never a change. Values must be finite. Below
 * two segments' worth of values there is none. O(n²): 40,000 steps at the full window of 200.
 */
export function levelChanges(values: Float64Array): LevelChange[] {
  if (values.length < 2 * durations.minSegment) return [];
  const calm = withoutSpikes(values);
  const penalty = durations.penalty * Math.log(calm.length);
  const proposed = partition(calm, noiseOf(calm), penalty, durations.minSegment);
  return pruned(calm, proposed);
}

/** The series with every value brought within 2.5 robust sigmas of the median around it. O(n). */
export function withoutSpikes(values: Float64Array): Float64Array {
  const { medianOver, sigmas } = durations.spike;
  const around = medianFilter(values, medianOver);
  const most = sigmas * sigmaOfDeviation * medianDeviation(differences(values, around));
  for (let i = 0; i < around.length; i++) {
    around[i]! += Math.max(-most, Math.min(most, values[i]! - around[i]!));
  }
  return around;
}

/**
 * The noise of a calmed series, robust against changes of level (by differences) and against slow
 * drift (around a wide median). At least 1 %. Two values or more. O(n).
 */
export function noiseOf(calm: Float64Array): number {
  const steps = differences(calm.subarray(1), calm);
  const off = differences(calm, medianFilter(calm, durations.driftMedianOver));
  return Math.max(
    (sigmaOfDeviation * medianDeviation(steps)) / Math.SQRT2,
    medianDeviation(off),
    durations.minSigma,
  );
}

/** a - b, as long as `a`. */
function differences(a: Float64Array, b: Float64Array): Float64Array {
  const off = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) off[i] = a[i]! - b[i]!;
  return off;
}

/** Bottom-up: each drop joins two segments, which changes what its neighbours are worth. */
function pruned(calm: Float64Array, proposed: number[]): LevelChange[] {
  let indexes = proposed;
  for (;;) {
    const weighed = indexes.map((index, i) =>
      weigh(calm, indexes[i - 1] ?? 0, index, indexes[i + 1] ?? calm.length),
    );
    const weakest = weighed
      .filter(({ strength, change }) => strength < 1 || change.p > durations.mannWhitney.maxP)
      .reduce<Weighed | null>((a, b) => (a !== null && a.strength <= b.strength ? a : b), null);
    if (weakest === null) return weighed.map(({ change }) => change);
    indexes = indexes.filter((index) => index !== weakest.change.index);
  }
}

/** `strength`: the size of a change over the size that it needs. */
type Weighed = { change: LevelChange; strength: number };

function weigh(calm: Float64Array, from: number, index: number, to: number): Weighed {
  const left = calm.subarray(from, index);
  const right = calm.subarray(index, to);
  const [before, after] = [median(left), median(right)];
  const residuals = calm.slice(from, to);
  for (let i = 0; i < residuals.length; i++) residuals[i]! -= from + i < index ? before : after;
  const { perSide } = durations.mannWhitney;
  const p = mannWhitneyP(left.slice(-perSide), right.slice(0, perSide));
  const needed = Math.max(durations.effect.min, durations.effect.mads * medianDeviation(residuals));
  return { change: { index, before, after, p }, strength: Math.abs(after - before) / needed };
}
