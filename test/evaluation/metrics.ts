import { chance } from '../domain/chance.ts';

/** A test with its score by some rule, and whether it really is what the rule looks for. */
export type Scored = { score: number; isTrue: boolean };

const byScore = (list: readonly Scored[]) => [...list].sort((a, b) => b.score - a.score);

/** Groups of equal scores, highest first: how many true and false ones each holds. */
function ties(list: readonly Scored[]): { right: number; wrong: number }[] {
  const groups: { score: number; right: number; wrong: number }[] = [];
  for (const { score, isTrue } of byScore(list)) {
    if (groups.at(-1)?.score !== score) groups.push({ score, right: 0, wrong: 0 });
    groups.at(-1)![isTrue ? 'right' : 'wrong']++;
  }
  return groups;
}

/** P(a true one has the higher score than a false one), ties counting half. NaN where one kind lacks. */
export function areaUnderCurve(list: readonly Scored[]): number {
  let [above, area] = [0, 0];
  let [trues, falses] = [0, 0];
  for (const { right, wrong } of ties(list)) {
    area += wrong * (above + right / 2);
    above += right;
    trues += right;
    falses += wrong;
  }
  return area / (trues * falses);
}

/** Mean precision at each true one; equal scores are taken in together. */
export function averagePrecision(list: readonly Scored[]): number {
  let [seen, found, sum] = [0, 0, 0];
  for (const { right, wrong } of ties(list)) {
    seen += right + wrong;
    found += right;
    sum += right * (found / seen);
  }
  return sum / found;
}

/** Ranks from 1 on, equal values sharing their mean rank. */
function ranks(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((a, b) => values[a]! - values[b]!);
  const result = new Array<number>(values.length);
  for (let i = 0; i < order.length; ) {
    let end = i + 1;
    while (end < order.length && values[order[end]!] === values[order[i]!]) end++;
    for (let j = i; j < end; j++) result[order[j]!] = (i + 1 + end) / 2;
    i = end;
  }
  return result;
}

/** Spearman's rank correlation of pairs, ties by mean ranks. */
export function spearman(pairs: readonly (readonly [number, number])[]): number {
  const [x, y] = [ranks(pairs.map(([a]) => a)), ranks(pairs.map(([, b]) => b))];
  const middle = (pairs.length + 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  x.forEach((rank, i) => {
    const [dx, dy] = [rank - middle, y[i]! - middle];
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  });
  return xy / Math.sqrt(xx * yy);
}

export const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
export const mean = (values: readonly number[]): number => sum(values) / values.length;

/** Cuts a list into stretches of equal length. */
export const stretches = <T>(list: readonly T[], length: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / length) }, (_, i) =>
    list.slice(i * length, (i + 1) * length),
  );

/** A figure with its 90 % interval. */
export type Figure = { value: number; low: number; high: number };

/**
 * A figure over pooled items, and its interval over 200 draws of whole clusters with replacement:
 * what depends on each other (tests of a suite, alerts of a stretch of commits) is drawn together.
 */
export function bootstrap<T>(
  clusters: readonly T[],
  figureOf: (drawn: T[]) => number,
  seed = 1,
): Figure {
  const next = chance(seed);
  const draws = Array.from({ length: 200 }, () =>
    figureOf(clusters.map(() => clusters[Math.floor(next() * clusters.length)]!)),
  )
    .filter((value) => !Number.isNaN(value))
    .sort((a, b) => a - b);
  const at = (q: number) => draws[Math.floor(q * (draws.length - 1))] ?? Number.NaN;
  return { value: figureOf([...clusters]), low: at(0.05), high: at(0.95) };
}
