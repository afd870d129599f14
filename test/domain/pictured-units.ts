import { twoState } from '../../src/domain/analytics-params.ts';
import { Units } from '../../src/domain/units.ts';

/**
 * One character per commit: `.` passed, `x` failed, `~` failed and passed, `_` not tested, `o` and
 * `p` failed and passed in a pull request. `from` marks whether it is the whole history.
 */
export function unitsOf(picture: string, extra: { isWhole?: boolean; keep?: number } = {}): Units {
  const units = new Units(Math.max(1, picture.length));
  units.clear(extra.isWhole ?? true);
  let gap = 1;
  for (const c of picture) {
    if (c === '_') {
      gap++;
      continue;
    }
    const isPull = c === 'o' || c === 'p';
    units.push({
      failing: 'x~o'.includes(c) ? 1 : 0,
      passing: '.~p'.includes(c) ? 1 : 0,
      gap: isPull ? 0 : gap,
      breakage: isPull ? twoState.pull.breakage : twoState.breakage,
      keep: extra.keep ?? 1,
      isPull,
    });
    if (!isPull) gap = 1;
  }
  return units;
}

export const goodOf = (units: Units): Float64Array => new Float64Array(units.capacity);

/** mulberry32: numbers in [0, 1) */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A history of `n` commits whose test fails independently at `rate`. */
export const flakyPicture = (random: () => number, n: number, rate: number): string =>
  Array.from({ length: n }, () => (random() < rate ? 'x' : '.')).join('');
