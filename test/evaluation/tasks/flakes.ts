import { evidence, flakiness } from '../../../src/domain/analytics-params.ts';
import { betaQuantile } from '../../../src/domain/beta.ts';
import type { VariantJudgement } from '../../../src/domain/flakiness.ts';
import { chance } from '../../domain/chance.ts';
import { appleEntropy, appleFlipRate } from '../anchors/apple.ts';
import { transitions } from '../anchors/buildkite.ts';
import { codecov } from '../anchors/codecov.ts';
import { failRate } from '../anchors/fail-rate.ts';
import { type FlakeScore, seriesOf } from '../anchors/series.ts';
import { testGrid } from '../anchors/testgrid.ts';
import { passOnRetry } from '../anchors/trunk.ts';
import type { History } from '../history.ts';
import {
  areaUnderCurve,
  averagePrecision,
  bootstrap,
  type Scored,
  spearman,
  stretches,
} from '../metrics.ts';
import { judgeAll, tracksOf } from '../ours.ts';
import { type Case, nameOf, overSeeds, type Sample, type Setting } from '../setting.ts';
import { dropMostlyFailing, type Step } from '../storm-filter.ts';
import type { Row, Target } from '../table.ts';

const anchors: [string, FlakeScore][] = [
  ['TestGrid', testGrid],
  ['Apple, entropy', appleEntropy],
  ['Apple, flip rate', appleFlipRate],
  ['Buildkite, transitions', transitions],
  ['pass on retry', passOnRetry],
  ['Codecov', codecov],
  ['fail rate', failRate],
];

/** Flaky by truth: fails now and then. Rarer failures are beyond what a history of this length shows. */
const isPositive = (rate: number): boolean => rate >= 0.005 && rate < 0.95;
const isNegative = (rate: number): boolean => rate === 0 || rate === 1;

function scored(history: History, scores: ArrayLike<number>): Scored[] {
  return [...history.rates].flatMap((rate, test) =>
    isPositive(rate) || isNegative(rate)
      ? [{ score: scores[test]!, isTrue: isPositive(rate) }]
      : [],
  );
}

function scoresBy(rule: FlakeScore, history: History, series: ReturnType<typeof seriesOf>) {
  const scores = new Float64Array(history.tests);
  for (const { test, points } of series) scores[test] = rule(points);
  return scores;
}

type Judged = { rate: number; judgement: VariantJudgement; share: number };
type Result = { scored: Map<string, Scored[]>; judged: Judged[] };

function addAnchors(result: Result, history: History, steps: Step[], mark: string): void {
  const series = seriesOf(history, steps);
  for (const [name, rule] of anchors) {
    result.scored.set(name + mark, scored(history, scoresBy(rule, history, series)));
  }
}

/** `share`: of failures in 256 attempts on sound code, to see how well any count ranks such rates. */
function judgedOf(history: History, judgements: VariantJudgement[]): Judged[] {
  const next = chance(history.tests);
  return judgements.map((judgement, test) => {
    const rate = history.meanRates[test]!;
    let failures = 0;
    for (let i = 0; i < evidence.ringUnits; i++) failures += Number(next() < rate);
    return { rate, judgement, share: failures / evidence.ringUnits };
  });
}

function resultOf({ history, steps }: Sample): Result {
  const judgements = judgeAll(tracksOf(history, steps));
  const ours = judgements.map(({ flaky }) => flaky);
  const result: Result = {
    scored: new Map([['ours', scored(history, ours)]]),
    judged: judgedOf(history, judgements),
  };
  addAnchors(result, history, steps, '');
  addAnchors(result, history, dropMostlyFailing(history), ' (80 % rule)');
  return result;
}

/** Tests that are drawn together for an interval: some suites. */
const blockTests = 100;

/** Scores of all histories, which are comparable. */
const scoredBlocks = (results: Result[], rule: string): Scored[][] =>
  results.flatMap((result) => stretches(result.scored.get(rule)!, blockTests));

const targets: Record<string, Target> = { AUC: { min: 0.985 }, AP: { min: 0.95 } };

/** Who is flaky, and how flaky: ranking, label and rate. */
export function flakes(setting: Setting, cases: readonly Case[]): Row[] {
  return cases.flatMap((at) => {
    const results = overSeeds(setting, at, resultOf);
    return [...ranking(results, at), ...labels(results, at), ...rates(results, at)];
  });
}

function ranking(results: Result[], at: Case): Row[] {
  const figures = { AUC: areaUnderCurve, AP: averagePrecision };
  return Object.entries(figures).flatMap(([figure, of]) =>
    [...results[0]!.scored.keys()].map((rule): Row => {
      const lists = scoredBlocks(results, rule);
      const value = bootstrap(lists, (drawn) => of(drawn.flat()));
      const isJudged = rule === 'ours' && at.variant === 'base';
      return {
        task: 'flake ranking',
        on: nameOf(at),
        figure,
        rule,
        value,
        ...(isJudged && { target: targets[figure]! }),
      };
    }),
  );
}

