import { deflateRawSync } from 'node:zlib';
import type { CaseFacts } from '../../../store/reads.ts';
import { format } from '../../format.ts';

/**
 * What a page spends on foreign text, in escaped bytes, shared evenly by its rows: a page with one
 * failure shows it whole, a page with a hundred shows the head of each.
 */
const nameBytes = 36_000;
const textBytes = 110_000;
/** Texts that do not compress to this much get less. */
const packedTextBytes = 32_000;
const placeBytes = 120;

export type CaseRow = Pick<CaseFacts, 'testId' | 'status' | 'durationMs' | 'attempts'> & {
  suite: string;
  name: string;
  /** file:line */
  place: string | null;
  /** first line of the message, for the closed row */
  headline: string | null;
  /** null: the headline says all of it */
  message: string | null;
  stack: string | null;
  /** something of message or stack did not fit */
  isCut: boolean;
};

export function caseRows(cases: readonly CaseFacts[]): CaseRow[] {
  const perName = Math.max(120, Math.floor(nameBytes / (2 * Math.max(1, cases.length))));
  const perText = shareOf(cases.flatMap((c) => [c.errorMessage ?? '', c.stack ?? '']));
  return cases.map((c) => {
    const message = c.errorMessage === null ? null : head(c.errorMessage, perText);
    const stack = c.stack === null ? null : head(c.stack, perText);
    const headline = headlineOf(message?.text ?? stack?.text ?? null);
    return {
      testId: c.testId,
      status: c.status,
      durationMs: c.durationMs,
      attempts: c.attempts,
      suite: fitName(c.suite, perName),
      name: fitName(c.name, perName),
      place:
        c.file === null
          ? null
          : fitName(c.line === null ? c.file : `${c.file}:${c.line}`, placeBytes),
      headline,
      message:
        message === null || (message.text === headline && !message.isCut) ? null : message.text,
      stack: stack?.text ?? null,
      isCut: message?.isCut === true || stack?.isCut === true,
    };
  });
}

/** Bytes that each text may have. */
function shareOf(texts: string[]): number {
  const shown = texts.filter((text) => text !== '');
  const each = Math.floor(textBytes / Math.max(1, shown.length));
  const heads = shown.map((text) => text.slice(0, each)).join('\n');
  const packed = deflateRawSync(heads, { level: 1 }).length;
  return packed <= packedTextBytes ? each : Math.floor((each * packedTextBytes) / packed);
}

/** The whole name where it fits, else its beginning and end. */
function fitName(name: string, bytes: number): string {
  const text = format.visible(name);
  let max = text.length;
  while (max > 20 && escapedBytes(format.middle(text, max)) > bytes) max = Math.floor(max * 0.8);
  return format.middle(text, max);
}

/** The beginning that fits. Looks at no more than it can use: a character is a byte at least. */
function head(text: string, bytes: number): { text: string; isCut: boolean } {
  const start = format.visible(text.slice(0, bytes));
  let cut = start;
  while (cut.length > 20 && escapedBytes(cut) > bytes) {
    cut = cut.slice(0, Math.floor((cut.length * bytes) / escapedBytes(cut)));
  }
  return { text: cut.toWellFormed(), isCut: cut.length < start.length || text.length > bytes };
}

const headlineLength = 160;

function headlineOf(text: string | null): string | null {
  const line = text?.split('\n').find((l) => l.trim() !== '');
  return line === undefined ? null : format.middle(line.trim(), headlineLength);
}

/** Bytes of a text in HTML: `&"<>'` become up to six. */
function escapedBytes(text: string): number {
  let bytes = Buffer.byteLength(text);
  for (const [mark] of text.matchAll(/[&<>"']/g)) bytes += mark === '<' || mark === '>' ? 3 : 5;
  return bytes;
}
