import { crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { CaseText } from '../domain/case-table.ts';

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

const VERSION = 1;
const STORED = 0;
const ZSTD = 1;
const HAS_ATTEMPTS = 1;
const HAS_STARTS = 2;
const headerBytes = 6;

export class CorruptBlockError extends Error {
  override readonly name = 'CorruptBlockError';
}

/** Columns → block. Pure: equal columns give equal bytes. O(cases). */
export function encodeColumns(columns: Columns): Buffer {
  const { tests, statuses, durations, attempts, startedAtMs } = columns;
  const hasAttempts = attempts.some((n) => n !== 1);
  const out = new ByteWriter(tests.length * 6 + 32);
  out.uvarint(tests.length);
  out.byte((hasAttempts ? HAS_ATTEMPTS : 0) | (startedAtMs ? HAS_STARTS : 0));
  let expected = 0;
  for (const test of tests) {
    out.svarint(test - expected);
    expected = test + 1;
  }
  for (let i = 0; i < statuses.length; i += 4) {
    out.byte(
      statuses[i]! |
        ((statuses[i + 1] ?? 0) << 2) |
        ((statuses[i + 2] ?? 0) << 4) |
        ((statuses[i + 3] ?? 0) << 6),
    );
  }
  for (const ms of durations) out.uvarint(ms + 1);
  if (hasAttempts) for (const n of attempts) out.uvarint(n - 1);
  if (startedAtMs) {
    let before = 0;
    for (const at of startedAtMs) {
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

/** version, compression, CRC-32 of those two bytes and the body (little endian), then the body. */
function seal(plain: Buffer): Buffer {
  const packed = plain.length < 64 ? plain : zstdCompressSync(plain);
  const isSmaller = packed.length < plain.length;
  const body = isSmaller ? packed : plain;
  const block = Buffer.allocUnsafe(headerBytes + body.length);
  block[0] = VERSION;
  block[1] = isSmaller ? ZSTD : STORED;
  block.writeUInt32LE(checksum(block, body), 2);
  body.copy(block, headerBytes);
  return block;
}

function unseal(block: Uint8Array): Uint8Array {
  const view = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
  if (view.length < headerBytes)
    throw new CorruptBlockError('the block is shorter than its header');
  if (view[0] !== VERSION) throw new CorruptBlockError(`the block has unknown version ${view[0]}`);
  const body = view.subarray(headerBytes);
  if (checksum(view, body) !== view.readUInt32LE(2)) {
    throw new CorruptBlockError('the block fails its checksum');
  }
  return decompress(view[1]!, body);
}

const checksum = (block: Buffer, body: Buffer): number => crc32(body, crc32(block.subarray(0, 2)));

function decompress(method: number, body: Buffer): Uint8Array {
  if (method === STORED) return body;
  if (method !== ZSTD) throw new CorruptBlockError(`the block has unknown compression ${method}`);
  try {
    return zstdDecompressSync(body);
  } catch (cause) {
    throw new CorruptBlockError('the block does not decompress', { cause });
  }
}

/** Little-endian base-128 numbers of up to 53 bits; grows on demand. */
class ByteWriter {
  #buffer: Buffer;
  #at = 0;

  constructor(capacity: number) {
    this.#buffer = Buffer.allocUnsafe(capacity);
  }

  byte(value: number): void {
    if (this.#at === this.#buffer.length) this.#grow();
    this.#buffer[this.#at++] = value;
  }

  uvarint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.byte(rest);
  }

  /** Zigzag: 0, -1, 1, -2 … become 0, 1, 2, 3 … */
  svarint(value: number): void {
    this.uvarint(value < 0 ? -value * 2 - 1 : value * 2);
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }

  #grow(): void {
    const grown = Buffer.allocUnsafe(this.#buffer.length * 2 + 16);
    this.#buffer.copy(grown);
    this.#buffer = grown;
  }
}

class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    const value = this.#bytes[this.#at++];
    if (value === undefined) throw new CorruptBlockError('the block ends too early');
    return value;
  }

  uvarint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
      if (scale > 2 ** 53) throw new CorruptBlockError('the block holds a number beyond 53 bits');
    }
  }

  svarint(): number {
    const value = this.uvarint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
