import { flakiness } from '../../../src/domain/analytics-params.ts';
import { retryWeightOf } from '../../../src/domain/commit-unit.ts';
import { luciNewFailure } from '../anchors/luci-change-points.ts';
import { type OnlineRule, seriesOf } from '../anchors/series.ts';
import { sippyFisher } from '../anchors/sippy-fisher.ts';
import { twoInARow } from '../anchors/two-in-a-row.ts';
import { FAILED, type Fault, FLAKY, type History } from '../history.ts';
import { bootstrap, mean } from '../metrics.ts';
import { type Alert, judgeAll, newFailures, tracksOf } from '../ours.ts';
import { type Case, nameOf, overSeeds, type Sample, type Setting, sampleOf } from '../setting.ts';
import type { Step } from '../storm-filter.ts';
import type { Row, Target } from '../table.ts';

/** Commits before anything counts, for any rule: nothing tells new from old there. */
export const warmUp = 10;
/** An alert this many commits after the end of a break is late, not false. */
const late = 2;
/** A rule that is on for tests that always fail is neither right nor wrong: nothing is new there. */
const isJudged = (history: History, test: number): boolean => history.rates[test]! < 0.95;

const anchors: [string, OnlineRule][] = [
  ['LUCI', luciNewFailure],
  ['Sippy Fisher', sippyFisher],
  ['2 in a row', twoInARow],
];

function alertsBy(rule: OnlineRule, all: ReturnType<typeof seriesOf>): Alert[] {
  return all.flatMap(({ test, points, steps }) => {
    const isOn = rule();
    let was = false;
    return points.flatMap((point, i) => {
      const is = isOn(point);
      const rises = is && !was;
      was = is;
      return rises ? [{ test, place: steps[i]! }] : [];
    });
  });
}

/** How alerts fit breaks, in one stretch of commits; a break counts once per test in it. */
export type Score = {
  /** whether each alert is right */
  alerts: boolean[];
  /** per test and break: commits until it was told, null where it never was */
  faults: { isLong: boolean; delay: number | null }[];
  /** what one alert counts for when scaled to 200 commits of 6,000 tests, all stretches averaged */
  scale: number;
};

/** Commits that are drawn together for an interval. */
const blockCommits = 20;
const blockOf = (place: number): number => Math.floor(place / blockCommits);

/** Faults that could be seen: of tests that do not always fail, at commits that were tested. */
function visibleFaults(history: History): Fault[] {
  const tested = new Set(
    history.commits.flatMap(({ isPull, runs, place }) =>
      isPull || runs.length === 0 ? [] : [place],
    ),
  );
  const wasTested = ({ from, to }: Fault) => {
    for (let place = from; place < to; place++) if (tested.has(place)) return true;
    return false;
  };
  return history.faults.filter((fault) => isJudged(history, fault.test) && wasTested(fault));
}

/** One score per stretch of a history. */
export function scoresOf(history: History, alerts: readonly Alert[]): Score[] {
  const blocks = blockOf(history.places - 1) + 1;
  const scale = (blocks * 200 * 6000) / (history.places * history.tests);
  const scores = Array.from({ length: blocks }, (): Score => ({ alerts: [], faults: [], scale }));
  const faults = visibleFaults(history);
  const byTest = Map.groupBy(faults, ({ test }) => test);
  const delays = new Map<Fault, number>();
  for (const { test, place } of alerts) {
    if (place < warmUp || !isJudged(history, test)) continue;
    const those = (byTest.get(test) ?? []).filter(
      ({ from, to }) => from <= place && place < to + late,
    );
    if (those.some(({ from }) => from < warmUp)) continue;
    scores[blockOf(those[0]?.from ?? place)]!.alerts.push(those.length > 0);
    for (const fault of those) if (!delays.has(fault)) delays.set(fault, place - fault.from);
  }
  for (const fault of faults) {
    const { from, to } = fault;
    if (from < warmUp) continue;
    scores[blockOf(from)]!.faults.push({
      isLong: to - from >= 3,
      delay: delays.get(fault) ?? null,
    });
  }
  return scores;
}

const share = <T>(list: T[], is: (each: T) => boolean): number =>
  list.filter(is).length / list.length;
const alertsOf = (scores: Score[]) => scores.flatMap(({ alerts }) => alerts);
const faultsOf = (scores: Score[]) => scores.flatMap(({ faults }) => faults);
const isFound = ({ delay }: { delay: number | null }): boolean => delay !== null;

