import type { RepoJudgement } from '../../../store/judged/repo-reads.ts';
import type { TestFacts } from '../../../store/judged/test-reads.ts';
import { testPath } from '../../api/shapes.ts';
import { format } from '../../format.ts';
import { intervalBar } from './interval.ts';

const weekMs = 7 * 86_400_000;
const longestName = 160;
const longestSuite = 100;

/** What the false reds of a test are weighed with. */
export type Weights = {
  /** P(a commit on good code is red), all tests together */
  falseRed: number;
  /** of the default branch */
  runsPerWeek: number;
  runMs: number | null;
};

export function weightsOf(judged: RepoJudgement | null): Weights {
  if (judged === null) return { falseRed: 0, runsPerWeek: 0, runMs: null };
  const { falseReds, gradedRuns, historyMs, durationMs } = judged;
  const runsPerWeek = (gradedRuns * weekMs) / Math.max(weekMs, historyMs);
  return { falseRed: falseReds.probability, runsPerWeek, runMs: durationMs };
}

/** This test's part of all false reds, 0 to 1. */
export const shareOf = ({ falseRed }: TestFacts, all: Weights): number =>
  all.falseRed === 0 ? 0 : Math.min(1, Math.log1p(-falseRed) / Math.log1p(-all.falseRed));

/** Machine time a week that goes into runs which this test alone made red; null: not known. */
export const costMs = ({ falseRed }: TestFacts, { runsPerWeek, runMs }: Weights): number | null =>
  runMs === null ? null : falseRed * runsPerWeek * runMs;

export type TestRow = ReturnType<typeof testRows>[number];

/** The rows of a list of tests; their intervals share one scale. */
export function testRows(slug: string, tests: readonly TestFacts[], weights: Weights) {
  const most = Math.max(
    0.01,
    ...tests.map(({ flakeRate, flakeRateHigh }) => flakeRateHigh ?? flakeRate),
  );
  return tests.map((test) => {
    const { flakeRate, flakeRateLow, flakeRateHigh, pFlaky, pBroken, runs, failures } = test;
    const isFlaky = flakeRateLow !== null && flakeRateHigh !== null && flakeRate > 0.0005;
    return {
      href: testPath(slug, test.id),
      name: format.middle(format.visible(test.name), longestName),
      suite: format.middle(format.visible(test.suite), longestSuite),
      suiteValue: test.suite,
      state: test.state,
      slow: test.slow,
      trend: test.trend,
      variants: test.variants.length,
      rate: {
        text: isFlaky ? format.share(flakeRate) : '–',
        how: isFlaky
          ? `An attempt on good code fails with ${format.share(flakeRate)}; 90 % interval ${format.share(flakeRateLow)} to ${format.share(flakeRateHigh)}. It is flaky with ${format.share(pFlaky)}: ${format.plural(failures, 'failing commit')} of ${format.count(runs)}.`
          : `${format.plural(failures, 'failing commit')} of ${format.count(runs)} say nothing of flakiness.`,
        bar: isFlaky ? intervalBar(flakeRate, flakeRateLow, flakeRateHigh, most) : null,
      },
      pFlaky: format.share(pFlaky),
      pBroken: format.share(pBroken),
      runs,
      failures,
      share: format.share(shareOf(test, weights)),
      cost: costWords(costMs(test, weights), test, weights),
      medianMs: test.medianMs,
      lastFailedAtMs: test.lastFailedAtMs,
    };
  });
}

function costWords(ms: number | null, { falseRed }: TestFacts, { runsPerWeek, runMs }: Weights) {
  if (ms === null) return { text: '–', how: 'No run reported how long it took.' };
  return {
    text: ms < 1000 ? `<\u00a01\u00a0s` : format.duration(ms),
    how: `${format.share(falseRed)} of ${runsPerWeek.toFixed(1)} runs a week of the default branch, each of ${format.duration(runMs)} of machine time.`,
  };
}