/** Precision and recall of what scores at least `from`. */
function labelFigures(lists: Scored[][], from: number) {
  const isTold = ({ score }: Scored) => score >= from;
  const precision = (drawn: Scored[][]): number => {
    const told = drawn.flat().filter(isTold);
    return told.filter(({ isTrue }) => isTrue).length / told.length;
  };
  const recall = (drawn: Scored[][]): number => {
    const real = drawn.flat().filter(({ isTrue }) => isTrue);
    return real.filter(isTold).length / real.length;
  };
  return { precision: bootstrap(lists, precision), recall: bootstrap(lists, recall) };
}

const labelRules: [string, number][] = [
  ['ours', flakiness.flaky],
  ['pass on retry', 1],
  ['pass on retry (80 % rule)', 1],
];

function labels(results: Result[], at: Case): Row[] {
  return labelRules.flatMap(([rule, from]) => {
    const lists = scoredBlocks(results, rule);
    const { precision, recall } = labelFigures(lists, from);
    const base = { task: 'flake label', on: nameOf(at), rule };
    const isJudged = rule === 'ours' && at.variant === 'base';
    return [
      {
        ...base,
        figure: 'precision',
        value: precision,
        ...(isJudged && { target: { min: 0.98 } }),
      },
      { ...base, figure: 'recall', value: recall, ...(isJudged && { target: { min: 0.85 } }) },
    ];
  });
}

/** Those of whom a rate is shown: really flaky and called so. */
const shown = ({ rate, judgement }: Judged): boolean =>
  isPositive(rate) && judgement.flaky >= flakiness.flaky;

const { failing: a0, passing: b0 } = flakiness.prior;

/** Whether the 90 % interval holds the true rate when a share of the evidence counts as independent. */
function isCovered({ rate, judgement }: Judged, share: number): boolean {
  const { failing, passing } = judgement.evidence;
  const [a, b] = [a0 + share * failing, b0 + share * passing];
  const { low, high } = flakiness.interval;
  return betaQuantile(low, a, b) <= rate && rate <= betaQuantile(high, a, b);
}

function coverage(drawn: Judged[][], share: number): number {
  const those = drawn.flat().filter(shown);
  return those.filter((each) => isCovered(each, share)).length / those.length;
}

function rates(results: Result[], at: Case): Row[] {
  // Where rates double again and again there is no one true rate.
  if (at.variant === 'drift') return [];
  const lists = results.flatMap(({ judged }) => stretches(judged, blockTests));
  const base = { task: 'flake rate', on: nameOf(at), rule: 'ours' };
  const isJudged = at.variant === 'base';
  const rankedBy = (score: (one: Judged) => number) =>
    bootstrap(lists, (drawn) => {
      const those = drawn.flat().filter(({ rate }) => isPositive(rate));
      return spearman(those.map((one) => [one.rate, score(one)] as const));
    });
  const figure = 'Spearman with the true rate';
  return [
    {
      ...base,
      figure: 'coverage of 90 % intervals',
      value: bootstrap(lists, (drawn) => coverage(drawn, flakiness.intervalEvidence)),
      ...(isJudged && { target: { min: 0.88 } }),
    },
    {
      ...base,
      figure,
      value: rankedBy(({ judgement }) => judgement.rate),
      ...(isJudged && { target: { min: 0.94 } }),
    },
    {
      ...base,
      rule: 'count in 256 sound attempts',
      figure,
      value: rankedBy(({ share }) => share),
    },
  ];
}

/** Shares of the evidence that intervals were tried with. */
const shares = [1, 0.7, 0.5, 0.4, 0.3, 0.2];

/** Coverage by the share of evidence, on histories of odd seeds (tuned on) and of even ones. */
export function intervals(setting: Setting, cases: readonly Case[]): Row[] {
  return cases.flatMap((at) => {
    const twice = { ...setting, seeds: 2 * setting.seeds };
    const lists = overSeeds(twice, at, ({ history, steps }): Judged[] =>
      judgedOf(history, judgeAll(tracksOf(history, steps))),
    );
    return shares.flatMap((share) =>
      ['tuned on', 'held out'].map((half, rest) => ({
        task: 'interval',
        on: nameOf(at),
        figure: `coverage, ${half}`,
        rule: `share ${share}`,
        value: bootstrap(
          lists.filter((_, i) => i % 2 === rest).flatMap((list) => stretches(list, blockTests)),
          (drawn) => coverage(drawn, share),
        ),
      })),
    );
  });
}
