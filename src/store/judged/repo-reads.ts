import type { SuiteSort, TrendMetric } from '../../contract/judged-queries.ts';
import { mainCauses, shareOfFalseReds } from '../../domain/false-red.ts';
import { type Grade, intervalOf } from '../../domain/grade.ts';
import { type DailyScore, type Trend, trendOf } from '../../domain/trend.ts';
import type { JudgementSummary } from '../judge/judgement-rows.ts';
import type { SuiteJudgement } from '../judge/suites.ts';
import type { Page } from '../reads.ts';
import type { Judgement } from './judgements.ts';
import type { TestTable } from './test-table.ts';
import type { TestRef } from './titles.ts';

/** Where a repo stands, in a line. */
export type RepoStanding = {
  judgedThrough: string;
  grade: { letter: string; score: number; low: number; high: number } | null;
  passRate: number | null;
  flakyTests: number;
  openIncidents: number;
};

/** A setting that has a value without anybody having decided on one. */
export type DefaultBranch = {
  /** null: no upload named a branch */
  value: string | null;
  decidedBy: 'person' | 'uploads';
  /** since when a person's decision holds, else null */
  sinceMs: number | null;
};

type FalseReds = {
  /** P(a commit on good code is red), all jobs together */
  probability: number;
  /** how many tests make most of it together, and which, the first few of them by their share */
  causes: { tests: number; share: number; named: (TestRef & { share: number })[] };
};

/** All that is judged of a repo but its tests and suites one by one. */
export type RepoJudgement = RepoStanding & {
  demerits: Record<string, number> | null;
  inputs: JudgementSummary['inputs'];
  gradedRuns: number;
  historyMs: number;
  formulaVersion: string;
  inputHash: string;
  /** null: there is no better letter, or no grade */
  fixes: { letter: string; score: number; reached: boolean; tests: TestRef[] } | null;
  trend: Trend;
  falseReds: FalseReds;
  states: Record<string, number>;
  durationMs: number | null;
};

export function standingOf({ through, summary, openIncidents }: Judgement): RepoStanding {
  const { grade, passRate, states } = summary;
  return {
    judgedThrough: through,
    grade: grade && { letter: grade.letter, score: grade.score, ...grade.interval },
    passRate,
    flakyTests: states.flaky ?? 0,
    openIncidents,
  };
}

/** `days`: the daily closing scores, ascending. */
export function repoJudgementOf(
  judgement: Judgement,
  table: TestTable,
  titleOf: (test: number) => TestRef,
  days: readonly DailyScore[],
): RepoJudgement {
  const { formulaVersion, inputHash, summary } = judgement;
  const { grade, inputs, gradedRuns, historyMs, fixes, states, durationMs } = summary;
  return {
    ...standingOf(judgement),
    demerits: grade?.demerits ?? null,
    inputs,
    gradedRuns,
    historyMs,
    formulaVersion,
    inputHash,
    fixes: fixes && { ...fixes, tests: fixes.tests.map(titleOf) },
    trend: trendOf(days),
    falseReds: falseRedsOf(summary.falseRed, table, titleOf),
    states,
    durationMs,
  };
}

/** The tests that make this part of the false reds are named, so many of them at most. */
const mainPart = 0.8;
const namedCauses = 20;

function falseRedsOf(
  probability: number,
  table: TestTable,
  titleOf: (test: number) => TestRef,
): FalseReds {
  const { falseRed, tests } = table;
  table.causes ??= mainCauses(Array.from(falseRed), mainPart);
  const { causes } = table;
  const named = causes.tests.slice(0, namedCauses).map((place) => ({
    ...titleOf(tests[place]!),
    share: shareOfFalseReds(falseRed[place]!, Math.log1p(-probability)),
  }));
  return { probability, causes: { tests: causes.tests.length, share: causes.share, named } };
}

/** A suite with the interval of its score. */
export type SuiteFacts = Omit<SuiteJudgement, 'grade'> & {
  grade: Pick<Grade, 'score' | 'letter' | 'demerits' | 'interval'> | null;
};

function factsOfSuite({ grade, ...suite }: SuiteJudgement): SuiteFacts {
  if (grade === null) return { ...suite, grade };
  const { inputs, effectiveRuns, ...told } = grade;
  return { ...suite, grade: { ...told, interval: intervalOf(inputs, effectiveRuns, told.score) } };
}

/** Suites by name. `cursor`: the last one seen. O(suites). */
export function pageOfSuites(
  { summary }: Judgement,
  limit: number,
  cursor: string | null,
): Page<SuiteFacts> {
  const left = summary.suites.filter(({ suite }) => cursor === null || suite > cursor);
  const items = left.slice(0, limit).map(factsOfSuite);
  return { items, next: left.length > limit ? items.at(-1)!.suite : null };
}

const suiteValues: Record<Exclude<SuiteSort, 'name'>, (suite: SuiteJudgement) => number | null> = {
  grade: ({ grade }) => grade && 100 - grade.score,
  falseRed: ({ falseRed }) => falseRed,
  flaky: ({ states }) => states.flaky,
  tests: ({ tests }) => tests,
  durationMs: ({ durationMs }) => durationMs,
};

/**
 * Suites in an order, the highest first, none last; equal ones by name. `cursor`: the last one seen;
 * where it is not there any more, from the start. O(suites log suites).
 */
export function rankedSuites(
  { summary }: Judgement,
  sort: SuiteSort,
  q: string | null,
  limit: number,
  cursor: string | null,
): Page<SuiteFacts> {
  const wanted = q?.toLowerCase() ?? '';
  const found = summary.suites.filter(({ suite }) => suite.toLowerCase().includes(wanted));
  if (sort !== 'name') {
    const of = (suite: SuiteJudgement) => suiteValues[sort](suite) ?? -1;
    found.sort((a, b) => of(b) - of(a));
  }
  const from = 1 + found.findIndex(({ suite }) => suite === cursor);
  const items = found.slice(from, from + limit).map(factsOfSuite);
  return { items, next: found.length > from + limit ? items.at(-1)!.suite : null };
}

/** What a series shows of each day; `unit` for the reader. */
export const trendMetrics = {
  grade: { unit: 'points', of: ({ grade }) => grade?.score ?? null },
  passRate: { unit: 'share of runs', of: ({ passRate }) => passRate },
  flakiness: { unit: 'share of tests', of: ({ states }) => flakyPart(states) },
  falseRed: { unit: 'probability', of: ({ falseRed }) => falseRed },
  duration: { unit: 'ms', of: ({ durationMs }) => durationMs },
} as const satisfies Record<
  TrendMetric,
  { unit: string; of: (summary: DaySummary) => number | null }
>;

/** What is kept of the closing judgement of a day. */
export type DaySummary = Omit<JudgementSummary, 'suites'>;

export const figuresOf = (summary: DaySummary): Record<TrendMetric, number | null> => ({
  grade: trendMetrics.grade.of(summary),
  passRate: trendMetrics.passRate.of(summary),
  flakiness: trendMetrics.flakiness.of(summary),
  falseRed: trendMetrics.falseRed.of(summary),
  duration: trendMetrics.duration.of(summary),
});

function flakyPart(states: Record<string, number>): number | null {
  const tests = Object.values(states).reduce((sum, n) => sum + n, 0);
  return tests === 0 ? null : (states.flaky ?? 0) / tests;
}
