/** The middle value, the mean of the middle two of an even count; NaN of nothing. O(n). */
export function median(values: ArrayLike<number>): number {
  return values.length === 0 ? Number.NaN : medianInPlace(new Float64Array(values), values.length);
}

/** What makes a median deviation the standard deviation of normal noise: 1 / Φ⁻¹(3/4). */
export const sigmaOfDeviation = 1.4826;

/** Median absolute deviation from the median, unscaled; NaN of nothing. O(n). */
export function medianDeviation(values: ArrayLike<number>): number {
  if (values.length === 0) return Number.NaN;
  const off = new Float64Array(values);
  const centre = medianInPlace(off, off.length);
  for (let i = 0; i < off.length; i++) off[i] = Math.abs(off[i]! - centre);
  return medianInPlace(off, off.length);
}

/**
 * Each value's median over `over` (odd) values around it. Towards the ends the window is cut on the
 * outer side, so that the filter of a reversed series is the reversed filter. O(n × over).
 */
export function medianFilter(values: Float64Array, over: number): Float64Array {
  const reach = over >> 1;
  const n = values.length;
  const filtered = new Float64Array(n);
  /** the values of the window, in order */
  const sorted = new Float64Array(over + 1);
  let size = 0;
  for (let i = 0; i < Math.min(reach, n); i++) insert(sorted, size++, values[i]!);
  for (let i = 0; i < n; i++) {
    const hasNext = i + reach < n;
    if (hasNext && i > reach) exchange(sorted, size, values[i - reach - 1]!, values[i + reach]!);
    else if (hasNext) insert(sorted, size++, values[i + reach]!);
    else if (i > reach) remove(sorted, size--, values[i - reach - 1]!);
    filtered[i] = (sorted[(size - 1) >> 1]! + sorted[size >> 1]!) / 2;
  }
  return filtered;
}

/** Puts a value in its place among the first `size` ones, which are in order. */
function insert(sorted: Float64Array, size: number, value: number): void {
  let at = size;
  for (; at > 0 && sorted[at - 1]! > value; at--) sorted[at] = sorted[at - 1]!;
  sorted[at] = value;
}

/** Takes a value out that is there. */
function remove(sorted: Float64Array, size: number, value: number): void {
  let at = 0;
  while (sorted[at] !== value) at++;
  for (; at < size - 1; at++) sorted[at] = sorted[at + 1]!;
}

/** Takes a value out that is there, and puts another in its place. */
function exchange(sorted: Float64Array, size: number, out: number, value: number): void {
  let at = 0;
  while (sorted[at] !== out) at++;
  for (; at < size - 1 && sorted[at + 1]! < value; at++) sorted[at] = sorted[at + 1]!;
  for (; at > 0 && sorted[at - 1]! > value; at--) sorted[at] = sorted[at - 1]!;
  sorted[at] = value;
}

/**
 * The median of the first `size` ≥ 1 values, which are then in another order. O(size) but for series
 * made to be slow; no allocation.
 */
export function medianInPlace(values: Float64Array, size: number): number {
  const middle = size >> 1;
  const upper = select(values, size, middle);
  if (size % 2 === 1) return upper;
  let lower = values[0]!;
  for (let i = 1; i < middle; i++) if (values[i]! > lower) lower = values[i]!;
  return (lower + upper) / 2;
}

/** The value that would be at `rank` if the first `size` were in order; smaller ones come before it (Hoare 1961). */
function select(values: Float64Array, size: number, rank: number): number {
  let low = 0;
  let high = size - 1;
  while (low < high) {
    const pivot = middleOfThree(values[low]!, values[(low + high) >> 1]!, values[high]!);
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const kept = values[i]!;
      values[i++] = values[j]!;
      values[j--] = kept;
    }
    if (rank <= j) high = j;
    else if (rank >= i) low = i;
    else break;
  }
  return values[rank]!;
}

const middleOfThree = (a: number, b: number, c: number): number =>
  Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
