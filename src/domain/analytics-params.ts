/**
 * Every constant of the judgements, in one table. A judgement stores the version of the formulas
 * it was made with; whoever changes a number or a formula raises the version, and nothing else
 * may change what the same runs are judged to be.
 */
export const formulaVersion = '6';

const day = 86_400_000;

export const evidence = {
  /** weight of a further attempt inside one run: it shares machine and moment with the first */
  retryWeight: 0.5,
  /** retries that the default weighs as much as, where a repo estimates its own */
  retriesOfPrior: 20,
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
  /** chance that a pull request breaks one given test */
  pull: { breakage: 0.002, maxBreakage: 0.8, coFailureGain: 5 },
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
  /** so many cases in trouble are seldom single tests: they need a smaller share */
  many: { cases: 30, minShare: 0.05 },
  timesMedian: 6,
  medianRuns: 50,
  minCases: 20,
  /** share of common tests, beyond chance, from which a second storm in a row is a real breakage */
  sameTests: 0.5,
  /** share of the cases that is nearly all: there chance explains any overlap */
  nearlyAll: 0.95,
  /** P(break) at a commit whose storm turned out to be real */
  releasedBreakage: 0.6,
};

export const newFailure = {
  /** commits of a repo before anything is confirmed: until then nothing tells new from old */
  warmUpCommits: 10,
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
  /** probability of the range of places that is shown */
  rangeMass: 0.95,
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

/** Changes in the duration of a test, or of whole runs. Sizes are in natural log units where no other is said. */
export const durations = {
  /** newest passing results kept per test and job */
  window: 200,
  /** shorter ones are raised to it: below, the grain of a clock looks like a change */
  floorMs: 5,
  /** tests with a lower median are not judged */
  minMedianMs: 20,
  /** a commit's effect needs so many tests with so many results each; of at most `sample` tests */
  commitEffect: { tests: 30, results: 10, sample: 512 },
  /** median filter that finds spikes, and how many sigmas may stay of one */
  spike: { medianOver: 11, sigmas: 2.5 },
  /** median filter that tells slow drift from noise */
  driftMedianOver: 31,
  /** noise is never taken to be below 1 % */
  minSigma: 0.01,
  /** a change costs this × ln n, in squared sigmas */
  penalty: 16,
  /** results on either side of a change */
  minSegment: 8,
  /** a change must reach the larger of the two: a size, or so many pooled median absolute deviations */
  effect: { min: 0.05, mads: 1.6 },
  /** highest p, and how many results next to the change are compared on either side */
  mannWhitney: { maxP: 0.001, perSide: 60 },
  /**
   * an alert needs both, and survives the false discovery rate over all tests of a batch; one that
   * adds this share to a run is worth a message of its own
   */
  alert: { ratio: 1.1, ms: 50, falseDiscoveryRate: 0.05, shareOfRun: 0.05 },
  /**
   * Who is looked at closely: by means of eight results, a rise by this share of what an alert
   * needs, and of what a change costs. Lower, and more series are partitioned for nothing; higher, and
   * some are missed (docs/evaluation.md).
   */
  screen: { share: 0.75, gain: 0.28 },
};

/** Failures that say the same. */
export const clusters = {
  /** characters of a message that are looked at, at its start and at its end */
  head: 3072,
  tail: 1024,
  /** lines of a message that make its template */
  templateLines: 10,
  /** entries of a map up to which they are sorted */
  sortedEntries: 20,
  /** with fewer words that say something the suite joins the fingerprint */
  minInformativeWords: 3,
  /** MinHash: 16 bands of 4 rows find pairs from a Jaccard similarity of about 0.5 on */
  bands: 16,
  rowsPerBand: 4,
  minSimilarity: 0.6,
  maxLengthRatio: 2,
  /** of the smaller one's bigrams, what a member must share with the one that its cluster began with */
  minCommonShare: 0.2,
  /** earlier fingerprints, the oldest, that a new one is compared with in each of its bands */
  candidatesPerBand: 8,
  /** fingerprints that a repo keeps; beyond, the least recently seen leave until `kept` are left */
  fingerprints: { most: 5000, kept: 4500 },
  /** characters of the message that stands for a cluster */
  sample: 2048,
};

/** The first bad commit of an incident. */
export const culprit = {
  /** Beta(failing, passing) before the break, where a test has no history of its own */
  flakePrior: { failing: 0.3, passing: 4 },
  /** a history counts as so many results at most */
  maxPriorStrength: 100,
  /** Beta(failing, passing) after the break: most broken tests always fail, the others do as they please */
  afterBreak: [
    { share: 0.6, failing: 100, passing: 0.5 },
    { share: 0.4, failing: 2, passing: 1 },
  ],
  /**
   * chance that a break outlasts one more tested commit; milder than `twoState.repair`, because what
   * comes this far lasts longer than others (decision 25)
   */
  lasts: 0.94,
  /** posterior mass of the reported set of commits; a little more than the 95 % that are promised */
  setMass: 0.96,
  /** from this probability on a commit is surely good, or surely bad */
  sure: 0.99,
  /** commits before the last good one that stay candidates, and P(broken) below which one is good */
  margin: 5,
  goodBelow: 0.01,
  /** how much likelier a commit is that touches the folder of the suite */
  pathOdds: 3,
};
