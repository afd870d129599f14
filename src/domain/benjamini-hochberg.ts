/**
 * Which findings to believe so that at most the share `q` of them is expected to be false
 * (Benjamini & Hochberg 1995): those with p up to the largest p(k) ≤ q·k / tests. `tests` counts
 * all that were looked at; those without a p of interest need not be in `ps`. Independent of the
 * order of `ps`. O(n log n).
 */
export function believed(ps: ArrayLike<number>, tests: number, q: number): boolean[] {
  const sorted = Float64Array.from(ps).sort();
  let highest = -1;
  for (let k = 1; k <= sorted.length; k++) {
    const p = sorted[k - 1]!;
    if (p <= (q * k) / tests) highest = p;
  }
  return Array.from(ps, (p) => p <= highest);
}
