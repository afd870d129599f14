import { falseRedOf } from '../../domain/false-red.ts';
import { type Health, healths } from '../../domain/health.ts';
import { median } from '../../domain/median.ts';
import type { JudgementSummary } from './judgement-rows.ts';
import type { RepoGrade } from './repo-grade.ts';
import type { JudgedRun } from './repo-state.ts';
import type { SuiteJudgement } from './suites.ts';
import type { JudgedVariants } from './variants.ts';

/** runs whose median duration is that of a run today */
const timedRuns = 30;

/** What is told of a repo as a whole. */
export function summaryOf(
  { rows, share }: JudgedVariants,
  suites: SuiteJudgement[],
  { grade, inputs, runs, historyMs, effectiveRuns, fixes, passRate }: RepoGrade,
  branchRuns: readonly JudgedRun[],
): JudgementSummary {
  return {
    grade,
    inputs,
    gradedRuns: runs,
    historyMs,
    effectiveRuns,
    fixes,
    passRate,
    states: statesOf(suites),
    flakyShare: share,
    falseRed: falseRedOf(rows.reduce((sum, { quiet }) => sum + quiet, 0)),
    durationMs: usualDuration(branchRuns),
    suites,
  };
}

/** Each test is in one suite. */
const statesOf = (suites: readonly SuiteJudgement[]): Record<Health, number> =>
  Object.fromEntries(
    healths.map((health) => [health, suites.reduce((sum, { states }) => sum + states[health], 0)]),
  ) as Record<Health, number>;

function usualDuration(runs: readonly JudgedRun[]): number | null {
  const newest = runs.slice(-timedRuns);
  const timed = newest.flatMap(({ counts: { durationMs } }) => durationMs ?? []);
  return timed.length === 0 ? null : Math.round(median(timed));
}
