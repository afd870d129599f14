import type { GradedRun, GradeInputs, History } from '../../src/domain/grade.ts';
import {
  addGradedRun,
  historyOf,
  inputsOf,
  isStanding,
  newGradeSums,
  severityOf,
  slowdownOf,
} from '../../src/domain/grade.ts';

/** One character per test: `.` passed, `~` flaky, `x` failed, `s` skipped, blank: not in the run. */
export type Picture = string;
/** `durationMs` null: not timed. One run, and one commit, an hour. */
export type PicturedRun = { cases: Picture; durationMs?: number | null };

export const hour = 3_600_000;

export function gradedRun(cases: Picture, atMs: number): GradedRun {
  const count = (c: string) => [...cases].filter((one) => one === c).length;
  const [failed, flaky, skipped] = [count('x'), count('~'), count('s')];
  const total = count('.') + failed + flaky + skipped;
  return {
    atMs,
    total,
    failed,
    flaky,
    skipped,
    executedCases: total - skipped,
    caseSeverity: failed * severityOf.failed + flaky * severityOf.flaky,
  };
}

/** What the grade is made of, from pictures of runs, oldest first. */
export function gradeInputs(runs: readonly PicturedRun[]): GradeInputs & { history: History } {
  const sums = newGradeSums();
  runs.forEach(({ cases }, i) => {
    addGradedRun(sums, gradedRun(cases, i * hour));
  });
  const width = Math.max(0, ...runs.map(({ cases }) => cases.length));
  const tests = Array.from({ length: width }, (_, test) => passesOf(runs, test));
  const standing = tests.filter((passing) => isStanding(passing)).length;
  const durations = runs.map(({ durationMs }) => durationMs ?? null).filter((ms) => ms !== null);
  const history = historyOf(sums, runs.length, (runs.length - 1) * hour);
  return { ...inputsOf(sums, standing, slowdownOf([durations])), history };
}

/** The passing attempts of each unit of a test; a skipped or missing case is no unit. */
function passesOf(runs: readonly PicturedRun[], test: number): number[] {
  return runs.flatMap(({ cases }) => {
    const status = cases[test] ?? ' ';
    return status === ' ' || status === 's' ? [] : [status === 'x' ? 0 : 1];
  });
}
