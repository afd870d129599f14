/** A value with the range it may as well have, as a bar with a dot, in pixels. */
export type IntervalBar = { width: number; from: number; length: number; dot: number };

const width = 96;
const inset = 4;

/** `most`: what the right edge stands for, the same for all rows of a list. */
export function intervalBar(value: number, low: number, high: number, most: number): IntervalBar {
  const place = (x: number): number => {
    const share = most > 0 ? Math.min(1, Math.max(0, x / most)) : 0;
    return Math.round(10 * (inset + share * (width - 2 * inset))) / 10;
  };
  const from = place(Math.min(low, value));
  const length = Math.max(1, Math.round(10 * (place(Math.max(high, value)) - from)) / 10);
  return { width, from, length, dot: place(value) };
}
