import { letterOf } from '../../../domain/grade.ts';
import { format } from '../../format.ts';

const width = 112;
const height = 30;
/** The bottom of the picture: where the letter F begins is a third above it. */
const low = 40;
const inset = 2;
const days = 28;

/** A small line of daily scores on the scale of letters; the base line is where F begins. */
type Sparkline = {
  width: number;
  height: number;
  path: string;
  end: { x: number; y: number } | null;
  baseY: number;
  label: string;
};

/** `today`: the right edge, days since the epoch. */
export function sparklineOf(scores: readonly { day: number; score: number }[], today: number) {
  const x = (day: number): number => {
    const share = 1 - Math.min(days - 1, Math.max(0, today - day)) / (days - 1);
    return tenths(inset + share * (width - 2 * inset));
  };
  const y = (score: number): number => {
    const share = (Math.max(low, score) - low) / (100 - low);
    return tenths(height - inset - share * (height - 2 * inset));
  };
  const places = scores.map(({ day, score }) => ({ x: x(day), y: y(score) }));
  return {
    width,
    height,
    path: places.length < 2 ? '' : `M${places.map((place) => `${place.x} ${place.y}`).join('L')}`,
    end: places.at(-1) ?? null,
    baseY: y(60),
    label: labelOf(scores.map(({ score }) => score)),
  } satisfies Sparkline;
}

const tenths = (n: number): number => Math.round(10 * n) / 10;

function labelOf(scores: readonly number[]): string {
  if (scores.length === 0) return 'No grade in 28 days';
  const [first, last] = [scores[0]!, scores.at(-1)!];
  const says = (score: number): string => `${letterOf(score)} ${score.toFixed(1)}`;
  if (scores.length === 1) return `${says(last)} on one day of 28`;
  return `Grade in 28 days, ${format.count(scores.length)} with runs: ${says(first)} to ${says(last)}, lowest ${says(Math.min(...scores))}`;
}
