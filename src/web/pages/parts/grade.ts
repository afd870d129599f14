import { grade as params } from '../../../domain/analytics-params.ts';
import type { RepoStanding } from '../../../store/judged/repo-reads.ts';

import type { Tone } from './badge-svg.ts';

type Grade = RepoStanding['grade'];

/** A letter in its frame, and what it stands for. */
export type Seal = { letter: string; tone: Tone; score: string; interval: string; how: string };

/** Letter first, colour second. */
const tones: Record<string, Tone> = { A: 'good', B: 'good', C: 'fair', D: 'fair', F: 'poor' };

const ungraded: Seal = {
  letter: '–',
  tone: 'none',
  score: '–',
  interval: '',
  how: `Not graded yet: a grade needs ${params.minRuns} runs of the default branch over 24 hours.`,
};

/** null: not enough data. */
export function sealOf(grade: Grade): Seal {
  if (grade === null) return ungraded;
  const { letter, score, low, high } = grade;
  const interval = `${Math.round(low)}–${Math.round(high)}`;
  return {
    letter,
    tone: tones[letter]!,
    score: score.toFixed(1),
    interval,
    how: `Grade ${letter}: ${score.toFixed(1)} of 100 points. With the runs seen so far it may as well be ${low.toFixed(1)} to ${high.toFixed(1)} (80 % interval).`,
  };
}
