import { durations } from '../../src/domain/analytics-params.ts';
import type { DurationSource } from '../../src/domain/duration-source.ts';
import { type DurationJudgement, judgeDurations } from '../../src/domain/slow-downs.ts';

/** Log durations of one test by place of commit; NaN where it has none. */
export type DurationRow = { test: number; logs: ArrayLike<number> };

/** A source out of rows, which are numbered in the given order. */
export function sourceOf(rows: readonly DurationRow[], commits: number): DurationSource {
  const known = rows.map(({ logs }) => {
    const places = Array.from({ length: commits }, (_, place) => place);
    return places.filter((place) => !Number.isNaN(logs[place]!)).slice(-durations.window);
  });
  return {
    variants: rows.length,
    commits,
    testOf: (variant) => rows[variant]!.test,
    read(variant, into) {
      const places = known[variant]!;
      into.places.set(places);
      into.logs.set(places.map((place) => Math.max(0, rows[variant]!.logs[place]!)));
      return places.length;
    },
  };
}

/** All slices of a generator, and what it comes to. */
export function atOnce<T>(work: Generator<void, T, void>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

export const judged = (rows: readonly DurationRow[], commits: number): DurationJudgement =>
  atOnce(judgeDurations(sourceOf(rows, commits)));
