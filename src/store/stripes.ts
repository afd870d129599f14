import { worst } from '../domain/logical-run.ts';
import type { Columns } from './blocks.ts';
import { ByteReader, ByteWriter } from './byte-columns.ts';
import { CorruptBlockError, seal, unseal } from './sealed.ts';

/**
 * The cases of up to 64 uploads of a repo by test instead of by upload: one block per group of 256
 * tests, so that the history of one test is read without the 10,000 cases beside it. Derived from
 * the blocks of the uploads. The format is described byte by byte in docs/storage.md.
 */
export const uploadsPerStripe = 64;
const testsPerGroup = 256;

export const groupOf = (test: number): number => Math.floor(test / testsPerGroup);

/** What one test did in one upload; several cases of it are folded: worst, sum, longest. */
export type Cell = { uploadSeq: number; status: number; durationMs: number; attempts: number };

/** Rows: tests of the group; columns: uploads. `codes` is 0 for absent, else the status plus 1. */
class Group {
  readonly codes = new Uint8Array(testsPerGroup * uploadsPerStripe);
  readonly durations = new Float64Array(testsPerGroup * uploadsPerStripe);
  readonly attempts = new Uint16Array(testsPerGroup * uploadsPerStripe);
}

export class StripeBuilder {
  readonly #uploads: number[] = [];
  readonly #groups = new Map<number, Group>();

  get groups(): number[] {
    return [...this.#groups.keys()];
  }

  /** Adds the next upload, in order of `seq`. O(cases). */
  add(uploadSeq: number, { tests, statuses, durations, attempts }: Columns): void {
    const upload = this.#uploads.push(uploadSeq) - 1;
    let group: Group | undefined;
    let groupNo = -1;
    for (let i = 0; i < tests.length; i++) {
      const test = tests[i]!;
      if (groupOf(test) !== groupNo) {
        groupNo = groupOf(test);
        group = this.#group(groupNo);
      }
      const cell = (test % testsPerGroup) * uploadsPerStripe + upload;
      const { codes } = group!;
      const isAgain = codes[cell] !== 0;
      codes[cell] = 1 + (isAgain ? worst(codes[cell]! - 1, statuses[i]!) : statuses[i]!);
      group!.durations[cell] = isAgain
        ? Math.max(group!.durations[cell]!, durations[i]!)
        : durations[i]!;
      const before = isAgain ? group!.attempts[cell]! : 0;
      group!.attempts[cell] = Math.min(0xffff, before + attempts[i]!);
    }
  }

  /** The block of one of `groups`. */
  encode(groupNo: number): Buffer {
    const group = this.#groups.get(groupNo)!;
    const width = this.#uploads.length;
    const out = new ByteWriter(testsPerGroup * width * 3);
    out.uvarint(width);
    let before = 0;
    for (const seq of this.#uploads) {
      out.uvarint(seq - before);
      before = seq;
    }
    for (let test = 0; test < testsPerGroup; test++) {
      const row = test * uploadsPerStripe;
      for (let cell = row; cell < row + width; cell++) out.byte(group.codes[cell]!);
    }
    writeAttempts(out, group, width);
    for (let test = 0; test < testsPerGroup; test++) writeDurations(out, group, test, width);
    return seal(out.bytes());
  }

  #group(groupNo: number): Group {
    let group = this.#groups.get(groupNo);
    if (group === undefined) {
      group = new Group();
      this.#groups.set(groupNo, group);
    }
    return group;
  }
}

/** Only those that are not 1: how many, then for each the distance from the last and attempts - 1. */
function writeAttempts(out: ByteWriter, { codes, attempts }: Group, width: number): void {
  const odd: number[] = [];
  codes.forEach((code, cell) => {
    if (code !== 0 && attempts[cell] !== 1) odd.push(cell);
  });
  out.uvarint(odd.length);
  let before = 0;
  for (const cell of odd) {
    const place = placeOf(cell, width);
    out.uvarint(place - before);
    out.uvarint(attempts[cell]! - 1);
    before = place;
  }
}

const placeOf = (cell: number, width: number): number =>
  Math.floor(cell / uploadsPerStripe) * width + (cell % uploadsPerStripe);

/** The shortest of the test plus 1, then what each is longer than it, plus 1; 0 is not reported. */
function writeDurations(
  out: ByteWriter,
  { codes, durations }: Group,
  test: number,
  width: number,
): void {
  const row = test * uploadsPerStripe;
  let shortest = -1;
  let isPresent = false;
  for (let cell = row; cell < row + width; cell++) {
    if (codes[cell] === 0) continue;
    isPresent = true;
    const ms = durations[cell]!;
    if (ms >= 0 && (shortest < 0 || ms < shortest)) shortest = ms;
  }
  if (!isPresent) return;
  out.uvarint(shortest + 1);
  for (let cell = row; cell < row + width; cell++) {
    if (codes[cell] === 0) continue;
    out.uvarint(durations[cell]! < 0 ? 0 : durations[cell]! - shortest + 1);
  }
}

/** One test out of the block of its group, oldest upload first. Throws CorruptBlockError. */
export function readStripe(block: Uint8Array, test: number): Cell[] {
  const body = unseal(block);
  const input = new ByteReader(body);
  const width = input.uvarint();
  if (width > uploadsPerStripe) throw new CorruptBlockError('the stripe counts too many uploads');
  const uploads: number[] = [];
  let seq = 0;
  for (let i = 0; i < width; i++) {
    seq += input.uvarint();
    uploads.push(seq);
  }
  const codes = input.take(testsPerGroup * width);
  const wanted = test % testsPerGroup;
  const attempts = readAttempts(input, wanted * width, width);
  for (let before = 0; before < wanted; before++)
    skipDurations(input, codes, before * width, width);
  return readRow(input, codes, wanted * width, uploads, attempts);
}

function readAttempts(input: ByteReader, from: number, width: number): Map<number, number> {
  const attempts = new Map<number, number>();
  let place = 0;
  for (let left = input.uvarint(); left > 0; left--) {
    place += input.uvarint();
    const more = input.uvarint();
    if (place >= from && place < from + width) attempts.set(place - from, more + 1);
  }
  return attempts;
}

function skipDurations(input: ByteReader, codes: Uint8Array, from: number, width: number): void {
  let present = 0;
  for (let i = from; i < from + width; i++) if (codes[i] !== 0) present++;
  if (present > 0) input.skip(present + 1);
}

function readRow(
  input: ByteReader,
  codes: Uint8Array,
  from: number,
  uploads: number[],
  attempts: Map<number, number>,
): Cell[] {
  const cells: Cell[] = [];
  let shortest: number | undefined;
  uploads.forEach((uploadSeq, i) => {
    const code = codes[from + i]!;
    if (code === 0) return;
    shortest ??= input.uvarint() - 1;
    const longer = input.uvarint();
    cells.push({
      uploadSeq,
      status: code - 1,
      durationMs: longer === 0 ? -1 : shortest + longer - 1,
      attempts: attempts.get(i) ?? 1,
    });
  });
  return cells;
}
