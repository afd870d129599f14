import type { Status } from '../domain/model.ts';
import { Chance } from './chance.ts';
import type { PlannedRun } from './plan.ts';
import type { DemoRepo } from './repos.ts';
import { styles } from './styles.ts';
import { changeAt, type DemoTest } from './tests.ts';

export type DemoCase = {
  test: DemoTest;
  status: Status;
  durationMs: number;
  attempts: number;
  /** null where the case neither failed nor flaked */
  failure: { errorMessage: string; stack: string } | null;
};

export type Executed = {
  cases: DemoCase[];
  /** it is red and nothing but chance made it so: somebody will run it again */
  isRedByChance: boolean;
};

/** Why a case fails in this run; null: it does not, or by chance only. */
type Reason = 'code' | 'storm' | null;

/** Tests that a pull request's own mistake breaks: some that stand together. */
const mistakeTests = 4;
/** A flake that has struck strikes again at once more often than its rate says. */
const flakeAgain = 0.35;

/** Runs the tests as CI would. Attempt 2 is a repetition of the run: other luck, the same code. */
export function execute(
  repo: DemoRepo,
  tests: readonly DemoTest[],
  run: PlannedRun,
  seed: string,
  attempt: number,
): Executed {
  const chance = new Chance(seed, repo.slug, run.commit, attempt);
  const machine = chance.between(0.93, 1.1);
  const reasonOf = findReasons(repo, tests, run, chance);
  const slow = isIn(run, changeAt(repo, repo.slower?.from ?? 2), null)
    ? (repo.slower?.factor ?? 1)
    : 1;
  let isRedByCode = false;
  let isRedByChance = false;
  const cases: DemoCase[] = [];
  for (let position = 0; position < tests.length; position++) {
    const test = tests[position]!;
    if (test.since > run.change) continue;
    if (test.isSkipped) {
      cases.push(skippedCase(test));
      continue;
    }
    const reason = reasonOf(test, position);
    const { status, attempts } = tryCase(repo, test, reason, chance);
    const usualMs = test.usualMs * machine * (test.isSlower ? slow : 1);
    const durationMs = durationOf(usualMs, attempts, reason, chance);
    const failure = status === 'passed' ? null : failureOf(repo, test, reason, chance);
    cases.push({ test, status, durationMs, attempts, failure });
    if (status === 'failed' && reason === null) isRedByChance = true;
    if (status === 'failed' && reason !== null) isRedByCode = true;
  }
  return { cases, isRedByChance: isRedByChance && !isRedByCode };
}

const skippedCase = (test: DemoTest): DemoCase => ({
  test,
  status: 'skipped',
  durationMs: 0,
  attempts: 1,
  failure: null,
});

function findReasons(
  repo: DemoRepo,
  tests: readonly DemoTest[],
  run: PlannedRun,
  chance: Chance,
): (test: DemoTest, position: number) => Reason {
  const { broken, storm } = repo;
  const isBroken =
    broken !== undefined &&
    isIn(
      run,
      changeAt(repo, broken.from),
      broken.until === null ? null : changeAt(repo, broken.until),
    );
  const isStorm =
    storm !== undefined && run.pullRequest === null && run.change === changeAt(repo, storm.at);
  const mistakeAt = run.hasMistake ? chance.whole(0, tests.length - mistakeTests) : -mistakeTests;
  return (test, position) => {
    const isMistake = position >= mistakeAt && position < mistakeAt + mistakeTests;
    if (isMistake || test.isNeverPassing || (isBroken && test.isBroken)) return 'code';
    return isStorm && chance.hits(storm.share) ? 'storm' : null;
  };
}

/** Whether the tested code holds the change `from` and not yet the change `until`. */
function isIn(run: PlannedRun, from: number, until: number | null): boolean {
  if (run.contains < from) return false;
  return until === null || (run.contains < until && run.change !== until);
}

type Tried = { status: Status; attempts: number };
const passed: Tried = { status: 'passed', attempts: 1 };

function tryCase(repo: DemoRepo, test: DemoTest, reason: Reason, chance: Chance): Tried {
  if (reason !== null) return { status: 'failed', attempts: repo.retries + 1 };
  if (test.flakeRate === 0 || !chance.hits(test.flakeRate)) return passed;
  for (let attempt = 2; attempt <= repo.retries + 1; attempt++) {
    if (!chance.hits(flakeAgain)) return { status: 'flaky', attempts: attempt };
  }
  return { status: 'failed', attempts: repo.retries + 1 };
}

/** A refused connection fails at once; a failing attempt takes about as long as a passing one. */
function durationOf(usualMs: number, attempts: number, reason: Reason, chance: Chance): number {
  const noise = 0.86 + 0.14 * (chance.next() + chance.next());
  const ms = reason === 'storm' ? 2 : usualMs * noise * attempts;
  return Math.max(1, Math.round(ms));
}

function failureOf(repo: DemoRepo, test: DemoTest, reason: Reason, chance: Chance) {
  const style = styles[repo.framework];
  const errorMessage = reason === 'storm' ? style.unreachable : test.problem(test.subject, chance);
  return { errorMessage, stack: style.stack(test.file, test.line + 5, test.subject) };
}
