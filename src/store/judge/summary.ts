import { falseRedOf } from '../../domain/false-red.ts';
import { healths } from '../../domain/health.ts';
import { median } from '../../domain/median.ts';
import type { JudgementSummary } from './judgement-rows.ts';
import type { RepoGrade } from './repo-grade.ts';
import type { JudgedRun } from './repo-state.ts';
import type { SuiteJudgement } from './suites.ts';
import type { JudgedVariants, VariantRow } from './variants.ts';

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
    states: statesOf(rows),
    flakyShare: share,
    falseRed: falseRedOf(rows.reduce((sum, { quiet }) => sum + quiet, 0)),
    durationMs: usualDuration(branchRuns),
    suites,
  };
}

function statesOf(rows: readonly VariantRow[]): Record<string, number> {
  const worst = new Map<number, number>();
  for (const { test, health } of rows) {
    worst.set(test, Math.min(worst.get(test) ?? healths.length, healths.indexOf(health)));
  }
  const states = Object.fromEntries(healths.map((health) => [health, 0]));
  for (const health of worst.values()) states[healths[health]!]!++;
  return states;
}

function usualDuration(runs: readonly JudgedRun[]): number | null {
  const newest = runs.slice(-timedRuns);
  const timed = newest.flatMap(({ counts: { durationMs } }) => durationMs ?? []);
  return timed.length === 0 ? null : Math.round(median(timed));
}
