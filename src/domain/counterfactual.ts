import { grade as params } from './analytics-params.ts';
import type { GradeInputs, Letter } from './grade.ts';
import { exactScore, letterOf, nextLetter, runSeverity, scoreOf } from './grade.ts';

/** A test in trouble; its index in the list names it. */
type Offender = {
  isStanding: boolean;
  /** decayed sum of the severity of its cases */
  severity: number;
};

/** A run that was not green, by the offenders that made it so. */
type TroubledRun = {
  /** the decayed weight of the run */
  weight: number;
  failing: readonly number[];
  flaky: readonly number[];
  /** severity of what the summary counts beyond the listed cases: no fix of a listed test heals it */
  unlisted: number;
};

export type Trouble = {
  inputs: GradeInputs;
  offenders: readonly Offender[];
  runs: readonly TroubledRun[];
  /** decayed number of runs, green ones included */
  runWeight: number;
  /** decayed number of executed cases */
  executed: number;
};

export type Counterfactual = {
  /** indices of offenders, the most useful first */
  fixed: number[];
  /** what the score would be without their failures and flakes */
  score: number;
  letter: Letter;
  /** whether `letter` is better than today's */
  reached: boolean;
};

/**
 * "Fix these tests and the grade is B": offenders picked one by one, each the one that raises the
 * score most (the earliest of equals), until the next letter. A run turns green only when all its
 * offenders are picked. Null where no letter is better. O(picks × (offenders + mentions in runs)).
 */
export function counterfactualOf(trouble: Trouble): Counterfactual | null {
  const target = nextLetter(letterOf(scoreOf(trouble.inputs)));
  if (target === null) return null;
  const repair = new Repair(trouble);
  while (
    scoreOf(repair.inputs()) < target.from &&
    repair.fixed.length < params.counterfactualTests
  ) {
    const best = repair.bestNext();
    if (best === -1) break;
    repair.fix(best);
  }
  const score = scoreOf(repair.inputs());
  return { fixed: repair.fixed, score, letter: letterOf(score), reached: score >= target.from };
}

class Repair {
  readonly fixed: number[] = [];
  readonly #trouble: Trouble;
  readonly #isFixed: boolean[];
  /** offenders left, per run */
  readonly #left: { failed: number; flaky: number }[];
  /** per offender, the runs it failed in and those it was flaky in */
  readonly #runsOf: { failing: number[]; flaky: number[] }[];
  #standing: number;
  #runSeverity = 0;
  #caseSeverity = 0;

  constructor(trouble: Trouble) {
    this.#trouble = trouble;
    this.#isFixed = trouble.offenders.map(() => false);
    this.#runsOf = trouble.offenders.map(() => ({ failing: [], flaky: [] }));
    this.#left = trouble.runs.map((run, at) => {
      for (const i of run.failing) this.#runsOf[i]!.failing.push(at);
      for (const i of run.flaky) this.#runsOf[i]!.flaky.push(at);
      return { failed: run.failing.length, flaky: run.flaky.length };
    });
    this.#standing = trouble.inputs.standing;
    this.#runSeverity = trouble.inputs.redRuns * trouble.runWeight;
    this.#caseSeverity = trouble.inputs.severity * trouble.executed;
  }

  /** What the score is made of once everything picked so far is fixed. */
  inputs(): GradeInputs {
    return this.#inputsWith(0, 0, 0);
  }

  /** -1 where nothing that is left would raise the score. */
  bestNext(): number {
    let best = -1;
    let bestScore = exactScore(this.inputs());
    for (let i = 0; i < this.#isFixed.length; i++) {
      if (this.#isFixed[i]) continue;
      const { isStanding, severity } = this.#trouble.offenders[i]!;
      const score = exactScore(this.#inputsWith(isStanding ? 1 : 0, this.#gain(i), severity));
      if (score > bestScore) {
        best = i;
        bestScore = score;
      }
    }
    return best;
  }

  fix(i: number): void {
    const { isStanding, severity } = this.#trouble.offenders[i]!;
    this.#runSeverity -= this.#gain(i);
    this.#caseSeverity -= severity;
    if (isStanding) this.#standing--;
    for (const at of this.#runsOf[i]!.failing) this.#left[at]!.failed--;
    for (const at of this.#runsOf[i]!.flaky) this.#left[at]!.flaky--;
    this.#isFixed[i] = true;
    this.fixed.push(i);
  }

  /** Decayed run severity that goes away with the failures and flakes of one more offender. */
  #gain(i: number): number {
    let gain = 0;
    const { failing, flaky } = this.#runsOf[i]!;
    for (const at of failing) gain += this.#fallOf(at, 1, 0);
    for (const at of flaky) gain += this.#fallOf(at, 0, 1);
    return gain;
  }

  #fallOf(at: number, failed: number, flaky: number): number {
    const { weight, unlisted } = this.#trouble.runs[at]!;
    const left = this.#left[at]!;
    const before = Math.max(unlisted, runSeverity(left));
    const without = { failed: left.failed - failed, flaky: left.flaky - flaky };
    return weight * (before - Math.max(unlisted, runSeverity(without)));
  }

  #inputsWith(standing: number, runSeverity: number, caseSeverity: number): GradeInputs {
    const { inputs, runWeight, executed } = this.#trouble;
    const share = (sum: number, of: number) => (of > 0 ? Math.max(0, sum) / of : 0);
    return {
      ...inputs,
      standing: this.#standing - standing,
      redRuns: share(this.#runSeverity - runSeverity, runWeight),
      severity: share(this.#caseSeverity - caseSeverity, executed),
    };
  }
}
