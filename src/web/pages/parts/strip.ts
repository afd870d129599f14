import type { Outcome } from '../../../domain/model.ts';
import { limits } from '../../../limits.ts';
import type { RunMark } from '../../../store/reads.ts';
import { runPath } from '../../api/shapes.ts';
import { format } from '../../format.ts';

type Bar = {
  outcome: Outcome;
  x: number;
  y: number;
  height: number;
  /** centre of the cross on a failed bar */
  cross: { x: number; y: number };
  title: string;
  href: string;
};

export type Strip = {
  width: number;
  height: number;
  barWidth: number;
  bars: Bar[];
  /** what the picture says, in words */
  label: string;
  longestMs: number | null;
};

type Size = { places: number; barWidth: number; gap: number; height: number };

export const smallStrip: Size = { places: 30, barWidth: 6, gap: 2, height: 30 };
export const middleStrip: Size = { places: 30, barWidth: 8, gap: 2.5, height: 44 };
const largeStrip: Size = { places: limits.runsPictured.value, barWidth: 14, gap: 5, height: 72 };

/** A wide and a narrow picture of the same runs; the style sheet shows one of them. */
export const picturesOf = (newestFirst: readonly RunMark[], nowMs: number, noun = 'run') => [
  { width: 'wide', strip: stripOf(newestFirst, largeStrip, nowMs, noun) },
  { width: 'slim', strip: stripOf(newestFirst, middleStrip, nowMs, noun) },
];

/**
 * The newest runs as bars on one line, newest at the right edge. Height is duration, from zero, but
 * at least what its mark needs; a run that did not say how long it took has half the height.
 */
export function stripOf(
  newestFirst: readonly RunMark[],
  size: Size,
  nowMs: number,
  noun = 'run',
): Strip {
  const { places, barWidth, gap, height } = size;
  const runs = newestFirst.slice(0, places).reverse();
  const known = runs.map((run) => run.summary.durationMs).filter((ms) => ms !== null);
  const longestMs = known.length === 0 ? null : Math.max(...known);
  const pitch = barWidth + gap;
  const least = barWidth + 2;
  const bars = runs.map((run, i): Bar => {
    const ms = run.summary.durationMs;
    const share = ms === null ? 0.5 : longestMs === 0 ? 1 : ms / longestMs!;
    const tall = Math.max(least, Math.round(share * height));
    const x = (places - runs.length + i) * pitch;
    return {
      outcome: run.outcome,
      x,
      y: height - tall,
      height: tall,
      cross: { x: x + barWidth / 2, y: height - barWidth / 2 - 1 },
      title: titleOf(run, nowMs),
      href: runPath(run.repo, run.id),
    };
  });
  return {
    width: places * pitch - gap,
    height,
    barWidth,
    bars,
    label: labelOf(runs, noun),
    longestMs,
  };
}

/** A strip of a few shapes instead of one for each run, for a page with many strips. */
export function smallStripOf(newestFirst: readonly RunMark[]) {
  const { width, height, barWidth, bars, label } = stripOf(newestFirst, smallStrip, 0);
  const arm = barWidth * 0.28;
  const crosses = bars
    .filter(({ outcome }) => outcome === 'failed')
    .map(({ cross }) => {
      const [x, y, far] = [cross.x - arm, cross.y - arm, 2 * arm].map((n) => Number(n.toFixed(2)));
      return `M${x} ${y}l${far} ${far}m0 -${far}l-${far} ${far}`;
    });
  const shapes = [...Map.groupBy(bars, ({ outcome }) => outcome)].map(([outcome, some]) => ({
    outcome,
    path: some.map((bar) => `M${bar.x} ${bar.y}h${barWidth}v${bar.height}h-${barWidth}z`).join(''),
  }));
  return { width, height, label, shapes, crosses: crosses.join('') };
}

function titleOf({ outcome, summary, startedAtMs }: RunMark, nowMs: number): string {
  const took = summary.durationMs === null ? '' : `, ${format.duration(summary.durationMs)}`;
  const failed = summary.failed > 0 ? ` ${format.count(summary.failed)}` : '';
  return `${outcome}${failed}${took}, ${format.ago(startedAtMs, nowMs)}`;
}

function labelOf(runs: readonly RunMark[], noun: string): string {
  const words = (['passed', 'flaky', 'failed', 'empty'] as const)
    .map((outcome) => [outcome, runs.filter((run) => run.outcome === outcome).length] as const)
    .filter(([, n]) => n > 0)
    .map(([outcome, n]) => `${n} ${outcome}`);
  if (runs.length < 2) return `${format.plural(runs.length, noun)}: ${runs[0]?.outcome ?? 'none'}`;
  return `Last ${format.plural(runs.length, noun)}, oldest first: ${words.join(', ')}`;
}
