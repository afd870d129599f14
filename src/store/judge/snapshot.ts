import { healths } from '../../domain/health.ts';
import { seal, unseal } from '../sealed.ts';
import type { Breakages, UnitReader } from './unit-reader.ts';
import { trends, type VariantRow } from './variants.ts';

/**
 * All variants of a repo as one block of columns, so that a list of 10,000 tests is one read. The
 * format is described in docs/storage.md. Rows are in the order of test number, then cell.
 */
export type VariantTable = {
  count: number;
  tests: Uint32Array;
  cells: Uint16Array;
  healths: Uint8Array;
  trends: Uint8Array;
  /** 1: standing failure, 2: slower than it was, 4: its first unit is its first ever */
  flags: Uint8Array;
  runs: Uint16Array;
  failures: Uint16Array;
  flaky: Float64Array;
  rate: Float64Array;
  broken: Float64Array;
  failing: Float64Array;
  passing: Float64Array;
  /** NaN: none */
  medianMs: Float64Array;
  lastFailedMs: Float64Array;
};

export const STANDING = 1;
export const SLOW = 2;
export const WHOLE = 4;

/** The columns in the order of the block: widest first, so that each lies on its own boundary. */
const columns = [
  ['flaky', Float64Array],
  ['rate', Float64Array],
  ['broken', Float64Array],
  ['failing', Float64Array],
  ['passing', Float64Array],
  ['medianMs', Float64Array],
  ['lastFailedMs', Float64Array],
  ['tests', Uint32Array],
  ['cells', Uint16Array],
  ['runs', Uint16Array],
  ['failures', Uint16Array],
  ['healths', Uint8Array],
  ['trends', Uint8Array],
  ['flags', Uint8Array],
] as const;

const headerBytes = 8;
const rowBytes = columns.reduce((sum, [, { BYTES_PER_ELEMENT }]) => sum + BYTES_PER_ELEMENT, 0);

export function encodeVariants(
  rows: readonly VariantRow[],
  isSlow: (i: number) => boolean,
): Buffer {
  const buffer = Buffer.alloc(headerBytes + rows.length * rowBytes);
  buffer.writeUInt32LE(rows.length, 0);
  const table = viewOf(buffer);
  rows.forEach((row, i) => {
    table.tests[i] = row.test;
    table.cells[i] = row.cell;
    table.healths[i] = healths.indexOf(row.health);
    table.trends[i] = trends.indexOf(row.trend);
    table.flags[i] =
      (row.isStanding ? STANDING : 0) | (isSlow(i) ? SLOW : 0) | (row.isWhole ? WHOLE : 0);
    table.runs[i] = row.runs;
    table.failures[i] = row.failures;
    table.flaky[i] = row.flaky;
    table.rate[i] = row.rate;
    table.broken[i] = row.broken;
    table.failing[i] = row.failing;
    table.passing[i] = row.passing;
    table.medianMs[i] = row.medianMs ?? Number.NaN;
    table.lastFailedMs[i] = row.lastFailedMs ?? Number.NaN;
  });
  return seal(buffer);
}

/** Throws CorruptBlockError. */
export function decodeVariants(block: Uint8Array): VariantTable {
  const plain = unseal(block);
  // The columns need a place of their own: what was unsealed may begin at any byte.
  return viewOf(Buffer.from(Uint8Array.from(plain).buffer));
}

function viewOf(buffer: Buffer): VariantTable {
  const count = buffer.readUInt32LE(0);
  const table: Record<string, unknown> = { count };
  let at = buffer.byteOffset + headerBytes;
  for (const [name, Column] of columns) {
    table[name] = new Column(buffer.buffer as ArrayBuffer, at, count);
    at += count * Column.BYTES_PER_ELEMENT;
  }
  return table as VariantTable;
}

/** The commits that the judgement looked at, so that what was made of one test can be shown. */
export type CommitTable = {
  cells: { job: string; environment: string; hasRetries: boolean; window: Window }[];
  /** in key order */
  commits: SnapshotCommit[];
  /** P(the code broke) where it is not the usual, as [index of the commit, cell, value] */
  breakages: [number, number, number][];
};

type Window = { default: number; pull: number; isCut: boolean };

export type SnapshotCommit = {
  no: number;
  name: string;
  sha: string | null;
  isPull: boolean;
  timeMs: number;
  place: number;
};

export function encodeCommits(reader: UnitReader, breakages: Breakages, usual: Usual): Buffer {
  const { state, windows } = reader;
  const ranks = ranksInWindows(reader);
  const seen = Array.from(ranks, (rank) => state.order.sorted[rank]!);
  const table: CommitTable = {
    cells: state.cells.map(({ job, environment, hasRetries }, i) => ({
      job,
      environment,
      hasRetries,
      window: placedAmong(ranks, windows[i]!),
    })),
    commits: seen.map(({ no, name, sha, isPull, timeMs, place }) => ({
      no,
      name,
      sha,
      isPull,
      timeMs,
      place,
    })),
    breakages: seen.flatMap(({ rank, isPull }, i) =>
      state.cells.flatMap(({ no }): [number, number, number][] => {
        const value = breakages.values[rank * breakages.cells + no]!;
        return value === (isPull ? usual.pull : usual.default) ? [] : [[i, no, value]];
      }),
    ),
  };
  return seal(Buffer.from(JSON.stringify(table)));
}

/** Throws CorruptBlockError. */
export const decodeCommits = (block: Uint8Array): CommitTable =>
  JSON.parse(Buffer.from(unseal(block)).toString()) as CommitTable;

type Usual = { default: number; pull: number };

/** Of the commits that some cell looks at, ascending. */
function ranksInWindows({ state, windows }: UnitReader): Uint32Array {
  const ranks = new Set<number>();
  for (const { no, runs } of state.cells) {
    const window = windows[no]!;
    for (let i = runs.length - 1; i >= 0; i--) {
      const { rank, isPull } = runs[i]!.commit;
      if (rank < window.default && rank < window.pull) break;
      if (rank >= (isPull ? window.pull : window.default)) ranks.add(rank);
    }
  }
  return Uint32Array.from(ranks).sort();
}

/** Ranks as places among the commits of the table. */
function placedAmong(ranks: Uint32Array, window: Window): Window {
  const placeOf = (first: number) => {
    const place = ranks.findIndex((rank) => rank >= first);
    return place === -1 ? ranks.length : place;
  };
  return { ...window, default: placeOf(window.default), pull: placeOf(window.pull) };
}
