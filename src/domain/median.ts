/** The middle value, the mean of the middle two of an even count; NaN of nothing. O(n log n). */
export function median(values: Iterable<number>): number {
  const sorted = Float64Array.from(values).sort();
  return middleOf(sorted, sorted.length);
}

/** What makes a median deviation the standard deviation of normal noise: 1 / Φ⁻¹(3/4). */
export const sigmaOfDeviation = 1.4826;

/** Median absolute deviation from the median, unscaled; NaN of nothing. O(n log n). */
export function medianDeviation(values: Iterable<number>): number {
  const all = Float64Array.from(values);
  const centre = median(all);
  return median(all.map((value) => Math.abs(value - centre)));
}

/**
 * Each value's median over `over` (odd) values around it. Towards the ends the window is cut on the
 * outer side, so that the filter of a reversed series is the reversed filter. O(n × over).
 */
export function medianFilter(values: Float64Array, over: number): Float64Array {
  const reach = over >> 1;
  const window = new SortedWindow(over);
  for (let i = 0; i < Math.min(reach, values.length); i++) window.add(values[i]!);
  return values.map((_, i) => {
    if (i + reach < values.length) window.add(values[i + reach]!);
    if (i - reach > 0) window.remove(values[i - reach - 1]!);
    return window.median();
  });
}

/** Up to `capacity` + 1 values in order. */
class SortedWindow {
  readonly #values: Float64Array;
  #size = 0;

  constructor(capacity: number) {
    this.#values = new Float64Array(capacity + 1);
  }

  add(value: number): void {
    insert(this.#values, this.#size++, value);
  }

  remove(value: number): void {
    const at = this.#values.indexOf(value);
    this.#values.copyWithin(at, at + 1, this.#size--);
  }

  median(): number {
    return middleOf(this.#values, this.#size);
  }
}

/** Puts a value in its place among the first `size` ones, which are in order. */
function insert(sorted: Float64Array, size: number, value: number): void {
  let at = size;
  for (; at > 0 && sorted[at - 1]! > value; at--) sorted[at] = sorted[at - 1]!;
  sorted[at] = value;
}

const middleOf = (sorted: Float64Array, size: number): number =>
  (sorted[(size - 1) >> 1]! + sorted[size >> 1]!) / 2;

/** The median of the first `size` ≥ 1 of a few dozen values, which it sorts. O(size²), no allocation. */
export function medianInPlace(few: Float64Array, size: number): number {
  for (let i = 1; i < size; i++) insert(few, i, few[i]!);
  return middleOf(few, size);
}
