import { grade as params } from './analytics-params.ts';
import { betaQuantile } from './beta.ts';
import type { DecayedSums } from './decay.ts';
import { addDecayed, decayedMean, effectiveCount, newDecayedSums } from './decay.ts';
import { median } from './median.ts';

/**
 * The grade of a repo or suite: 100 points less five demerits, each of which grows with trouble and
 * saturates. Only runs of the default branch count, storms included: leaving a run out beyond some
 * share of failures would raise the score when one more test fails.
 */
export type Letter = (typeof params.letters)[number]['letter'];

/** What the score is made of; every one ≥ 0 and worse when larger. */
export type GradeInputs = {
  /** tests whose last two commit units have no pass */
  standing: number;
  /** decayed mean over runs: 1 red, 0.4 flaky only, 0 green */
  redRuns: number;
  /** decayed mean over executed cases: 1 failed, 0.4 flaky, 0 passed */
  severity: number;
  /** decayed mean over runs of skipped / total */
  skipped: number;
  /** ln of the recent run duration over the earlier one, 0 where not slower */
  slowdown: number;
};

/** Points lost for each input. */
export type Demerits = { [Input in keyof GradeInputs]: number };

export type Grade = {
  /** 0 to 100, in tenths */
  score: number;
  letter: Letter;
  demerits: Demerits;
  /** the score where the share of red runs is as low, or as high, as it may well be */
  interval: { low: number; high: number };
};

const clamp01 = (x: number): number => Math.min(1, Math.max(0, x));
const saturating = (x: number): number => 1 - Math.exp(-x);

/** Each in [0, its points of `analytics-params.ts`]; they sum to 100 - score before rounding. O(1). */
export function demeritsOf(inputs: GradeInputs): Demerits {
  const { standing, redRuns, severity, skipped, slowdown } = params;
  const full = saturating(redRuns.saturation);
  return {
    standing: standing.points * saturating(inputs.standing / standing.scale),
    redRuns: (redRuns.points * saturating(inputs.redRuns / redRuns.scale)) / full,
    severity: severity.points * saturating(inputs.severity / severity.scale),
    skipped: skipped.points * clamp01((inputs.skipped - skipped.free) / skipped.range),
    slowdown: slowdown.points * clamp01(inputs.slowdown / Math.LN2),
  };
}

/** 0 to 100, before rounding. */
export function exactScore(inputs: GradeInputs): number {
  const { standing, redRuns, severity, skipped, slowdown } = demeritsOf(inputs);
  return Math.max(0, 100 - standing - redRuns - severity - skipped - slowdown);
}

/** 0 to 100 in tenths, rounded half up. */
export const scoreOf = (inputs: GradeInputs): number =>
  Math.floor(exactScore(inputs) * 10 + 0.5) / 10;

export const letterOf = (score: number): Letter =>
  params.letters.find(({ from }) => score >= from)!.letter;

/** The next better letter and where it begins; null for the best. */
export function nextLetter(letter: Letter): { letter: Letter; from: number } | null {
  const at = params.letters.findIndex((band) => band.letter === letter);
  return params.letters[at - 1] ?? null;
}

/** What one run of the default branch says; counts of the summary beside sums over its cases. */
export type GradedRun = {
  atMs: number;
  total: number;
  failed: number;
  skipped: number;
  flaky: number;
  /** stored cases that were not skipped */
  executedCases: number;
  /** sum over the stored cases of their severity */
  caseSeverity: number;
};

export const severityOf = { failed: 1, flaky: params.flakySeverity };

/** The worst of a run's cases decides: 1 red, 0.4 flaky only, 0 green. */
export const runSeverity = ({ failed, flaky }: { failed: number; flaky: number }): number =>
  failed > 0 ? severityOf.failed : flaky > 0 ? severityOf.flaky : 0;

/** Sums over runs, in any order; see `decay.ts`. */
export type GradeSums = { runs: DecayedSums; skips: DecayedSums };

const RUN_SEVERITY = 0;
const EXECUTED = 1;
const CASE_SEVERITY = 2;

export const newGradeSums = (): GradeSums => ({
  runs: newDecayedSums(params.halfLifeMs, 3),
  skips: newDecayedSums(params.halfLifeMs, 1),
});

