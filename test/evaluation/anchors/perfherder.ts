type Sample = { mean: number; variance: number; count: number };

const [fewest, most, after] = [12, 24, 12];
const [leastT, leastChange] = [7, 0.02];

/** Weights fall linearly with the distance from the change. */
function weighed(values: readonly number[]): Sample {
  const weights = values.map((_, i) => 1 - i / values.length);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = values.reduce((sum, value, i) => sum + weights[i]! * value, 0) / total;
  const squares = values.reduce((sum, value, i) => sum + weights[i]! * (value - mean) ** 2, 0);
  return { mean, variance: squares / total, count: values.length };
}

function scoreAt(values: readonly number[], at: number): number {
  const before = weighed(values.slice(Math.max(0, at - most), at).reverse());
  const behind = weighed(values.slice(at, at + after));
  const change = Math.abs(behind.mean - before.mean);
  if (change < leastChange * Math.abs(before.mean)) return 0;
  const spread = Math.sqrt(before.variance / before.count + behind.variance / behind.count);
  return spread === 0 ? (change === 0 ? 0 : Number.POSITIVE_INFINITY) : change / spread;
}

/**
 * Perfherder: at each value a weighted t between the 12 to 24 before it and the 12 from it on; a
 * change where it is above 7, highest among its neighbours, and 2 % at least. Ascending indices.
 * treeherder `perfalert/__init__.py`.
 */
export function perfherder(values: readonly number[]): number[] {
  const scores = values.map((_, at) =>
    at < fewest || at + after > values.length ? 0 : scoreAt(values, at),
  );
  const found: number[] = [];
  let best = -1;
  scores.forEach((score, at) => {
    if (score > leastT && (best < 0 || score > scores[best]!)) best = at;
    if (best >= 0 && (score <= leastT || at === scores.length - 1)) {
      found.push(best);
      best = -1;
    }
  });
  return found;
}
