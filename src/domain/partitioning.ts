/**
 * The exact cheapest cut of a series into segments of constant level (optimal partitioning, Jackson
 * et al. 2005): the sum over segments of squared errors / sigma², plus `penalty` per change, with at
 * least `minSegment` values in each. Ascending indexes of the first value of each new segment; none
 * where the series is too short for two segments. O(n²) time, O(n) space.
 */
export function partition(
  values: Float64Array,
  sigma: number,
  penalty: number,
  minSegment: number,
): number[] {
  const n = values.length;
  const { sums, squares } = prefixSums(values);
  const cost = new Float64Array(n + 1).fill(Infinity);
  const start = new Int32Array(n + 1);
  cost[0] = -penalty;
  for (let to = minSegment; to <= n; to++) {
    for (let from = 0; from <= to - minSegment; from++) {
      const sum = sums[to]! - sums[from]!;
      const error = Math.max(0, squares[to]! - squares[from]! - (sum * sum) / (to - from));
      const total = cost[from]! + error / (sigma * sigma) + penalty;
      if (total < cost[to]!) {
        cost[to] = total;
        start[to] = from;
      }
    }
  }
  return walkBack(start);
}

/** Sums around the first value, so that a high level does not eat the digits of small changes. */
function prefixSums(values: Float64Array): { sums: Float64Array; squares: Float64Array } {
  const sums = new Float64Array(values.length + 1);
  const squares = new Float64Array(values.length + 1);
  const origin = values[0] ?? 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]! - origin;
    sums[i + 1] = sums[i]! + value;
    squares[i + 1] = squares[i]! + value * value;
  }
  return { sums, squares };
}

function walkBack(start: Int32Array): number[] {
  const changes: number[] = [];
  for (let at = start[start.length - 1]!; at > 0; at = start[at]!) changes.push(at);
  return changes.reverse();
}
