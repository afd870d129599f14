import { betaBelow } from '../../../src/domain/beta.ts';
import { mean } from '../metrics.ts';

const [window, maxP, weakFactor] = [50, 0.001, 10];

/** Two-sided p of Student's t for two samples of equal variance; 1 where one of them is too small. */
function tTest(a: readonly number[], b: readonly number[]): number {
  const free = a.length + b.length - 2;
  if (a.length < 1 || b.length < 1 || free < 1) return 1;
  const [ma, mb] = [mean(a), mean(b)];
  const squares = (list: readonly number[], m: number) =>
    list.reduce((sum, x) => sum + (x - m) ** 2, 0);
  const variance = (squares(a, ma) + squares(b, mb)) / free;
  if (variance === 0) return ma === mb ? 1 : 0;
  const t = (ma - mb) / Math.sqrt(variance * (1 / a.length + 1 / b.length));
  return betaBelow(free / (free + t * t), free / 2, 0.5);
}

/** The split of E-divisive with the largest Q at exponent 1; null below four values. O(n²). */
function bestSplit(values: readonly number[]): number | null {
  const n = values.length;
  if (n < 4) return null;
  let [best, most] = [-1, Number.NEGATIVE_INFINITY];
  let [between, left, right] = [0, 0, 0];
  const distance = (i: number, j: number) => Math.abs(values[i]! - values[j]!);
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) right += distance(i, j);
  for (let at = 1; at < n - 1; at++) {
    // Value at - 1 goes from the right to the left.
    const moved = at - 1;
    for (let j = 0; j < moved; j++) left += distance(moved, j);
    for (let j = moved + 1; j < n; j++) right -= distance(moved, j);
    for (let j = 0; j < moved; j++) between -= distance(moved, j);
    for (let j = at; j < n; j++) between += distance(moved, j);
    const [a, b] = [at, n - at];
    const pairs = (m: number) => (m * (m - 1)) / 2;
    const within = (sum: number, m: number) => (pairs(m) === 0 ? 0 : sum / pairs(m));
    const divergence = (2 * between) / (a * b) - within(left, a) - within(right, b);
    const q = ((a * b) / (a + b)) * divergence;
    if (q > most) [best, most] = [at, q];
  }
  return best;
}

/** Splits as long as the t-test allows ten times the p. */
function weakPoints(values: readonly number[], from: number, to: number): number[] {
  const part = values.slice(from, to);
  const at = bestSplit(part);
  if (at === null || tTest(part.slice(0, at), part.slice(at)) > weakFactor * maxP) return [];
  return [...weakPoints(values, from, from + at), from + at, ...weakPoints(values, from + at, to)];
}

/**
 * Apache Otava, formerly Hunter: E-divisive in windows of 50 that slide by half, with a t-test in
 * place of permutations; then the least significant point is dropped until all are below p = 0.001.
 * Ascending indices. otava `analysis.py`.
 */
export function otava(values: readonly number[]): number[] {
  const weak = new Set<number>();
  for (let from = 0; from === 0 || from + window / 2 < values.length; from += window / 2) {
    const to = Math.min(values.length, from + window);
    for (const at of weakPoints(values, from, to)) weak.add(at);
  }
  let points = [...weak].sort((a, b) => a - b);
  for (;;) {
    const ps = points.map((at, i) =>
      tTest(values.slice(points[i - 1] ?? 0, at), values.slice(at, points[i + 1] ?? values.length)),
    );
    const worst = Math.max(...ps);
    if (!(worst > maxP)) return points;
    points = points.toSpliced(ps.indexOf(worst), 1);
  }
}
