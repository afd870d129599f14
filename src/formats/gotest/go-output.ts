import { keepText } from '../../contract/test-run.ts';
import { limits } from '../../limits.ts';

const maxLength = limits.messageBytes.value * 2;
/** What the test runner prints about its own work. */
const framing =
  /^\s*(?:=== (?:RUN|PAUSE|CONT|NAME|ATTR)\b|--- (?:PASS|FAIL|SKIP|BENCH): |PASS$|FAIL$|ok {2}\t|FAIL\t|exit status \d|coverage: )/;
const goroutine = /^goroutine \d+ \[/;

/** What one test printed: its first 32 KiB, without the framing of the runner. */
export class GoOutput {
  #text = '';
  #missing = 0;
  #isLineStart = true;

  /** One line, or a part of one. Returns by how much the output grew. */
  add(piece: string): number {
    const isFraming = this.#isLineStart && framing.test(piece);
    this.#isLineStart = piece.endsWith('\n');
    if (isFraming) return 0;
    const room = maxLength - this.#text.length;
    const kept = piece.length <= room ? piece : piece.slice(0, room);
    this.#text += kept;
    this.#missing += piece.length - kept.length;
    return kept.length;
  }

  get length(): number {
    return this.#text.length;
  }

  /** The message, and from the first goroutine on the stack. */
  texts(): { errorMessage: string | null; stack: string | null } {
    const lines = this.#text.split('\n');
    const at = lines.findIndex((line) => goroutine.test(line));
    const to = at < 0 ? lines.length : at;
    const message = unindented(lines.slice(0, to));
    const stack = lines.slice(to).join('\n').trim();
    const isStackCut = at >= 0;
    return {
      errorMessage: keepText(message, isStackCut ? 0 : this.#missing),
      stack: keepText(stack, isStackCut ? this.#missing : 0),
    };
  }
}

/** The lines without the indent they share, and without blank lines around them. */
function unindented(lines: string[]): string {
  const said = lines.filter((line) => line.trim() !== '');
  const indents = said.map((line) => line.length - line.trimStart().length);
  const shared = indents.reduce((least, indent) => Math.min(least, indent), maxLength);
  return lines
    .map((line) => (line.trim() === '' ? '' : line.slice(shared)))
    .join('\n')
    .replace(/^\n+|\s+$/g, '');
}
