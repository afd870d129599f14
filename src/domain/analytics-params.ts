/**
 * Every constant of the judgements, in one table. A judgement stores the version of the formulas
 * it was made with; whoever changes a number or a formula raises the version, and nothing else
 * may change what the same runs are judged to be.
 */
export const formulaVersion = '1';

const day = 86_400_000;

export const evidence = {
  /** weight of a further attempt inside one run: it shares machine and moment with the first */
  retryWeight: 0.5,
  /** units of a variant that are looked at, the newest in key order */
  ringUnits: 256,
};

export const grade = {
  halfLifeMs: 14 * day,
  /** what a flaky case, or a run whose worst case is flaky, weighs against a failed one */
  flakySeverity: 0.4,
  standing: { points: 35, scale: 6 },
  redRuns: { points: 30, scale: 0.25, saturation: 4 },
  severity: { points: 20, scale: 0.02 },
  skipped: { points: 5, free: 0.1, range: 0.4 },
  slowdown: { points: 10, recentRuns: 10, earlierRuns: 60, minRuns: 20 },
  letters: [
    { letter: 'A', from: 90 },
    { letter: 'B', from: 80 },
    { letter: 'C', from: 70 },
    { letter: 'D', from: 60 },
    { letter: 'F', from: 0 },
  ] as const,
  minRuns: 5,
  minHistoryMs: day,
  interval: { low: 0.1, high: 0.9 },
  /** most tests that the counterfactual list names */
  counterfactualTests: 50,
  /** a changed letter is news when the score is this far inside its band, or was held this long */
  news: { points: 1, runs: 3 },
  trend: { days: 28, minDays: 8, maxP: 0.05, minChange: 3 },
};

/** The two states of a test: good and broken. */
export const twoState = {
  /** failure probability of an attempt while broken */
  brokenFailure: 0.98,
  /** chance per commit that a broken test is repaired */
  repair: 0.2,
  /** chance per commit that a good test breaks */
  breakage: 3e-4,
  maxBreakage: 0.6,
  /** how much each all-failing test beyond the expected ones raises the odds of a real break */
  coFailureGain: 10,
  maxGap: 20,
  maxLogit: 40,
  /** P(broken) of a test nobody has seen before, held for its first units */
  newTest: { broken: 0.3, units: 3 },
  iterations: 4,
  pull: { breakage: 0.01, maxBreakage: 0.8, coFailureGain: 5 },
};

export const flakiness = {
  halfLifeMs: 30 * day,
  /** prior of a flaky test's failure rate, Beta(failing, passing) */
  prior: { failing: 0.3, passing: 2 },
  /** share of tests that are flaky, until a repo shows its own: 811 of 22,245 in FlakeFlagger */
  flakyShare: 0.036,
  minFlakyShare: 0.005,
  maxFlakyShare: 0.3,
  /** failure probability of an attempt of a test that is not flaky */
  residual: 2e-5,
  minRate: 1e-5,
  maxRate: 0.95,
  /** share of the evidence that the interval of the rate is drawn from; attempts are not independent */
  intervalEvidence: 0.7,
  interval: { low: 0.05, high: 0.95 },
  flaky: 0.9,
  suspect: 0.5,
  /** a clean streak this improbable for the flagged rate means recovered */
  recoveredStreak: 0.05,
  broken: 0.8,
  /** units below which a test is called new */
  newUnits: 3,
  trend: { recentMs: 7 * day, earlierMs: 28 * day, sure: 0.95, ratio: 1.5 },
};

/** Mass failures that say something of the machines and nothing of single tests. */
export const storm = {
  minShare: 0.15,
  timesMedian: 6,
  medianRuns: 50,
  minCases: 20,
  /** share of common tests from which a second storm in a row is a real breakage */
  sameTests: 0.5,
  /** P(break) at a commit whose storm turned out to be real */
  releasedBreakage: 0.6,
};

export const newFailure = {
  suspected: 0.5,
  confirmed: 0.999,
  /** below this many units the filter saturates lower, and failing units in a row stand in */
  shortHistory: { units: 100, inARow: 3, broken: 0.8, risk: 0.01 },
  /** a known flaky test needs more to count as broken */
  knownFlaky: { broken: 0.9999, inARow: 3 },
  closed: 0.05,
  /** P(broken) below which a unit surely lies before the break */
  surelyGood: 0.01,
};

/** Change of a failure rate: pass-rate drop of a suite or repo, flakiness increase of a test. */
export const rateChange = {
  lnBayesFactor: Math.log(1e3),
  drop: { prior: { failing: 0.5, passing: 2 }, minRise: 0.1 },
  flakier: { minRatio: 2, notifyPhiRise: 0.02 },
};

export const incidents = {
  /** expected share of false ones among the alerts of a batch */
  falseDiscoveryRate: 0.01,
  /** overlap of two suspect ranges, of the smaller, from which alerts may belong together */
  sameSuspects: 0.4,
  /** tests beyond the expected that fail from one commit on and so belong together */
  massStart: 3,
  growth: 2,
  calmUnits: 2,
  reopenMs: 5 * day,
  perRepoAndDay: 5,
};
