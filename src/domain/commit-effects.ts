import { durations } from './analytics-params.ts';
import type { DurationSource } from './duration-source.ts';
import { median, medianInPlace } from './median.ts';

const params = durations.commitEffect;

/**
 * How much slower (ln) than usual the machines were at each commit, by its place; NaN where fewer
 * than 30 of the tests that are looked at have a result. Takes slow machines out of durations: what all
 * tests share is no test's own. By a two-way median polish (Tukey 1977) over 512 tests at most. It
 * begins with how far each result is off the one before it, so that multiplying all durations of a
 * commit, or all of a test, by a factor changes its own effect and nothing else, and so that one round
 * is as good as three (docs/evaluation.md). A function of the set of results. A few ms, in slices.
 */
export function* commitEffects(source: DurationSource): Generator<void, Float64Array, void> {
  const table = yield* sampleOf(source);
  const effects = new Float64Array(source.commits).fill(Number.NaN);
  if (table.rows < params.tests) return effects;
  const columns = columnsOf(table, source.commits);
  yield;
  chainedEffects(table, columns, effects);
  yield;
  const levels = rowLevels(table, effects);
  yield;
  columnEffects(table, columns, levels, effects);
  return aroundUsual(effects);
}

/** Results row by row: those of row `r` from `starts[r]` on. */
type Table = { rows: number; starts: Int32Array; places: Uint32Array; logs: Float64Array };

/** The tests with the smallest hashes of those with ten results and a median of 20 ms. */
function* sampleOf(source: DurationSource): Generator<void, Table, void> {
  const { window, minMedianMs } = durations;
  const room = window * Math.min(params.sample, source.variants);
  const table = {
    rows: 0,
    starts: new Int32Array(params.sample + 1),
    places: new Uint32Array(room),
    logs: new Float64Array(room),
  };
  const [places, logs, sorted] = [
    new Uint32Array(window),
    new Float64Array(window),
    new Float64Array(window),
  ];
  let looked = 0;
  for (const variant of byHash(source)) {
    if (table.rows === params.sample) break;
    if (++looked % params.sample === 0) yield;
    const count = source.read(variant, { places, logs });
    if (count < params.results) continue;
    sorted.set(logs);
    if (medianInPlace(sorted, count) < Math.log(minMedianMs)) continue;
    const at = table.starts[table.rows]!;
    table.places.set(places.subarray(0, count), at);
    table.logs.set(logs.subarray(0, count), at);
    table.starts[++table.rows] = at + count;
  }
  return table;
}

/** All variants, in an order that has nothing to do with durations and lasts as long as the tests. */
function* byHash({ variants, testOf }: DurationSource): Generator<number, void, void> {
  const keys = new Float64Array(variants);
  for (let variant = 0; variant < variants; variant++) {
    keys[variant] = hashOf(testOf(variant)) * variants + variant;
  }
  for (const key of keys.sort()) yield key % variants;
}

/** A permutation of the 32-bit numbers that leaves no pattern. */
function hashOf(value: number): number {
  let x = Math.imul(value ^ (value >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}

/** The same results commit by commit: those of commit `c` from `starts[c]` on, as places in the table. */
type Columns = { starts: Int32Array; results: Int32Array; rows: Int32Array; most: number };

function columnsOf(table: Table, commits: number): Columns {
  const count = table.starts[table.rows]!;
  const starts = new Int32Array(commits + 1);
  for (let i = 0; i < count; i++) starts[table.places[i]! + 1]!++;
  let most = 0;
  for (let c = 0; c < commits; c++) {
    most = Math.max(most, starts[c + 1]!);
    starts[c + 1]! += starts[c]!;
  }
  const [results, rows, next] = [new Int32Array(count), new Int32Array(count), starts.slice()];
  for (let row = 0; row < table.rows; row++) {
    for (let i = table.starts[row]!; i < table.starts[row + 1]!; i++) {
      const at = next[table.places[i]!]!++;
      results[at] = i;
      rows[at] = row;
    }
  }
  return { starts, results, rows, most };
}

/**
 * A first guess, commit by commit: how far the results are off those before them, once these are
 * freed of their effects. NaN where too few tests have a result.
 */
function chainedEffects(table: Table, columns: Columns, effects: Float64Array): void {
  const before = new Float64Array(table.rows).fill(Number.NaN);
  const off = new Float64Array(columns.most);
  let effect = 0;
  for (let c = 0; c < effects.length; c++) {
    const [from, to] = [columns.starts[c]!, columns.starts[c + 1]!];
    if (to - from < params.tests) continue;
    let count = 0;
    for (let k = from; k < to; k++) {
      const earlier = before[columns.rows[k]!]!;
      if (!Number.isNaN(earlier)) off[count++] = table.logs[columns.results[k]!]! - earlier;
    }
    if (count >= params.tests) effect = medianInPlace(off, count);
    effects[c] = effect;
    for (let k = from; k < to; k++) {
      before[columns.rows[k]!] = table.logs[columns.results[k]!]! - effect;
    }
  }
}

/** The usual duration (ln) of each row, without the effects; NaN where no commit of it has one. */
function rowLevels(table: Table, effects: Float64Array): Float64Array {
  const levels = new Float64Array(table.rows);
  const values = new Float64Array(durations.window);
  for (let row = 0; row < table.rows; row++) {
    let count = 0;
    for (let i = table.starts[row]!; i < table.starts[row + 1]!; i++) {
      const effect = effects[table.places[i]!]!;
      if (!Number.isNaN(effect)) values[count++] = table.logs[i]! - effect;
    }
    levels[row] = count === 0 ? Number.NaN : medianInPlace(values, count);
  }
  return levels;
}

/** Each commit's effect, by how far its results are off the levels of their rows. */
function columnEffects(
  table: Table,
  columns: Columns,
  levels: Float64Array,
  effects: Float64Array,
): void {
  const off = new Float64Array(columns.most);
  for (let c = 0; c < effects.length; c++) {
    if (Number.isNaN(effects[c]!)) continue;
    let count = 0;
    for (let k = columns.starts[c]!; k < columns.starts[c + 1]!; k++) {
      off[count++] = table.logs[columns.results[k]!]! - levels[columns.rows[k]!]!;
    }
    effects[c] = medianInPlace(off, count);
  }
}

/** The usual machine has the effect 0. */
function aroundUsual(effects: Float64Array): Float64Array {
  const usual = median(effects.filter((effect) => !Number.isNaN(effect)));
  return effects.map((effect) => effect - usual);
}
