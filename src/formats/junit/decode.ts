import { isAscii, isUtf8 } from 'node:buffer';
import type { Notes } from '../../contract/test-run.ts';
import { AppError, quoteInput } from '../../errors.ts';

/** Text out of bytes, in pieces; a character may lie across two of them. */
export type Decoding = {
  write(bytes: Uint8Array): string;
  /** what was held back at the end of the last piece */
  end(): string;
};

type Charset = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

/** Labels as XML declarations spell them. ISO-8859-1 is read as its superset, as browsers do. */
const charsetOf: Record<string, Charset> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'us-ascii': 'utf-8',
  ascii: 'utf-8',
  'iso-8859-1': 'windows-1252',
  'iso8859-1': 'windows-1252',
  'iso_8859-1': 'windows-1252',
  latin1: 'windows-1252',
  'latin-1': 'windows-1252',
  'windows-1252': 'windows-1252',
  cp1252: 'windows-1252',
  'cp-1252': 'windows-1252',
};

/**
 * How a document is encoded, by its byte order mark, else by the zeros of a first UTF-16 `<`, else
 * by its XML declaration, else UTF-8. Throws `unsupported_charset` for any other label.
 */
export function chooseDecoding(head: Uint8Array, notes: Notes): Decoding {
  const [a, b, c, d] = head;
  if (a === 0xff && b === 0xfe && c === 0 && d === 0) throw unsupported('UTF-32');
  if (a === 0xff && b === 0xfe) return standard('utf-16le');
  if (a === 0xfe && b === 0xff) return standard('utf-16be');
  if (a === 0x3c && b === 0) return standard('utf-16le');
  if (a === 0 && b === 0x3c) return standard('utf-16be');
  const label = declaredLabel(head);
  if (label === null) return new Utf8Decoding(notes);
  const charset = charsetOf[label];
  if (charset === 'windows-1252' && a !== 0xef) return standard(charset);
  if (charset === undefined && !label.startsWith('utf-16')) throw unsupported(label);
  if (charset !== 'utf-8') {
    notes.add('wrong_encoding', `declared as ${quoteInput(label)}, read as UTF-8`);
  }
  return new Utf8Decoding(notes);
}

const unsupported = (label: string): AppError =>
  new AppError(
    'unsupported_charset',
    `encoding ${quoteInput(label)} is not supported; send UTF-8, UTF-16, ISO-8859-1 or windows-1252`,
  );

function declaredLabel(head: Uint8Array): string | null {
  const text = Buffer.from(head.subarray(0, 1024)).toString('latin1');
  const found =
    /^(?:\u00ef\u00bb\u00bf)?\s*<\?xml\s[^>]*?\bencoding\s*=\s*["']([^"']{1,40})["']/.exec(text);
  return found === null ? null : found[1]!.trim().toLowerCase();
}

function standard(charset: Charset): Decoding {
  const decoder = new TextDecoder(charset);
  return {
    write: (bytes) => decoder.decode(bytes, { stream: true }),
    end: () => decoder.decode(),
  };
}

const windows1252 = new TextDecoder('windows-1252').decode(
  Uint8Array.from({ length: 256 }, (_, byte) => byte),
);

/**
 * UTF-8, in which a byte that belongs to no character is read as windows-1252: a document under a
 * wrong label stays readable, and one stray byte harms nothing but itself.
 */
class Utf8Decoding implements Decoding {
  readonly #notes: Notes;
  #tail: Buffer = Buffer.alloc(0);
  #isFirst = true;
  #isNoted = false;

  constructor(notes: Notes) {
    this.#notes = notes;
  }

  write(bytes: Uint8Array): string {
    const all = this.#tail.length === 0 ? asBuffer(bytes) : Buffer.concat([this.#tail, bytes]);
    const whole = all.length - unfinished(all);
    this.#tail = Buffer.from(all.subarray(whole));
    return this.#decode(all.subarray(0, whole));
  }

  end(): string {
    const rest = this.#decode(this.#tail);
    this.#tail = Buffer.alloc(0);
    return rest;
  }

  #decode(bytes: Buffer): string {
    if (bytes.length === 0) return '';
    const text = this.#toText(bytes);
    const isMarked = this.#isFirst && text.charCodeAt(0) === 0xfeff;
    this.#isFirst = false;
    return isMarked ? text.slice(1) : text;
  }

  #toText(bytes: Buffer): string {
    if (isAscii(bytes)) return bytes.toString('latin1');
    if (isUtf8(bytes)) return bytes.toString('utf8');
    if (!this.#isNoted) {
      this.#notes.add('wrong_encoding', 'bytes that are not UTF-8 were read as windows-1252');
      this.#isNoted = true;
    }
    return decodeMixed(bytes);
  }
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

function decodeMixed(bytes: Buffer): string {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    if (length > 0) {
      at += length;
      continue;
    }
    if (at > from) parts.push(bytes.toString('utf8', from, at));
    parts.push(windows1252[bytes[at]!]!);
    from = ++at;
  }
  if (from < bytes.length) parts.push(bytes.toString('utf8', from));
  return parts.join('');
}

/** Bytes at the end that may be the beginning of a character. */
function unfinished(bytes: Uint8Array): number {
  const n = bytes.length;
  for (let back = 1; back <= Math.min(3, n); back++) {
    const byte = bytes[n - back]!;
    if (byte >= 0xc0) return expectedLength(byte) > back ? back : 0;
    if (byte < 0x80) return 0;
  }
  return 0;
}

function expectedLength(lead: number): number {
  if (lead >= 0xf0) return lead < 0xf5 ? 4 : 0;
  return lead >= 0xe0 ? 3 : 2;
}

/** Length of the well-formed character at `at` (Unicode 17, table 3-7); 0 where there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!;
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const second = bytes[at + 1] ?? 0;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  const length = expectedLength(lead);
  for (let i = 2; i < length; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0;
  return length;
}
