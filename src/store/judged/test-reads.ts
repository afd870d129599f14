import type { TestSort } from '../../contract/judged-queries.ts';
import type { FlakeTrend } from '../../domain/flake-trend.ts';
import { rateInterval } from '../../domain/flakiness.ts';
import { type Health, healths } from '../../domain/health.ts';
import { SLOW } from '../judge/snapshot.ts';
import { trends } from '../judge/variants.ts';
import type { Page } from '../reads.ts';
import { cursorAt, placesFrom, type TestCursor } from './test-order.ts';
import { placeOf, type TestTable } from './test-table.ts';
import type { TestRef } from './titles.ts';

/** One variant of a test: a job in an environment. */
export type VariantFacts = {
  job: string;
  /** '' for none */
  environment: string;
  state: Health;
  slow: boolean;
  trend: FlakeTrend;
  pFlaky: number;
  flakeRate: number;
  pBroken: number;
  runs: number;
  failures: number;
  medianMs: number | null;
  lastFailedAtMs: number | null;
};

/** A test over its variants: the worst state, the highest probabilities, the sums of the counts. */
export type TestFacts = TestRef &
  Omit<VariantFacts, 'job' | 'environment'> & {
    /** 90 % interval of the rate of the variant that flakes most, if it is flaky */
    flakeRateLow: number | null;
    flakeRateHigh: number | null;
    /** P(it fails for good in a commit on good code) */
    falseRed: number;
    /** the worst first */
    variants: VariantFacts[];
  };

export type TestFilter = {
  state?: Health | undefined;
  slow?: boolean | undefined;
  suite?: string | undefined;
  /** part of suite or name, ignoring case */
  q?: string | undefined;
};

/** One page of a repo's tests. O(tests), of which the names are searched until the page is full. */
export function pageOfTests(
  table: TestTable,
  titles: readonly TestRef[],
  filter: TestFilter,
  sort: TestSort,
  limit: number,
  cursor: TestCursor | null,
): Page<TestFacts> {
  const matches = matcherOf(table, titles, filter);
  const found: number[] = [];
  for (const place of placesFrom(table, titles, sort, cursor)) {
    if (!matches(place)) continue;
    found.push(place);
    if (found.length > limit) break;
  }
  const page = found.slice(0, limit);
  const items = page.map((place) => testFacts(table, place, titles[table.tests[place]!]!));
  const last = found.length > limit ? cursorAt(table, sort, page.at(-1)!) : null;
  return { items, next: last === null ? null : formatCursor(last) };
}

/** `0.25:17`; `:17` where there is no value. */
const formatCursor = ({ value, test }: TestCursor): string => `${value ?? ''}:${test}`;

function matcherOf(
  table: TestTable,
  titles: readonly TestRef[],
  { state, slow, suite, q }: TestFilter,
): (place: number) => boolean {
  const health = state === undefined ? -1 : healths.indexOf(state);
  const wanted = q?.toLowerCase();
  return (place) => {
    if (health >= 0 && table.healths[place] !== health) return false;
    if (slow !== undefined && (table.slow[place] === 1) !== slow) return false;
    if (suite === undefined && wanted === undefined) return true;
    const title = titles[table.tests[place]!]!;
    if (suite !== undefined && title.suite !== suite) return false;
    return wanted === undefined || `${title.suite} › ${title.name}`.toLowerCase().includes(wanted);
  };
}

/** Two quantiles. */
export function testFacts(table: TestTable, place: number, title: TestRef): TestFacts {
  const { variants, first } = table;
  const flakiest = table.flakiest[place]!;
  const evidence = { failing: variants.failing[flakiest]!, passing: variants.passing[flakiest]! };
  const { low, high } = rateInterval(evidence);
  const rows = Array.from(
    { length: first[place + 1]! - first[place]! },
    (_, i) => first[place]! + i,
  );
  rows.sort((a, b) => variants.healths[a]! - variants.healths[b]! || a - b);
  return {
    ...title,
    state: healths[table.healths[place]!]!,
    slow: table.slow[place] === 1,
    trend: trends[variants.trends[flakiest]!]!,
    pFlaky: table.flaky[place]!,
    flakeRate: variants.rate[flakiest]!,
    flakeRateLow: low,
    flakeRateHigh: high,
    falseRed: table.falseRed[place]!,
    pBroken: table.broken[place]!,
    runs: table.runs[place]!,
    failures: table.failures[place]!,
    medianMs: orNull(table.medianMs[place]!),
    lastFailedAtMs: orNull(table.lastFailedMs[place]!),
    variants: rows.map((row) => variantFacts(table, row)),
  };
}

export function variantFacts({ variants, cells }: TestTable, row: number): VariantFacts {
  const { job, environment } = cells[variants.cells[row]!]!;
  return {
    job,
    environment,
    state: healths[variants.healths[row]!]!,
    slow: (variants.flags[row]! & SLOW) !== 0,
    trend: trends[variants.trends[row]!]!,
    pFlaky: variants.flaky[row]!,
    flakeRate: variants.rate[row]!,
    pBroken: variants.broken[row]!,
    runs: variants.runs[row]!,
    failures: variants.failures[row]!,
    medianMs: orNull(variants.medianMs[row]!),
    lastFailedAtMs: orNull(variants.lastFailedMs[row]!),
  };
}

/** What is known of a test that no commit has evidence of: it was skipped, or is not judged yet. */
const unknownTest = {
  state: 'new',
  slow: false,
  trend: 'steady',
  pFlaky: 0,
  flakeRate: 0,
  flakeRateLow: null,
  flakeRateHigh: null,
  falseRed: 0,
  pBroken: 0,
  runs: 0,
  failures: 0,
  medianMs: null,
  lastFailedAtMs: null,
} as const;

/** The facts of one test, whether it is judged or not. */
export function factsOfTest(table: TestTable | null, test: number, title: TestRef): TestFacts {
  const place = table === null ? -1 : placeOf(table, test);
  if (table === null || place < 0) return { ...title, ...unknownTest, variants: [] };
  return testFacts(table, place, title);
}

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);
