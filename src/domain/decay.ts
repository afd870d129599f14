/**
 * Forward decay (Cormode, Shkapenyuk, Srivastava, Xu: "Forward Decay", ICDE 2009): an item of time
 * t weighs 2^((t - reference) / half-life), whenever it is added. Sums may be added to and merged
 * in any order; only their ratios mean anything, and those do not depend on the reference.
 */
export type DecayedSums = {
  halfLifeMs: number;
  /** the time that weighs 1; NaN while nothing was added */
  referenceMs: number;
  /** sum of the weights */
  weight: number;
  /** sum of the squared weights, for the effective count */
  weightSquared: number;
  /** sums of weight × value, one per column */
  sums: Float64Array;
};

/** weights beyond 2^200 move the reference, so that no sum overflows */
const maxExponent = 200;

export const newDecayedSums = (halfLifeMs: number, columns: number): DecayedSums => ({
  halfLifeMs,
  referenceMs: Number.NaN,
  weight: 0,
  weightSquared: 0,
  sums: new Float64Array(columns),
});

/**
 * Adds `count` times an item of time `atMs` (-1 takes it back); `values` has one number per column.
 * O(columns).
 */
export function addDecayed(
  into: DecayedSums,
  atMs: number,
  values: ArrayLike<number>,
  count = 1,
): void {
  makeRoom(into, atMs);
  const g = weightAt(into, atMs);
  into.weight += count * g;
  into.weightSquared += count * g * g;
  for (let i = 0; i < into.sums.length; i++) into.sums[i]! += count * g * values[i]!;
}

/** Adds all of `from`, which keeps its own reference, to `into`. O(columns). */
export function mergeDecayed(into: DecayedSums, from: DecayedSums): void {
  if (Number.isNaN(from.referenceMs)) return;
  makeRoom(into, from.referenceMs);
  const scale = weightAt(into, from.referenceMs);
  into.weight += scale * from.weight;
  into.weightSquared += scale * scale * from.weightSquared;
  for (let i = 0; i < into.sums.length; i++) into.sums[i]! += scale * from.sums[i]!;
}

/** Decayed mean of a column over all items; null before the first. */
export const decayedMean = (of: DecayedSums, column: number): number | null =>
  of.weight > 0 ? of.sums[column]! / of.weight : null;

/** Kish's effective number of items: (Σw)² / Σw²; 0 before the first. */
export const effectiveCount = (of: DecayedSums): number =>
  of.weightSquared > 0 ? (of.weight * of.weight) / of.weightSquared : 0;

/** The weight of time `atMs` as these sums see it. */
const weightAt = ({ halfLifeMs, referenceMs }: DecayedSums, atMs: number): number =>
  2 ** ((atMs - referenceMs) / halfLifeMs);

/** Moves the reference by whole half-lives, which scales every sum without rounding. */
function makeRoom(sums: DecayedSums, atMs: number): void {
  if (Number.isNaN(sums.referenceMs)) sums.referenceMs = atMs;
  const exponent = (atMs - sums.referenceMs) / sums.halfLifeMs;
  if (exponent <= maxExponent) return;
  const halfLives = Math.floor(exponent);
  const scale = 2 ** -halfLives;
  sums.referenceMs += halfLives * sums.halfLifeMs;
  sums.weight *= scale;
  sums.weightSquared *= scale * scale;
  for (let i = 0; i < sums.sums.length; i++) sums.sums[i]! *= scale;
}
