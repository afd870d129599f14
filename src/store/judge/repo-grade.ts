import { createHash } from 'node:crypto';
import { formulaVersion, grade as params } from '../../domain/analytics-params.ts';
import {
  type Counterfactual,
  counterfactualOf,
  type Trouble,
} from '../../domain/counterfactual.ts';
import {
  addGradedRun,
  type Grade,
  type GradeInputs,
  gradeOf,
  historyOf,
  inputsOf,
  newGradeSums,
  runSeverity,
  severityOf,
  slowdownOf,
} from '../../domain/grade.ts';
import type { JudgedRun, RepoState } from './repo-state.ts';

/** Runs of the default branch that a grade is made of, the newest in key order. */
const gradedRuns = 8192;
/** Troubled runs whose tests the list of fixes looks at, the newest; older ones stay as they are. */
const fixableRuns = 512;

export type RepoGrade = {
  /** null: fewer than 5 runs of the default branch, or less than 24 hours */
  grade: Grade | null;
  inputs: GradeInputs;
  runs: number;
  historyMs: number;
  /** how many runs of equal weight the decayed ones are worth; the interval depends on it */
  effectiveRuns: number;
  /** SHA-256 over the version of the formulas and the inputs, exactly */
  inputHash: Buffer;
  /** what to fix for the next letter: numbers of tests; null for an A */
  fixes: { tests: number[]; score: number; letter: string; reached: boolean } | null;
  /** share of the newest 28 days' runs in which nothing failed, null without runs */
  passRate: number | null;
};

/** The grade of a repo from its runs on the default branch; `standing`: tests that fail for good. */
export function gradeRepo(state: RepoState, standing: ReadonlySet<number>): RepoGrade {
  const graded = state.defaults.slice(-gradedRuns);
  const sums = newGradeSums();
  for (const run of graded) addGradedRun(sums, gradedRunOf(run));
  const inputs = inputsOf(sums, standing.size, slowdownOf(durationsOf(state, graded)));
  const historyMs = spanOf(graded);
  const history = historyOf(sums, graded.length, historyMs);
  const grade = gradeOf(inputs, history);
  return {
    grade,
    inputs,
    ...history,
    inputHash: hashOf(inputs, graded.length, historyMs),
    fixes: grade === null ? null : fixesOf(graded, inputs, standing),
    passRate: passRateOf(graded),
  };
}

function gradedRunOf({ atMs, counts }: JudgedRun) {
  const { total, failed, skipped, flaky, executedCases, offenders } = counts;
  let caseSeverity = 0;
  for (const offender of offenders) {
    caseSeverity += offender % 2 === 0 ? severityOf.failed : severityOf.flaky;
  }
  return { atMs, total, failed, skipped, flaky, executedCases, caseSeverity };
}

/** Durations of the runs of each job, in key order. */
function durationsOf(state: RepoState, runs: readonly JudgedRun[]): number[][] {
  const byCell = state.cells.map((): number[] => []);
  for (const { cell, counts } of runs) {
    if (counts.durationMs !== null) byCell[cell]!.push(counts.durationMs);
  }
  return byCell;
}

function spanOf(runs: readonly JudgedRun[]): number {
  if (runs.length === 0) return 0;
  let [first, last] = [Infinity, -Infinity];
  for (const { atMs } of runs) {
    first = Math.min(first, atMs);
    last = Math.max(last, atMs);
  }
  return last - first;
}

function hashOf(inputs: GradeInputs, runs: number, historyMs: number): Buffer {
  const { standing, redRuns, severity, skipped, slowdown } = inputs;
  const exact = [formulaVersion, standing, redRuns, severity, skipped, slowdown, runs, historyMs];
  return createHash('sha256').update(JSON.stringify(exact)).digest();
}

function passRateOf(runs: readonly JudgedRun[]): number | null {
  const newestMs = runs.reduce((most, { atMs }) => Math.max(most, atMs), -Infinity);
  const recent = runs.filter(
    ({ atMs, counts }) =>
      atMs > newestMs - params.trend.days * 86_400_000 && counts.total > counts.skipped,
  );
  if (recent.length === 0) return null;
  return recent.filter(({ counts }) => counts.failed === 0).length / recent.length;
}

/** Weights are seen from the newest run; the list of fixes needs their ratios only. */
function fixesOf(
  runs: readonly JudgedRun[],
  inputs: GradeInputs,
  standing: ReadonlySet<number>,
): RepoGrade['fixes'] {
  const newestMs = runs.reduce((most, { atMs }) => Math.max(most, atMs), 0);
  const weightOf = ({ atMs }: JudgedRun) => 2 ** ((atMs - newestMs) / params.halfLifeMs);
  const troubled = runs.filter(({ counts }) => runSeverity(counts) > 0);
  const fixable = troubled.slice(-fixableRuns);
  const indexOf = new Map<number, number>();
  const offenders: { isStanding: boolean; severity: number }[] = [];
  const offenderOf = (test: number): number => {
    const known = indexOf.get(test);
    if (known !== undefined) return known;
    indexOf.set(test, offenders.length);
    return offenders.push({ isStanding: standing.has(test), severity: 0 }) - 1;
  };
  const troubledRuns = fixable.map((run) => {
    const weight = weightOf(run);
    const [failing, flaky]: [number[], number[]] = [[], []];
    for (const offender of run.counts.offenders) {
      const at = offenderOf(offender >> 1);
      const isFailed = offender % 2 === 0;
      (isFailed ? failing : flaky).push(at);
      offenders[at]!.severity += weight * (isFailed ? severityOf.failed : severityOf.flaky);
    }
    return { weight, failing, flaky, unlisted: unlistedOf(run, failing.length, flaky.length) };
  });
  let [runWeight, executed] = [0, 0];
  for (const run of runs) {
    const { total, skipped, executedCases } = run.counts;
    if (total === 0 || (skipped >= total && runSeverity(run.counts) === 0)) continue;
    runWeight += weightOf(run);
    executed += weightOf(run) * executedCases;
  }
  const trouble: Trouble = { inputs, offenders, runs: troubledRuns, runWeight, executed };
  return named(counterfactualOf(trouble), [...indexOf.keys()]);
}

function named(found: Counterfactual | null, tests: readonly number[]): RepoGrade['fixes'] {
  if (found === null) return null;
  const { fixed, score, letter, reached } = found;
  return { tests: fixed.map((i) => tests[i]!), score, letter, reached };
}

/** What is left of a run's severity when all its listed tests are fixed. */
function unlistedOf({ counts }: JudgedRun, failing: number, flaky: number): number {
  return runSeverity({
    failed: Math.max(0, counts.failed - failing),
    flaky: Math.max(0, counts.flaky - flaky),
  });
}
