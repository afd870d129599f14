import { normalAbove } from './normal.ts';

/** Up to this size of both samples, and without ties, the distribution of U is counted out. */
const exactUpTo = 10;

/**
 * Two-sided p of the Mann-Whitney U test: how surprising it is, were both samples of one kind, that
 * one lies so far above the other. 1 of an empty sample or of equal values only. Exact for small
 * samples without ties, else by the normal approximation with tie and continuity correction
 * (Mann & Whitney 1947). O(n log n).
 */
export function mannWhitneyP(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [n, m] = [a.length, b.length];
  if (n === 0 || m === 0) return 1;
  const { u, ties } = countAbove(a, b);
  const far = Math.max(u, n * m - u);
  if (ties === 0 && n <= exactUpTo && m <= exactUpTo) return Math.min(1, 2 * exactTail(far, n, m));
  const total = n + m;
  const variance = ((n * m) / 12) * (total + 1 - ties / (total * (total - 1)));
  if (variance <= 0) return 1;
  const z = (far - (n * m) / 2 - 0.5) / Math.sqrt(variance);
  return Math.min(1, 2 * normalAbove(z));
}

/** U of `a` (pairs in which it is above, halves for equal ones) and the sum of t³ - t over ties. */
function countAbove(a: ArrayLike<number>, b: ArrayLike<number>): { u: number; ties: number } {
  const left = Float64Array.from(a).sort();
  const right = Float64Array.from(b).sort();
  const total = left.length + right.length;
  let [i, j, ranks, ties] = [0, 0, 0, 0];
  while (i + j < total) {
    const value = Math.min(left[i] ?? Infinity, right[j] ?? Infinity);
    const [fromI, fromJ] = [i, j];
    while (left[i] === value) i++;
    while (right[j] === value) j++;
    const equal = i - fromI + j - fromJ;
    ranks += (i - fromI) * (fromI + fromJ + (equal + 1) / 2);
    ties += equal ** 3 - equal;
  }
  return { u: ranks - (left.length * (left.length + 1)) / 2, ties };
}

/** P(U ≥ u) without ties: the share of the orders of n + m values. O(n² · m²). */
function exactTail(u: number, n: number, m: number): number {
  let ways = [[1]];
  for (let j = 0; j <= m; j++) ways[j] = [1];
  for (let i = 1; i <= n; i++) {
    const next: number[][] = [[1]];
    for (let j = 1; j <= m; j++) next[j] = addShifted(ways[j]!, j, next[j - 1]!);
    ways = next;
  }
  const counts = ways[m]!;
  const all = counts.reduce((sum, count) => sum + count, 0);
  const tail = counts.slice(u).reduce((sum, count) => sum + count, 0);
  return tail / all;
}

/** Counts by U: the largest value is of the one sample, which adds `shift`, or of the other. */
function addShifted(one: number[], shift: number, other: number[]): number[] {
  const length = Math.max(one.length + shift, other.length);
  return Array.from({ length }, (_, u) => (one[u - shift] ?? 0) + (other[u] ?? 0));
}
