import { durations as params } from '../../../domain/analytics-params.ts';
import { type LevelChange, levelChanges } from '../../../domain/duration-changes.ts';
import { median } from '../../../domain/median.ts';
import type { HistoryEntry } from '../../../store/history.ts';
import { format } from '../../format.ts';
import { type Chart, chartOf, type Span } from './chart.ts';
import { durationScale } from './daily-charts.ts';
import { isAside } from './result-cells.ts';

type Timed = HistoryEntry & { durationMs: number };

/** How long the passes of the default branch took, each as a dot, with the lasting changes of level. */
export type DurationChart = {
  chart: Chart;
  /** in a sentence */
  says: string;
  table: { head: string[]; rows: string[][] };
};

/** Passes that a picture says something of. */
const leastResults = 5;
/** Outliers beyond so many times the ninth decile are drawn at the edge. */
const tallest = 2.5;

/** null: too few passes told how long they took. At most 200 results are looked at. O(n²). */
export function durationChart(
  newestFirst: readonly HistoryEntry[],
  branch: string | null,
): DurationChart | null {
  const passes = newestFirst
    .filter((entry): entry is Timed => entry.status === 'passed' && entry.durationMs !== null)
    .filter((entry) => !isAside(entry, branch))
    .slice(0, params.window)
    .reverse();
  if (passes.length < leastResults) return null;
  const logs = Float64Array.from(passes, ({ durationMs }) =>
    Math.log(Math.max(durationMs, params.floorMs)),
  );
  const changes = levelChanges(logs);
  const starts = [0, ...changes.map(({ index }) => index), passes.length];
  const levels = starts.slice(0, -1).map((from, i) => {
    const to = starts[i + 1]!;
    const value = Math.exp(median(logs.slice(from, to)));
    return { fromMs: passes[from]!.receivedAtMs, toMs: passes[to - 1]!.receivedAtMs, value };
  });
  const spans = changes.map((change) => spanOf(change, passes[change.index]!));
  const says = saying(passes.length, levels.at(-1)!.value, spans);
  return { chart: drawn(passes, levels, spans, says), says, table: tableOf(passes) };
}

type Level = { fromMs: number; toMs: number; value: number };

function drawn(passes: readonly Timed[], levels: Level[], spans: Span[], label: string): Chart {
  const known = passes.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
  const usual = tallest * known[Math.floor(0.9 * (known.length - 1))]!;
  const scale = durationScale([Math.min(known.at(-1)!, usual)]);
  const spec = {
    label,
    fromMs: passes[0]!.receivedAtMs,
    toMs: passes.at(-1)!.receivedAtMs,
    ...scale,
    dots: passes.map(({ receivedAtMs, durationMs, commit }) => ({
      atMs: receivedAtMs,
      value: durationMs,
      title: [
        format.duration(durationMs),
        ...(commit === null ? [] : [format.commit(commit)]),
        format.utc(receivedAtMs),
      ].join(' · '),
    })),
    levels,
    spans,
  };
  return chartOf(spec, format.day);
}

function spanOf({ before, after, p }: LevelChange, { commit, receivedAtMs }: Timed): Span {
  const [from, to] = [Math.exp(before), Math.exp(after)];
  const percent = Math.round(100 * (to / from - 1));
  const at = commit === null ? '' : ` at ${format.commit(commit)}`;
  const sign = percent > 0 ? '+' : '−';
  const text = `${sign}${Math.abs(percent)}\u00a0%${at}`;
  return {
    fromMs: receivedAtMs,
    toMs: receivedAtMs,
    text,
    title: `${format.duration(from)} → ${format.duration(to)} (${text}), ${format.utc(receivedAtMs)}; by chance p = ${p.toPrecision(2)}`,
    tone: percent > 0 ? 'bad' : 'note',
  };
}

function saying(passes: number, levelMs: number, spans: readonly Span[]): string {
  const now = `${format.plural(passes, 'pass', 'passes')} of the default branch; now ${format.duration(levelMs)} in the middle`;
  if (spans.length === 0) return `${now}, without a lasting change.`;
  return `${now}. Lasting ${spans.length === 1 ? 'change' : 'changes'}: ${spans.map(({ text }) => text).join(', ')}.`;
}

const tableOf = (passes: readonly Timed[]) => ({
  head: ['When', 'Commit', 'Duration'],
  rows: passes
    .toReversed()
    .map(({ receivedAtMs, commit, durationMs }) => [
      format.utc(receivedAtMs),
      commit === null ? '–' : format.commit(commit),
      format.duration(durationMs),
    ]),
});