/** Adds a run; `count` -1 takes it back. A run that executed nothing says something of skips only. */
export function addGradedRun(sums: GradeSums, run: GradedRun, count: 1 | -1 = 1): void {
  if (run.total === 0) return;
  addDecayed(sums.skips, run.atMs, [run.skipped / run.total], count);
  if (run.skipped >= run.total && runSeverity(run) === 0) return;
  addDecayed(sums.runs, run.atMs, [runSeverity(run), run.executedCases, run.caseSeverity], count);
}

/** The inputs that come from sums; `standing` and `slowdown` come from units and durations. */
export function inputsOf({ runs, skips }: GradeSums, standing: number, slowdown: number) {
  const executed = runs.sums[EXECUTED]!;
  return {
    standing,
    redRuns: decayedMean(runs, RUN_SEVERITY) ?? 0,
    severity: executed > 0 ? runs.sums[CASE_SEVERITY]! / executed : 0,
    skipped: decayedMean(skips, 0) ?? 0,
    slowdown,
  } satisfies GradeInputs;
}

/** Whether a variant fails for good: its last two units, in key order, have no pass. */
export const isStanding = (passing: ArrayLike<number>, count = passing.length): boolean =>
  count >= 2 && passing[count - 1] === 0 && passing[count - 2] === 0;

/**
 * How much slower the runs became: ln(median of the last 10 / median of the 60 before), at least 0,
 * averaged over the jobs that have 20 timed runs, each weighing its earlier duration (so that a
 * slower run never makes another job's speed count more). `jobs`: durations in ms in key order.
 */
export function slowdownOf(jobs: readonly (readonly number[])[]): number {
  const { recentRuns, earlierRuns, minRuns } = params.slowdown;
  let sum = 0;
  let weights = 0;
  for (const durations of jobs) {
    if (durations.length < minRuns) continue;
    const recent = Math.max(1, median(durations.slice(-recentRuns)));
    const window = durations.slice(-recentRuns - earlierRuns, -recentRuns);
    const earlier = Math.max(1, median(window));
    sum += earlier * Math.max(0, Math.log(recent / earlier));
    weights += earlier;
  }
  return weights > 0 ? sum / weights : 0;
}

/** What there is to grade; `effectiveRuns` from `effectiveCount`. */
export type History = { runs: number; historyMs: number; effectiveRuns: number };

export const historyOf = (sums: GradeSums, runs: number, historyMs: number): History => ({
  runs,
  historyMs,
  effectiveRuns: effectiveCount(sums.runs),
});

/** The grade; null ("-") below 5 runs of the default branch or 24 hours of history. */
export function gradeOf(inputs: GradeInputs, history: History): Grade | null {
  if (history.runs < params.minRuns || history.historyMs < params.minHistoryMs) return null;
  const score = scoreOf(inputs);
  return {
    score,
    letter: letterOf(score),
    demerits: demeritsOf(inputs),
    interval: intervalOf(inputs, history.effectiveRuns, score),
  };
}

/**
 * The score at the 10th and 90th percentile of the share of red runs, the score itself included; `runs`
 * from `effectiveCount`. Two quantiles.
 */
export function intervalOf(inputs: GradeInputs, runs: number, score: number): Grade['interval'] {
  const a = 0.5 + runs * inputs.redRuns;
  const b = 0.5 + runs * (1 - inputs.redRuns);
  const scoreAt = (p: number) => scoreOf({ ...inputs, redRuns: betaQuantile(p, a, b) });
  return {
    low: Math.min(score, scoreAt(params.interval.high)),
    high: Math.max(score, scoreAt(params.interval.low)),
  };
}

/**
 * Whether a changed letter is worth a message: its score is a whole point inside the new band, or
 * it was held for 3 runs. `scores`: after each run, the newest last.
 */
export function isLetterNews(toldLetter: Letter, scores: readonly number[]): boolean {
  const score = scores.at(-1);
  if (score === undefined) return false;
  const letter = letterOf(score);
  if (letter === toldLetter) return false;
  const { points, runs } = params.news;
  const held = scores.slice(-runs);
  if (held.length === runs && held.every((one) => letterOf(one) === letter)) return true;
  const from = params.letters.find((band) => band.letter === letter)!.from;
  const isBetter = letter < toldLetter;
  return isBetter ? score >= from + points : score <= nextLetter(letter)!.from - points;
}
