import {
  attemptsAllowedBy,
  falseRedOf,
  finalFailure,
  lnQuiet,
  type MainCauses,
} from '../../domain/false-red.ts';
import { SLOW, type VariantTable } from '../judge/snapshot.ts';

export type Cell = { job: string; environment: string; hasRetries: boolean };

/**
 * The tests of a repo, each over its variants: columns by place, in the order of test numbers.
 * `first[i]` to `first[i + 1]` are the rows of the variants of the test at place i.
 */
export type TestTable = {
  count: number;
  variants: VariantTable;
  cells: readonly Cell[];
  tests: Uint32Array;
  first: Uint32Array;
  /** the worst health: index into `healths`, the worst is 0 */
  healths: Uint8Array;
  /** 1: some variant is slower than it was */
  slow: Uint8Array;
  /** the row with the highest flake rate */
  flakiest: Uint32Array;
  /** the highest of the variants */
  flaky: Float64Array;
  broken: Float64Array;
  /** NaN: none; the longest, the newest */
  medianMs: Float64Array;
  lastFailedMs: Float64Array;
  /** sums */
  runs: Uint32Array;
  failures: Uint32Array;
  /** P(the test fails for good in a commit on good code) */
  falseRed: Float64Array;
  /** made when first asked for: places in an order, and of the tests behind most false reds */
  orders: Map<string, Uint32Array>;
  causes: MainCauses | null;
};

/** O(variants). */
export function testTableOf(variants: VariantTable, cells: readonly Cell[]): TestTable {
  const first = firstRows(variants);
  const count = first.length - 1;
  const table: TestTable = {
    count,
    variants,
    cells,
    tests: Uint32Array.from({ length: count }, (_, place) => variants.tests[first[place]!]!),
    first,
    healths: new Uint8Array(count).fill(255),
    slow: new Uint8Array(count),
    flakiest: new Uint32Array(count),
    flaky: new Float64Array(count),
    broken: new Float64Array(count),
    medianMs: new Float64Array(count).fill(Number.NaN),
    lastFailedMs: new Float64Array(count).fill(Number.NaN),
    runs: new Uint32Array(count),
    failures: new Uint32Array(count),
    falseRed: new Float64Array(count),
    orders: new Map(),
    causes: null,
  };
  for (let place = 0; place < count; place++) fold(table, place);
  return table;
}

function firstRows({ count, tests }: VariantTable): Uint32Array {
  const rows: number[] = [];
  for (let row = 0; row < count; row++) {
    if (row === 0 || tests[row] !== tests[row - 1]) rows.push(row);
  }
  return Uint32Array.from([...rows, count]);
}

function fold(table: TestTable, place: number): void {
  const { variants, first } = table;
  let quiet = 0;
  table.flakiest[place] = first[place]!;
  for (let row = first[place]!; row < first[place + 1]!; row++) {
    table.healths[place] = Math.min(table.healths[place]!, variants.healths[row]!);
    if ((variants.flags[row]! & SLOW) !== 0) table.slow[place] = 1;
    if (variants.rate[row]! > variants.rate[table.flakiest[place]!]!) table.flakiest[place] = row;
    table.flaky[place] = Math.max(table.flaky[place]!, variants.flaky[row]!);
    table.broken[place] = Math.max(table.broken[place]!, variants.broken[row]!);
    raise(table.medianMs, place, variants.medianMs[row]!);
    raise(table.lastFailedMs, place, variants.lastFailedMs[row]!);
    table.runs[place]! += variants.runs[row]!;
    table.failures[place]! += variants.failures[row]!;
    quiet += lnQuiet(finalFailureOf(table, row));
  }
  table.falseRed[place] = falseRedOf(quiet);
}

/** P(a variant fails for good in a run on good code). */
export const finalFailureOf = ({ variants, cells }: TestTable, row: number): number =>
  finalFailure(variants.rate[row]!, attemptsAllowedBy(cells[variants.cells[row]!]!));

/** The larger of the two; NaN is none. */
function raise(column: Float64Array, place: number, value: number): void {
  if (!(column[place]! >= value) && !Number.isNaN(value)) column[place] = value;
}

/** Where a test is in the table; -1: it has no variants. O(log n). */
export function placeOf({ tests, count }: TestTable, test: number): number {
  let [from, to] = [0, count];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (tests[middle]! < test) from = middle + 1;
    else to = middle;
  }
  return tests[from] === test ? from : -1;
}
