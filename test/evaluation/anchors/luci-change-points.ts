import { lnGamma } from '../../../src/domain/beta.ts';
import type { OnlineRule, Point } from './series.ts';

/** Beta prior of a rate of unexpected results. */
type Prior = { a: number; b: number };
export type LuciSettings = {
  unexpected: Prior;
  unexpectedAfterRetry: Prior;
  /** prior odds of a change somewhere in the series */
  changeOdds: number;
};
export const luciSettings: LuciSettings = {
  unexpected: { a: 0.3, b: 0.5 },
  unexpectedAfterRetry: { a: 0.5, b: 0.5 },
  changeOdds: 1e-4,
};

/** The part of a point that LUCI looks at. */
export type LuciPoint = Pick<Point, 'runs' | 'unexpected' | 'retried' | 'unexpectedAfterRetry'>;

/** ln B(k + a, n - k + b) / B(a, b): the marginal likelihood of k unexpected results among n, in order. */
export function lnLikelihood({ a, b }: Prior, k: number, n: number): number {
  return cached(a, k) + cached(b, n - k) - cached(a + b, n) - lnBetaOf(a, b);
}

const gammas = new Map<number, number[]>();
/** ln Γ(n + offset), remembered. */
function cached(offset: number, n: number): number {
  const list = gammas.get(offset) ?? [];
  if (list.length === 0) gammas.set(offset, list);
  list[n] ??= lnGamma(n + offset);
  return list[n];
}
const lnBetaOf = (a: number, b: number): number => cached(a, 0) + cached(b, 0) - cached(a + b, 0);

/** Running sums, so that any segment is judged in O(1). */
class Sums {
  readonly runs = [0];
  readonly unexpected = [0];
  readonly retried = [0];
  readonly afterRetry = [0];
  /** whether the expectation of the first result differs from that of the point before */
  readonly isTransition: boolean[] = [];
  private last: LuciPoint | null = null;

  push(point: LuciPoint): void {
    const add = (list: number[], value: number) => list.push(list.at(-1)! + value);
    add(this.runs, point.runs);
    add(this.unexpected, point.unexpected);
    add(this.retried, point.retried);
    add(this.afterRetry, point.unexpectedAfterRetry);
    this.isTransition.push(this.last !== null && !alike(this.last, point));
    this.last = point;
  }

  get count(): number {
    return this.isTransition.length;
  }

  likelihood(from: number, to: number, settings: LuciSettings): number {
    const of = (list: number[]) => list[to]! - list[from]!;
    return (
      lnLikelihood(settings.unexpected, of(this.unexpected), of(this.runs)) +
      lnLikelihood(settings.unexpectedAfterRetry, of(this.afterRetry), of(this.retried))
    );
  }

  rate(from: number, to: number): number {
    return (this.unexpected[to]! - this.unexpected[from]!) / (this.runs[to]! - this.runs[from]!);
  }
}

/** Between two points that are all-expected, or equally all-failing, there is nothing to split. */
function alike(one: LuciPoint, other: LuciPoint): boolean {
  const isPure = (p: LuciPoint) => p.unexpected === 0;
  const isBroken = (p: LuciPoint) =>
    p.unexpected === p.runs && p.unexpectedAfterRetry === p.retried;
  return (isPure(one) && isPure(other)) || (isBroken(one) && isBroken(other));
}

/** ln of how much likelier each place is than no change, prior included; -Infinity where none is a candidate. */
function gains(sums: Sums, from: number, to: number, settings: LuciSettings): Float64Array {
  const whole = sums.likelihood(from, to, settings);
  const result = new Float64Array(to - from).fill(Number.NEGATIVE_INFINITY);
  for (let at = from + 1; at < to; at++) {
    if (!sums.isTransition[at]) continue;
    result[at - from] =
      sums.likelihood(from, at, settings) +
      sums.likelihood(at, to, settings) -
      whole +
      Math.log(settings.changeOdds);
  }
  return result;
}

function split(
  sums: Sums,
  from: number,
  to: number,
  settings: LuciSettings,
  found: number[],
): void {
  const all = gains(sums, from, to, settings);
  let best = 0;
  for (let i = 1; i < all.length; i++) if (all[i]! > all[best]!) best = i;
  if (!(all[best]! > 0)) return;
  split(sums, from, from + best, settings, found);
  found.push(from + best);
  split(sums, from + best, to, settings, found);
}

const sumsOf = (points: readonly LuciPoint[]): Sums => {
  const sums = new Sums();
  for (const point of points) sums.push(point);
  return sums;
};

/** LUCI's change points: indices of the first points of new segments, ascending. */
export function changePoints(points: readonly LuciPoint[], settings = luciSettings): number[] {
  const found: number[] = [];
  split(sumsOf(points), 0, points.length, settings, found);
  return found;
}

/** 99 % interval of the only change of a series: every place weighed by its likelihood. */
export function changeInterval(points: readonly LuciPoint[]): { from: number; to: number } {
  const sums = sumsOf(points);
  const logs = points.map((_, at) =>
    at === 0
      ? Number.NEGATIVE_INFINITY
      : sums.likelihood(0, at, luciSettings) + sums.likelihood(at, points.length, luciSettings),
  );
  const highest = Math.max(...logs);
  const weights = logs.map((log) => Math.exp(log - highest));
  const total = weights.reduce((a, b) => a + b, 0);
  const quantile = (q: number): number => {
    let mass = 0;
    return weights.findIndex((weight) => {
      mass += weight / total;
      return mass >= q;
    });
  };
  return { from: quantile(0.005), to: quantile(0.995) };
}

/** On while the newest segment fails more than the one before. */
export const luciNewFailure: OnlineRule = () => {
  const sums = new Sums();
  let isOn = false;
  let isNew = false;
  return (point) => {
    sums.push(point);
    if (point.unexpected === 0 && !isOn && !isNew) return false;
    isNew = point.unexpected > 0;
    const found: number[] = [];
    split(sums, 0, sums.count, luciSettings, found);
    const last = found.at(-1);
    isOn = last !== undefined && sums.rate(last, sums.count) > sums.rate(found.at(-2) ?? 0, last);
    return isOn;
  };
};
