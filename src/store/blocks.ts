import type { CaseText } from '../domain/case-table.ts';
import { SKIPPED, worst } from '../domain/logical-run.ts';
import { ByteReader, ByteWriter } from './byte-columns.ts';
import { CorruptBlockError, seal, unseal } from './sealed.ts';

/**
 * The cases of one upload as columns, in order of appearance. The format is described byte by byte
 * in docs/storage.md; old versions stay readable for ever.
 */
export type Columns = {
  /** test numbers of the repo */
  tests: Uint32Array;
  /** 0 passed, 1 failed, 2 skipped, 3 flaky */
  statuses: Uint8Array;
  /** ms, -1 where not reported */
  durations: Float64Array;
  attempts: Uint16Array;
  /** ms since the epoch, NaN where not reported; null when no case says */
  startedAtMs: Float64Array | null;
};

const HAS_ATTEMPTS = 1;
const HAS_STARTS = 2;

/** Columns → block. Pure: equal columns give equal bytes. O(cases). */
export function encodeColumns(columns: Columns): Buffer {
  const { tests, statuses, durations, attempts, startedAtMs } = columns;
  const n = tests.length;
  let hasAttempts = false;
  for (let i = 0; i < n && !hasAttempts; i++) hasAttempts = attempts[i] !== 1;
  const out = new ByteWriter(n * 6 + 32);
  out.uvarint(n);
  out.byte((hasAttempts ? HAS_ATTEMPTS : 0) | (startedAtMs ? HAS_STARTS : 0));
  let expected = 0;
  for (let i = 0; i < n; i++) {
    out.svarint(tests[i]! - expected);
    expected = tests[i]! + 1;
  }
  for (let i = 0; i < n; i += 4) {
    out.byte(
      statuses[i]! |
        ((statuses[i + 1] ?? 0) << 2) |
        ((statuses[i + 2] ?? 0) << 4) |
        ((statuses[i + 3] ?? 0) << 6),
    );
  }
  for (let i = 0; i < n; i++) out.uvarint(durations[i]! + 1);
  if (hasAttempts) for (let i = 0; i < n; i++) out.uvarint(attempts[i]! - 1);
  if (startedAtMs) {
    let before = 0;
    for (let i = 0; i < n; i++) {
      const at = startedAtMs[i]!;
      out.byte(Number.isNaN(at) ? 0 : 1);
      if (Number.isNaN(at)) continue;
      out.svarint(at - before);
      before = at;
    }
  }
  return seal(out.bytes());
}

/** Block → columns. Throws CorruptBlockError when the checksum or the form is wrong. O(cases). */
export function decodeColumns(block: Uint8Array): Columns {
  const input = new ByteReader(unseal(block));
  const n = input.uvarint();
  if (n > input.left * 4) throw new CorruptBlockError('the block counts more cases than it holds');
  const flags = input.byte();
  const tests = new Uint32Array(n);
  let expected = 0;
  for (let i = 0; i < n; i++) {
    tests[i] = expected + input.svarint();
    expected = tests[i]! + 1;
  }
  const statuses = new Uint8Array(n);
  for (let i = 0; i < n; i += 4) {
    const packed = input.byte();
    for (let k = 0; k < 4 && i + k < n; k++) statuses[i + k] = (packed >> (2 * k)) & 3;
  }
  const durations = new Float64Array(n);
  for (let i = 0; i < n; i++) durations[i] = input.uvarint() - 1;
  const attempts = new Uint16Array(n).fill(1);
  if (flags & HAS_ATTEMPTS) for (let i = 0; i < n; i++) attempts[i] = input.uvarint() + 1;
  let startedAtMs: Float64Array | null = null;
  if (flags & HAS_STARTS) {
    startedAtMs = new Float64Array(n).fill(Number.NaN);
    let before = 0;
    for (let i = 0; i < n; i++) {
      if (input.byte() === 0) continue;
      before += input.svarint();
      startedAtMs[i] = before;
    }
  }
  if (input.left !== 0)
    throw new CorruptBlockError('the block holds more bytes than its columns need');
  return { tests, statuses, durations, attempts, startedAtMs };
}

/**
 * What one test did in the upload of a block; several cases of it are folded: worst, sum, longest.
 * null when it is not in it. Throws CorruptBlockError. Builds nothing of the other cases: a history
 * looks into dozens of blocks for one case each.
 */
export function findCase(
  block: Uint8Array,
  test: number,
): { status: number; durationMs: number; attempts: number } | null {
  const input = new ByteReader(unseal(block));
  const n = input.uvarint();
  const flags = input.byte();
  const positions = positionsOf(input, n, test);
  if (positions.length === 0) return null;
  const packed = input.take(Math.ceil(n / 4));
  const found = { status: SKIPPED, durationMs: -1, attempts: 0 };
  for (const at of positions) {
    found.status = worst(found.status, (packed[at >> 2]! >> (2 * (at & 3))) & 3);
  }
  input.visit(n, positions, (value) => {
    found.durationMs = Math.max(found.durationMs, value - 1);
  });
  const count = (value: number) => {
    found.attempts = Math.min(0xffff, found.attempts + value + 1);
  };
  if (flags & HAS_ATTEMPTS) input.visit(n, positions, count);
  else for (const _ of positions) count(0);
  return found;
}

/** Where a test stands among the n numbers that come next. */
function positionsOf(input: ByteReader, n: number, test: number): number[] {
  const positions: number[] = [];
  let expected = 0;
  for (let i = 0; i < n; i++) {
    // Mostly the next test comes next: a run of zero bytes, in which one look tells the place.
    const zeros = input.zeros(n - i);
    if (test >= expected && test < expected + zeros) positions.push(i + test - expected);
    expected += zeros;
    i += zeros;
    if (i === n) break;
    const number = expected + input.svarint();
    if (number === test) positions.push(i);
    expected = number + 1;
  }
  return positions;
}

/** Texts → block of its own, null when no case says anything. */
export function encodeTexts(texts: CaseText[]): Buffer | null {
  if (texts.length === 0) return null;
  const rows = texts.map((t) => [t.position, t.errorMessage, t.stack, t.file, t.line]);
  return seal(Buffer.from(JSON.stringify(rows)));
}

export function decodeTexts(block: Uint8Array | null): CaseText[] {
  if (block === null) return [];
  type Row = [number, string | null, string | null, string | null, number | null];
  const rows = JSON.parse(Buffer.from(unseal(block)).toString('utf8')) as Row[];
  return rows.map(([position, errorMessage, stack, file, line]) => ({
    position,
    errorMessage,
    stack,
    file,
    line,
  }));
}
