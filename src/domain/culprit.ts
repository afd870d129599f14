import { culprit } from './analytics-params.ts';
import { lnBeta } from './beta.ts';

/** Beta prior of a test's failure rate, counted in failing and passing attempts; both > 0. */
export type FailurePrior = { failing: number; passing: number };

/** Effective attempts of one test of the incident, per candidate commit; 0 where it did not run. */
export type CulpritEvidence = {
  prior: FailurePrior;
  failed: ArrayLike<number>;
  passed: ArrayLike<number>;
};

/** Positions are into the candidate commits, oldest first. */
export type Culprit = {
  /** P(this commit is the first bad one); sums to 1 */
  probabilities: Float64Array;
  /** the likeliest; of equal ones the oldest */
  top: number;
  /** the fewest commits that hold 96 % together, ascending */
  likely: number[];
  /** null: no commit is sure enough */
  lastSurelyGood: number | null;
  firstSurelyBad: number | null;
  /** the commit without a result whose test would halve what is open; null: none is open */
  nextToTest: number | null;
};

/**
 * Which of `commits` ≥ 1 candidates broke the tests of an incident, one of them having done so.
 * Before the break a test fails at its own flake rate, after it at an unknown high one; both rates
 * are integrated out. Breaks that were looked at for long are the rarer ones. `touchesSuite` marks commits whose changed paths share a folder with the suite;
 * null where paths are unknown. O(commits × tests). A passive relative of flake-aware culprit
 * finding (Google, ICST 2023).
 */
export function firstBadCommit(
  commits: number,
  tests: CulpritEvidence[],
  touchesSuite: ArrayLike<boolean> | null = null,
): Culprit {
  const logs = Float64Array.from({ length: commits }, (_, k) =>
    touchesSuite?.[k] === true ? Math.log(culprit.pathOdds) : 0,
  );
  addLasting(logs, tests);
  for (const test of tests) addEvidence(logs, test);
  const probabilities = normalised(logs);
  const badUntil = cumulated(probabilities);
  return {
    probabilities,
    top: probabilities.indexOf(Math.max(...probabilities)),
    likely: likelySet(probabilities),
    lastSurelyGood: lastSurelyGood(badUntil),
    firstSurelyBad: orNull(badUntil.findIndex((bad) => bad >= culprit.sure)),
    nextToTest: nextToTest(badUntil, tests),
  };
}

/** Adds how likely a break of each candidate is to have lasted through all looks since. */
function addLasting(logs: Float64Array, tests: CulpritEvidence[]): void {
  let looks = 0;
  for (let k = logs.length - 1; k >= 0; k--) {
    if (tests.some(({ failed, passed }) => failed[k]! + passed[k]! > 0)) looks++;
    logs[k]! += looks * lnLasts;
  }
}

const lnLasts = Math.log(culprit.lasts);

/** Adds to each candidate how well it explains one test. */
function addEvidence(logs: Float64Array, { prior, failed, passed }: CulpritEvidence): void {
  const before = { failing: 0, passing: 0 };
  const after = { failing: sumOf(failed), passing: sumOf(passed) };
  for (let k = 0; k < logs.length; k++) {
    logs[k]! += lnEvidence(prior, before) + lnBroken(after);
    before.failing += failed[k]!;
    before.passing += passed[k]!;
    after.failing -= failed[k]!;
    after.passing -= passed[k]!;
  }
}

/** ln P(these outcomes) of a failure rate that is Beta distributed. */
const lnEvidence = (prior: FailurePrior, seen: FailurePrior): number =>
  lnBeta(prior.failing + seen.failing, prior.passing + seen.passing) -
  lnBeta(prior.failing, prior.passing);

/** The same after the break, where the rate is of one of two kinds, for every candidate alike. */
function lnBroken(seen: FailurePrior): number {
  const logs = culprit.afterBreak.map(
    ({ share, ...rate }) => Math.log(share) + lnEvidence(rate, seen),
  );
  const highest = Math.max(...logs);
  return highest + Math.log(logs.reduce((sum, each) => sum + Math.exp(each - highest), 0));
}

const sumOf = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0);

function normalised(logs: Float64Array): Float64Array {
  const highest = Math.max(...logs);
  const odds = logs.map((log) => Math.exp(log - highest));
  const total = sumOf(odds);
  return odds.map((each) => each / total);
}

/** P(commit k is bad): that one up to it was the first. */
function cumulated(probabilities: Float64Array): Float64Array {
  let sum = 0;
  return probabilities.map((each) => {
    sum += each;
    return sum;
  });
}

function likelySet(probabilities: Float64Array): number[] {
  const order = [...probabilities.keys()].sort(
    (a, b) => probabilities[b]! - probabilities[a]! || a - b,
  );
  let mass = 0;
  const needed = order.findIndex((k) => {
    mass += probabilities[k]!;
    return mass >= culprit.setMass;
  });
  return order.slice(0, needed < 0 ? order.length : needed + 1).sort((a, b) => a - b);
}

const lastSurelyGood = (badUntil: Float64Array): number | null =>
  orNull(badUntil.findLastIndex((bad) => bad <= 1 - culprit.sure));

const orNull = (index: number): number | null => (index < 0 ? null : index);

/** Of the commits that no test ran on and that are neither surely good nor bad, the evenest split. */
function nextToTest(badUntil: Float64Array, tests: CulpritEvidence[]): number | null {
  const open = [...badUntil.keys()].filter(
    (k) =>
      badUntil[k]! > 1 - culprit.sure &&
      badUntil[k]! < culprit.sure &&
      tests.every(({ failed, passed }) => failed[k]! + passed[k]! === 0),
  );
  const offHalf = (k: number): number => Math.abs(badUntil[k]! - 0.5);
  return open.reduce<number | null>(
    (best, k) => (best !== null && offHalf(best) <= offHalf(k) ? best : k),
    null,
  );
}

/**
 * A test's own flake history as the prior of its failure rate, at most as strong as 100 attempts so
 * that a long history does not outweigh what is seen now. Without attempts: the default prior.
 */
export function flakePrior({ failing, passing }: FailurePrior): FailurePrior {
  const base = culprit.flakePrior;
  const strength = base.failing + base.passing + failing + passing;
  const scale = Math.min(1, culprit.maxPriorStrength / strength);
  return {
    failing: scale * (base.failing + failing),
    passing: scale * (base.passing + passing),
  };
}

/**
 * The first commit that can be to blame: five before the last one at which every test of the
 * incident was good. `worstBroken` is the largest P(broken) among the tests, per commit, oldest
 * first. 0 where no commit was that good.
 */
export function firstCandidate(worstBroken: ArrayLike<number>): number {
  const lastGood = Array.from(worstBroken).findLastIndex((broken) => broken < culprit.goodBelow);
  return Math.max(0, lastGood - culprit.margin);
}
