import { keepText } from '../../contract/test-run.ts';
import { limits } from '../../limits.ts';

/** What the children of a test case say about it. */
export const resultKinds = new Map<string, ResultKind>([
  ['failure', 'failed'],
  ['error', 'failed'],
  ['skipped', 'skipped'],
  ['disabled', 'skipped'],
  ['ignored', 'skipped'],
  ['flakyFailure', 'flaky'],
  ['flakyError', 'flaky'],
  ['rerunFailure', 'rerun'],
  ['rerunError', 'rerun'],
]);
export type ResultKind = 'failed' | 'skipped' | 'flaky' | 'rerun';

/** As much of a text as is kept, with room for a secret that straddles the cut. */
const textLength = limits.messageBytes.value * 2;
/** No more results of one case are read; the rest is counted. */
export const maxResultsRead = 16;

/** One `<failure>`, `<skipped>`, … with its text, of which only the beginning is gathered. */
export class Result {
  readonly kind: ResultKind;
  readonly message: string;
  readonly type: string;
  #text = '';
  #missing = 0;

  constructor(kind: ResultKind, message: string, type: string) {
    this.kind = kind;
    this.message = message.trim();
    this.type = type.trim();
  }

  addText(piece: string): void {
    const room = textLength - this.#text.length;
    if (room >= piece.length) this.#text += piece;
    else {
      this.#text += piece.slice(0, room);
      this.#missing += piece.length - room;
    }
  }

  /** The message with its type before it, where the type is an exception's name it lacks. */
  get headline(): string {
    if (this.message === '') return this.#leadingLines() || this.type;
    const isException = exceptionName.test(this.type) && !commonWord.test(this.type);
    const isTold = this.kind === 'skipped' || this.message.includes(this.type);
    return isException && !isTold ? `${this.type}: ${this.message}` : this.message;
  }

  get text(): string {
    return this.#text.trim();
  }

  /** Characters of the text that were not gathered. */
  get missing(): number {
    return this.#missing;
  }

  /** The text up to its first stack frame. */
  #leadingLines(): string {
    const lines = this.#text.slice(0, 4000).trim().split('\n', maxHeadlineLines);
    const frame = lines.findIndex((line, i) => i > 0 && stackFrame.test(line));
    return (frame < 0 ? lines : lines.slice(0, frame)).join('\n').trim();
  }
}

const maxHeadlineLines = 12;
const stackFrame =
  /^\s*(?:at\s|File "|from\s|#\d+\s|\d+:\s|goroutine \d|\.\.\. \d+ more|Traceback)/;
const exceptionName = /^[\w$.:\\]+$/;
const commonWord = /^(?:test)?(?:failure|failed|error|assertion|fail|skipped|warning)$/i;

/** Message and stack of a case out of all results that tell its outcome. */
export function textsOf(results: readonly Result[]): {
  errorMessage: string | null;
  stack: string | null;
} {
  const headlines = results.map((result) => result.headline);
  const texts = results.map((result) => result.text).filter((text, i) => text !== headlines[i]);
  const missing = results.reduce((sum, result) => sum + result.missing, 0);
  return {
    errorMessage: keepText([...new Set(headlines)].filter(isSaid).join('\n')),
    stack: keepText(texts.filter(isSaid).join('\n\n'), missing),
  };
}

const isSaid = (text: string): boolean => text !== '';
