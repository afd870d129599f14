import type { TrendMetric } from '../../../contract/judged-queries.ts';
import { grade as params } from '../../../domain/analytics-params.ts';
import type { DailyFigures } from '../../../store/judged/verbs.ts';
import { format } from '../../format.ts';
import { type Chart, type ChartPoint, chartOf, roundTicks, type Span } from './chart.ts';

const dayMs = 86_400_000;

type Scale = { low: number; high: number; ticks: { value: number; text: string }[] };

type DailyMetric = {
  metric: TrendMetric;
  title: string;
  /** what the number is, for whoever asks */
  how: string;
  docs: string;
  textOf: (value: number) => string;
  scaleOf: (values: readonly number[]) => Scale;
};

const percentText = (value: number): string => format.share(value);

/** Down to the letter below the worst day, so that a line is read against letters. */
function gradeScale(values: readonly number[]): Scale {
  const worst = Math.min(...values, 90);
  const low = Math.max(0, Math.min(70, Math.floor(worst / 10) * 10 - 5));
  const bands = params.letters.filter(({ from }) => from > low);
  return {
    low,
    high: 100,
    ticks: bands.map(({ letter, from }) => ({ value: from, text: `${letter} ${from}` })),
  };
}

/** From 100 % down to a round share below the worst day. */
function passRateScale(values: readonly number[]): Scale {
  const step = Math.min(...values, 1) >= 0.8 ? 0.05 : 0.25;
  const low = Math.min(1 - 2 * step, Math.floor(Math.min(...values, 1) / step + 1e-9) * step);
  const ticks = Array.from({ length: Math.round((1 - low) / step) + 1 }, (_, i) => 1 - i * step);
  return { low, high: 1, ticks: ticks.map((value) => ({ value, text: percentText(value) })) };
}

function shareScale(values: readonly number[]): Scale {
  const ticks = roundTicks(100 * Math.max(...values, 0.02)).map((value) => value / 100);
  return {
    low: 0,
    high: ticks.at(-1)!,
    ticks: ticks.map((value) => ({ value, text: percentText(value) })),
  };
}

const units = [
  { ms: 3_600_000, word: 'h' },
  { ms: 60_000, word: 'min' },
  { ms: 1_000, word: 's' },
  { ms: 1, word: 'ms' },
];

/** Round numbers of the unit that suits the longest, from zero. */
export function durationScale(values: readonly number[]): Scale {
  const most = Math.max(...values, 1);
  const unit = units.find(({ ms }) => most >= 2 * ms) ?? units.at(-1)!;
  const ticks = roundTicks(most / unit.ms);
  return {
    low: 0,
    high: ticks.at(-1)! * unit.ms,
    ticks: ticks.map((n) => ({
      value: n * unit.ms,
      text: n === 0 ? '0' : `${Number(n.toFixed(2))}\u00a0${unit.word}`,
    })),
  };
}

const metrics: readonly DailyMetric[] = [
  {
    metric: 'grade',
    title: 'Grade',
    how: '100 points less what standing failures, red runs, failing cases, skips and slower runs cost.',
    docs: '/docs/grades',
    textOf: (value) => value.toFixed(1),
    scaleOf: gradeScale,
  },
  {
    metric: 'passRate',
    title: 'Pass rate',
    how: 'Runs of the default branch without a failure, of the 28 days before.',
    docs: '/docs/grades',
    textOf: percentText,
    scaleOf: passRateScale,
  },
  {
    metric: 'falseRed',
    title: 'False reds',
    how: 'Probability that a commit on good code is red, because some flaky test fails for good.',
    docs: '/docs/flakiness',
    textOf: percentText,
    scaleOf: shareScale,
  },
  {
    metric: 'duration',
    title: 'Duration',
    how: 'Median of the newest 30 runs of the default branch.',
    docs: '/docs/durations',
    textOf: format.duration,
    scaleOf: durationScale,
  },
];

export type DailyChart = {
  title: string;
  how: string;
  docs: string;
  /** of the newest day that has one */
  newest: string;
  chart: Chart | null;
  table: { head: string[]; rows: string[][] };
};

/** One chart for each series; `spans` are drawn on all of them. null: no day has a value. */
export function dailyCharts(days: readonly DailyFigures[], spans: readonly Span[]): DailyChart[] {
  return metrics.map((one) => dailyChart(one, days, spans));
}

function dailyChart(
  { metric, title, how, docs, textOf, scaleOf }: DailyMetric,
  days: readonly DailyFigures[],
  spans: readonly Span[],
): DailyChart {
  const line = days.map(({ day, values }): ChartPoint => {
    const [atMs, value] = [day * dayMs, values[metric]];
    return { atMs, value, title: `${format.date(atMs)}: ${value === null ? '–' : textOf(value)}` };
  });
  const values = line.flatMap(({ value }) => (value === null ? [] : [value]));
  const newest = values.length === 0 ? '–' : textOf(values.at(-1)!);
  const rows = line
    .toReversed()
    .map(({ atMs, value }) => [format.date(atMs), value === null ? '–' : textOf(value)]);
  const table = { head: ['Day', title], rows };
  if (values.length === 0) return { title, how, docs, newest, chart: null, table };
  const spec = {
    label: `${title} by day, ${format.date(line[0]!.atMs)} to ${format.date(line.at(-1)!.atMs)}: from ${textOf(values[0]!)} to ${newest}, lowest ${textOf(Math.min(...values))}, highest ${textOf(Math.max(...values))}`,
    fromMs: line[0]!.atMs,
    toMs: line.at(-1)!.atMs,
    ...scaleOf(values),
    line,
    spans,
  };
  return { title, how, docs, newest, chart: chartOf(spec, format.day), table };
}