const figures: [string, (scores: Score[]) => number][] = [
  ['precision', (scores) => share(alertsOf(scores), (isRight) => isRight)],
  ['recall', (scores) => share(faultsOf(scores), isFound)],
  [
    'recall, 3 commits and more',
    (scores) =>
      share(
        faultsOf(scores).filter(({ isLong }) => isLong),
        isFound,
      ),
  ],
  ['delay, commits', (scores) => mean(faultsOf(scores).flatMap(({ delay }) => delay ?? []))],
  [
    'false per 200 commits of 6,000 tests',
    (scores) =>
      mean(scores.map(({ alerts, scale }) => scale * alerts.filter((isRight) => !isRight).length)),
  ],
];

/** What ours must reach, by variant, figure and number of retries. */
const targets: Record<string, Record<string, [Target, Target]>> = {
  base: {
    precision: [{ min: 0.98 }, { min: 0.99 }],
    recall: [{ min: 0.75 }, { min: 0.88 }],
  },
  heavy: {
    precision: [{ min: 0.99 }, { min: 0.99 }],
    recall: [{ min: 0.7 }, { min: 0.83 }],
  },
  burst: { precision: [{ min: 0.97 }, { min: 0.97 }] },
};

function rowsOf(at: Case, rule: string, scores: Score[], withTarget: boolean): Row[] {
  return figures.map(([figure, of]) => {
    const target = withTarget ? targets[at.variant]?.[figure]?.[at.retries] : undefined;
    return {
      task: 'new failure',
      on: nameOf(at),
      figure,
      rule,
      value: bootstrap(scores, of),
      ...(target !== undefined && { target }),
    };
  });
}

/** Alerts as they would have come, commit by commit. */
export function newFailureTask(setting: Setting, cases: readonly Case[]): Row[] {
  return cases.flatMap((at) => {
    const results = overSeeds(setting, at, ({ history, steps }, seed) => {
      const series = seriesOf(history, steps);
      const weight = at.retries === 0 ? undefined : ownRetryWeight(setting, at, seed);
      const byRule: [string, Score[]][] = [
        ['ours', scoresOf(history, newFailures(history, steps, weight))],
        ...anchors.map(([name, rule]): [string, Score[]] => [
          name,
          scoresOf(history, alertsBy(rule, series)),
        ]),
      ];
      return new Map(byRule);
    });
    return [...results[0]!.keys()].flatMap((rule) =>
      rowsOf(
        at,
        rule,
        results.flatMap((result) => result.get(rule)!),
        rule === 'ours',
      ),
    );
  });
}

/** The weight of retries that a repo finds for itself, from another history of the same kind. */
function ownRetryWeight(setting: Setting, at: Case, seed: number): number {
  return estimatedRetryWeight(sampleOf(setting, at, seed + 1000));
}

/** From tests that are flaky and were good at the time: how often a retry failed again. */
export function estimatedRetryWeight({ history, steps }: Sample): number {
  const judgements = judgeAll(tracksOf(history, steps));
  let [retries, again, expected] = [0, 0, 0];
  judgements.forEach((judgement, test) => {
    if (judgement.flaky < flakiness.flaky) return;
    for (const outcome of calmFailures(steps, test)) {
      retries++;
      if (outcome === FAILED) again++;
      expected += judgement.rate;
    }
  });
  return retryWeightOf(retries, again, expected);
}

/** Outcomes of a test in runs of commits of the default branch whose neighbours passed. */
function calmFailures(steps: Step[], test: number): number[] {
  const runs = steps.flatMap(({ commits }) =>
    commits.flatMap((commit) => (commit.isPull ? [] : commit.runs.map((run) => run[test]!))),
  );
  return runs.filter(
    (outcome, i) => outcome >= FLAKY && runs[i - 1] !== FAILED && runs[i + 1] !== FAILED,
  );
}

const weights = [0, 0.25, 0.5, 1];

/** Precision and recall by the weight of a retry: fixed ones, and the one a repo finds. */
export function retryWeights(setting: Setting, cases: readonly Case[]): Row[] {
  return cases.flatMap((at) => {
    const results = overSeeds(setting, at, ({ history, steps }, seed) => {
      const own = ownRetryWeight(setting, at, seed);
      const scored = (weight: number) => scoresOf(history, newFailures(history, steps, weight));
      return { own, scores: [...weights, own].map(scored) };
    });
    const found = mean(results.map(({ own }) => own)).toFixed(2);
    return [...weights.map((weight) => `weight ${weight}`), `estimated, ${found}`].flatMap(
      (rule, i) =>
        rowsOf(
          at,
          rule,
          results.flatMap(({ scores }) => scores[i]!),
          false,
        )
          .filter(({ figure }) => figure === 'precision' || figure === 'recall')
          .map((row) => ({ ...row, task: 'weight of a retry' })),
    );
  });
}
