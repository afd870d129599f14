import { durations } from '../../domain/analytics-params.ts';
import type { DurationSource } from '../../domain/duration-source.ts';
import { type DurationJudgement, judgeDurations } from '../../domain/slow-downs.ts';
import type { Commit } from './commit-order.ts';
import type { Cell } from './repo-state.ts';
import { lnDuration } from './rings.ts';
import type { UnitReader } from './unit-reader.ts';

/** The durations of one cell, and the commits that its places stand for. */
export type JudgedDurations = DurationJudgement & {
  cell: number;
  commits: Commit[];
  /** variants in the order in which the judgement numbers them */
  variants: number[];
};

/** Judges the durations of each job by itself; cells whose runs reported none are left out. */
export function* judgeAllDurations(reader: UnitReader): Generator<void, JudgedDurations[], void> {
  const judged: JudgedDurations[] = [];
  for (const cell of reader.state.cells) {
    const source = sourceOf(reader, cell);
    if (source === null) continue;
    const { variantsOf, commitsOf, ...rest } = source;
    const found = yield* judgeDurations(rest);
    judged.push({ ...found, cell: cell.no, commits: commitsOf, variants: variantsOf });
    yield;
  }
  return judged;
}

function sourceOf(
  reader: UnitReader,
  cell: Cell,
): (DurationSource & { variantsOf: number[]; commitsOf: Commit[] }) | null {
  const { state } = reader;
  const first = state.order.sorted[reader.windows[cell.no]!.default];
  const commits = state.order.sorted
    .slice(first?.rank ?? 0)
    .filter(({ isPull }) => !isPull)
    .slice(-mostCommits);
  const variants = Array.from(cell.variants.keys())
    .map((test) => cell.variants[test]!)
    .filter((variant) => variant >= 0);
  const firstPlace = commits[0]?.place;
  if (firstPlace === undefined || variants.length === 0) return null;
  return {
    variants: variants.length,
    commits: commits.length,
    testOf: (i) => state.testOf[variants[i]!]!,
    read: (i, into) => readInto(reader, variants[i]!, firstPlace, into),
    variantsOf: variants,
    commitsOf: commits,
  };
}

/** A series holds 200 results; where a job runs seldom they lie further back. */
const mostCommits = 1024;

function readInto(
  reader: UnitReader,
  variant: number,
  firstPlace: number,
  { places, logs }: { places: Uint32Array; logs: Float64Array },
): number {
  const { ring, from } = reader.look(variant);
  const { chunk, base, count } = ring;
  let start = base + count;
  let n = 0;
  // Back to the oldest result that has room, then forwards.
  while (start > base + from && n < durations.window) {
    start--;
    if (isResult(reader, chunk, start, firstPlace)) n++;
  }
  n = 0;
  for (let i = start; i < base + count; i++) {
    if (!isResult(reader, chunk, i, firstPlace)) continue;
    places[n] = reader.places[chunk.commits[i]!]! - firstPlace;
    logs[n++] = lnDuration(chunk.durations[i]!);
  }
  return n;
}

function isResult(
  { isPull, places }: UnitReader,
  { commits, durations: packed }: { commits: Uint32Array; durations: Uint16Array },
  i: number,
  firstPlace: number,
): boolean {
  const commit = commits[i]!;
  return packed[i]! > 0 && isPull[commit] === 0 && places[commit]! >= firstPlace;
}
