import type { TestSort } from '../../contract/judged-queries.ts';
import { healths } from '../../domain/health.ts';
import type { TestTable } from './test-table.ts';
import type { TestRef } from './titles.ts';

/** Where a page ended: the value that was sorted by (null: none, or by name) and the test's number. */
export type TestCursor = { value: number | null; test: number };

type Titles = readonly TestRef[];

const valuesOf: Record<Exclude<TestSort, 'name'>, (table: TestTable) => ArrayLike<number>> = {
  flakeRate: ({ variants, flakiest }) => Float64Array.from(flakiest, (row) => variants.rate[row]!),
  pFlaky: ({ flaky }) => flaky,
  failures: ({ failures }) => failures,
  medianMs: ({ medianMs }) => medianMs,
  lastFailedAt: ({ lastFailedMs }) => lastFailedMs,
  falseRed: ({ falseRed }) => falseRed,
  state: ({ healths: states }) => Uint8Array.from(states, (state) => healths.length - state),
};

/** The tests of a table in an order, from behind a cursor on: places. */
export function placesFrom(
  table: TestTable,
  titles: Titles,
  sort: TestSort,
  cursor: TestCursor | null,
): Uint32Array {
  const order = orderOf(table, titles, sort);
  if (cursor === null) return order;
  const isBehind = sort === 'name' ? byName(table, titles, cursor) : byValue(table, sort, cursor);
  let [from, to] = [0, order.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (isBehind(order[middle]!)) to = middle;
    else from = middle + 1;
  }
  return order.subarray(from);
}

export const cursorAt = (table: TestTable, sort: TestSort, place: number): TestCursor => {
  const value = sort === 'name' ? Number.NaN : valuesOf[sort](table)[place]!;
  return { value: Number.isNaN(value) ? null : value, test: table.tests[place]! };
};

/** Made once per table. O(n log n). */
function orderOf(table: TestTable, titles: Titles, sort: TestSort): Uint32Array {
  const known = table.orders.get(sort);
  if (known !== undefined) return known;
  const places = Uint32Array.from({ length: table.count }, (_, place) => place);
  if (sort === 'name') {
    const of = (place: number) => titles[table.tests[place]!]!;
    places.sort((a, b) => compareTitles(of(a), of(b)) || a - b);
  } else {
    const values = valuesOf[sort](table);
    places.sort((a, b) => compareValues(values[a]!, values[b]!) || a - b);
  }
  table.orders.set(sort, places);
  return places;
}

/** Highest first, NaN last. */
const compareValues = (a: number, b: number): number => {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return b - a;
};

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const compareTitles = (a: TestRef, b: TestRef): number =>
  compareText(a.suite, b.suite) || compareText(a.name, b.name);

/** A test that is not there any more stands before all of its value. */
function byValue(table: TestTable, sort: Exclude<TestSort, 'name'>, { value, test }: TestCursor) {
  const values = valuesOf[sort](table);
  return (place: number): boolean => {
    const order = compareValues(values[place]!, value ?? Number.NaN);
    return order > 0 || (order === 0 && table.tests[place]! > test);
  };
}

function byName(table: TestTable, titles: Titles, { test }: TestCursor) {
  const last = titles[test];
  return (place: number): boolean => {
    if (last === undefined) return true;
    const order = compareTitles(titles[table.tests[place]!]!, last);
    return order > 0 || (order === 0 && table.tests[place]! > test);
  };
}
