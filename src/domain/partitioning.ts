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
  const { sums, inverses } = prefixes(values);
  const perChange = penalty * sigma * sigma;
  /** what a segment that begins here starts with: cheapest cost before, × sigma², less all squares before */
  const begin = new Float64Array(n + 1).fill(Infinity);
  const start = new Int32Array(n + 1);
  begin[0] = 0;
  for (let to = minSegment; to <= n; to++) {
    const sum = sums[to]!;
    let [best, from] = [begin[0]! - sum * sum * inverses[to]!, 0];
    for (let cut = minSegment; cut <= to - minSegment; cut++) {
      const part = sum - sums[cut]!;
      const cost = begin[cut]! - part * part * inverses[to - cut]!;
      if (cost < best) {
        best = cost;
        from = cut;
      }
    }
    start[to] = from;
    begin[to] = best + perChange;
  }
  return walkBack(start);
}

/** Sums around the first value, so that a high level does not eat the digits of small changes; 1 / length. */
function prefixes(values: Float64Array): { sums: Float64Array; inverses: Float64Array } {
  const sums = new Float64Array(values.length + 1);
  const inverses = new Float64Array(values.length + 1);
  const origin = values[0] ?? 0;
  for (let i = 0; i < values.length; i++) {
    sums[i + 1] = sums[i]! + values[i]! - origin;
    inverses[i + 1] = 1 / (i + 1);
  }
  return { sums, inverses };
}

function walkBack(start: Int32Array): number[] {
  const changes: number[] = [];
  for (let at = start[start.length - 1]!; at > 0; at = start[at]!) changes.push(at);
  return changes.reverse();
}
