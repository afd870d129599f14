import { grade as params } from '../../../domain/analytics-params.ts';
import type { RepoJudgement } from '../../../store/judged/repo-reads.ts';
import { testPath } from '../../api/shapes.ts';
import { format } from '../../format.ts';
import { sealOf } from './grade.ts';

type Inputs = RepoJudgement['inputs'];
type Demerit = {
  /** what was seen, in words */
  of: (value: number) => string;
  /** the formula, with its constants */
  how: string;
  points: number;
};

const hours = (ms: number): string => format.plural(Math.floor(ms / 3_600_000), 'hour');
const { standing, redRuns, severity, skipped, slowdown, halfLifeMs, flakySeverity } = params;
const decay = `newer ones count more (half-life ${halfLifeMs / 86_400_000} days)`;

/** What a grade loses points for, in the order in which it is shown. */
const demerits: Record<keyof Inputs, Demerit> = {
  standing: {
    of: (n) => (n === 0 ? 'No test stands broken' : `${format.plural(n, 'test')} broken`),
    how: `${standing.points} × (1 − e^(−tests / ${standing.scale})); a test counts when its last two commits have no pass.`,
    points: standing.points,
  },
  redRuns: {
    of: (part) => `${format.share(part)} of runs in trouble`,
    how: `${redRuns.points} × (1 − e^(−share / ${redRuns.scale})), scaled to reach ${redRuns.points} at 1; a flaky run counts ${flakySeverity}, ${decay}.`,
    points: redRuns.points,
  },
  severity: {
    of: (part) => `${format.share(part)} of cases fail or flake`,
    how: `${severity.points} × (1 − e^(−share / ${severity.scale})); a flaky case counts ${flakySeverity}, ${decay}.`,
    points: severity.points,
  },
  skipped: {
    of: (part) => `${format.share(part)} of cases skipped`,
    how: `${skipped.points} × (share − ${skipped.free}) / ${skipped.range}, nothing below ${skipped.free}.`,
    points: skipped.points,
  },
  slowdown: {
    of: (ln) => (ln === 0 ? 'Runs not slower' : `Runs ${format.share(Math.expm1(ln))} slower`),
    how: `${slowdown.points} × log2 of the median duration of the last ${slowdown.recentRuns} runs over that of the ${slowdown.earlierRuns} before.`,
    points: slowdown.points,
  },
};

const fixesShown = 5;

/** The grade and why; what would raise it, or what it still needs. */
export function gradeCard(slug: string, judged: RepoJudgement | null) {
  const grade = judged?.grade ?? null;
  return {
    seal: sealOf(grade),
    hasGrade: grade !== null,
    trend: judged === null ? null : trendWords(judged.trend),
    missing: grade === null ? missingWords(judged) : [],
    losses: judged === null || judged.demerits === null ? [] : losses(judged),
    fixes: judged?.fixes ? fixesOf(slug, judged.fixes) : null,
    apiHref: `/api/v1/repos/${encodeURIComponent(slug)}/explain`,
    formulaVersion: judged?.formulaVersion ?? null,
  };
}

/** Each with a bar: its share of the 100 points, in percent of what the largest demerit may take. */
function losses({ inputs, demerits: points }: RepoJudgement) {
  const most = standing.points;
  return (Object.keys(demerits) as (keyof Inputs)[]).map((input) => ({
    text: demerits[input].of(inputs[input]),
    how: demerits[input].how,
    most: demerits[input].points,
    points: points![input]!.toFixed(1),
    width: Math.round((1000 * points![input]!) / most) / 10,
    room: Math.round((1000 * demerits[input].points) / most) / 10,
  }));
}

function fixesOf(
  slug: string,
  { tests, letter, score, reached }: NonNullable<RepoJudgement['fixes']>,
) {
  const n = tests.length;
  const what = n === 1 ? 'this test' : `these ${format.count(n)} tests`;
  return {
    title: `Fix ${what} → ${letter} (${score.toFixed(1)})`,
    note: reached ? null : 'That is not yet a better letter; other runs hold it down.',
    tests: tests.slice(0, fixesShown).map(({ id, suite, name }) => ({
      href: testPath(slug, id),
      name: format.middle(format.visible(name), 120),
      suite: format.middle(format.visible(suite), 80),
    })),
    more: n - Math.min(n, fixesShown),
  };
}

function trendWords({ direction, slope, p }: RepoJudgement['trend']) {
  const words = { steady: 'Steady over 28 days', improving: 'Improving', declining: 'Declining' };
  const glyphs = { steady: '→', improving: '↗', declining: '↘' };
  return {
    text: `${glyphs[direction]} ${words[direction]}`,
    how: `Slope ${slope.toFixed(2)} points a day (Theil–Sen), chance of such an order of days by accident ${format.share(p)} (Mann–Kendall).`,
  };
}

/** What a grade waits for. */
function missingWords(judged: RepoJudgement | null): string[] {
  if (judged === null) return ['The runs that came in are being judged.'];
  const { gradedRuns, historyMs } = judged;
  const { minRuns, minHistoryMs } = params;
  return [
    ...(gradedRuns < minRuns
      ? [`${gradedRuns} of ${minRuns} runs of the default branch are in.`]
      : []),
    ...(historyMs < minHistoryMs
      ? [`They span ${hours(historyMs)} of the ${hours(minHistoryMs)} that are needed.`]
      : []),
  ];
}
