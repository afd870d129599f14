import { isUtf8 } from 'node:buffer';
import { caseSchema, keepText, type Notes, toCase } from '../contract/test-run.ts';
import { type CaseColumns, CaseTable, SPAN, SPANS } from '../domain/case-table.ts';
import { cutName, tidyName } from '../domain/text.ts';
import { limits } from '../limits.ts';

/**
 * The cases of a posted run straight from its bytes: one pass, no objects, no strings for names.
 *
 * It understands the shape that reporters send: plain ASCII names, whole or decimal durations, the
 * known fields. A case that says more, or otherwise, is parsed and checked on its own. Anything
 * that this scanner is not sure of makes it give up (null), and the whole body takes the general
 * way, which finds the fault and words it. What it accepts equals what the general way accepts.
 *
 * `head` is the body as JSON text with `null` in the place of the cases.
 */
export type Scanned = { head: Uint8Array; table: CaseTable };

export function scanRun(bytes: Uint8Array, notes: Notes): Scanned | null {
  if (!isUtf8(bytes)) return null;
  const scanner = new Scanner(bytes, notes);
  return scanner.run();
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;
const SPACE = 0x20;

const codes = (word: string): Uint8Array => Uint8Array.from(word, (c) => c.charCodeAt(0));
const CASES = codes('cases');
const NULL = codes('null');
const fieldNames = [
  'suite',
  'name',
  'status',
  'durationMs',
  'attempts',
  'errorMessage',
  'stack',
  'file',
  'line',
  'className',
];
const [SUITE, NAME, STATUS, DURATION, ATTEMPTS, MESSAGE, STACK, FILE, LINE] = fieldNames.keys();
const keys = fieldNames.map(codes);
/** each key as it usually stands: `"suite":` */
const quotedKeys = fieldNames.map((name) => codes(`"${name}":`));
const statusWords = ['passed', 'failed', 'skipped', 'flaky'].map(codes);

/** Bytes of a name that is stored as it stands: printable ASCII but quote, backslash and blank. */
const isPlainByte = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte > SPACE && byte < 0x7f && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0,
);

/** Numbers that mean none; no NaN, because whole numbers stay out of the heap. */
const ABSENT = -1;
/** what only the general way can decide */
const UNSURE = -2;

/** Thrown inside the scanner only, to leave it from any depth. */
class GiveUp extends Error {}
const giveUp = new GiveUp();

const mostSpare = 8;
/** Columns for the largest run, ready for reuse: fresh memory costs a page fault for every 4 KiB. */
const spare: CaseColumns[] = [];

function openTable(bytes: Uint8Array): CaseTable {
  const guess = Math.max(16, Math.ceil(bytes.length / 80));
  const most = limits.casesPerRun.value;
  return guess < most / 8 ? new CaseTable(bytes, guess) : new CaseTable(bytes, most, spare.pop());
}

/** Keeps the memory of a table for the next one; whoever calls it has no more use for the table. */
export function recycle({ count, statuses, durations, attempts, spans }: CaseTable): void {
  if (statuses.length !== limits.casesPerRun.value || spare.length >= mostSpare) return;
  spans.fill(0, 0, (count + 1) * SPANS);
  spare.push({ statuses, durations, attempts, spans });
}

class Scanner {
  readonly #bytes: Uint8Array;
  readonly #notes: Notes;
  readonly #table: CaseTable;
  #at = 0;
  #tokens = 0;
  /** which field stood where in the case before: most reporters keep an order */
  readonly #order: number[] = [];

  constructor(bytes: Uint8Array, notes: Notes) {
    this.#bytes = bytes;
    this.#notes = notes;
    this.#table = openTable(bytes);
  }

  run(): Scanned | null {
    try {
      const span = this.#document();
      return span === null ? null : { head: this.#headWithout(span), table: this.#table };
    } catch (error) {
      if (error === giveUp || error instanceof SyntaxError) return null;
      throw error;
    }
  }

  /** Walks the members of the one object; where its list of cases lies, null when it has none. */
  #document(): { from: number; to: number } | null {
    if (this.#bytes[0] === 0xef) this.#at = 3;
    this.#expect(OPEN);
    let cases: { from: number; to: number } | null = null;
    do {
      const isCases = this.#key(CASES);
      if (isCases && this.#bytes[this.#at] === OPEN_LIST) {
        if (cases !== null) throw giveUp;
        const from = this.#at;
        this.#cases();
        cases = { from, to: this.#at };
      } else this.#skipValue(1);
    } while (this.#next(CLOSE));
    this.#space();
    if (this.#at !== this.#bytes.length || this.#tokens > limits.jsonTokens.value) throw giveUp;
    return cases;
  }

  #headWithout({ from, to }: { from: number; to: number }): Uint8Array {
    const head = new Uint8Array(from + NULL.length + this.#bytes.length - to);
    head.set(this.#bytes.subarray(0, from));
    head.set(NULL, from);
    head.set(this.#bytes.subarray(to), from + NULL.length);
    return head;
  }

  #cases(): void {
    this.#at++;
    this.#space();
    if (this.#bytes[this.#at] === CLOSE_LIST) {
      this.#at++;
      return;
    }
    do {
      this.#space();
      if (this.#table.count >= limits.casesPerRun.value) throw giveUp;
      this.#table.reserve();
      this.#tokens++;
      const from = this.#at;
      if (this.#case()) this.#table.count++;
      else this.#oddCase(from);
    } while (this.#next(CLOSE_LIST));
  }

  /** Reads one case into the next row of the table. False: it is none of the plain ones. */
  #case(): boolean {
    const table = this.#table;
    const { spans } = table;
    const row = table.count;
    const base = row * SPANS;
    let status = -1;
    let duration = -1;
    let attempts = 1;
    let line = ABSENT;
    let message: string | null = null;
    let stack: string | null = null;
    let isPlain = true;
    let member = 0;
    this.#expect(OPEN);
    do {
      const field = this.#field(member++);
      switch (field) {
        case SUITE:
          isPlain = this.#name(base + SPAN.suiteFrom) && isPlain;
          break;
        case NAME:
          isPlain = this.#name(base + SPAN.nameFrom) && isPlain;
          break;
        case STATUS:
          status = this.#status();
          break;
        case DURATION:
          duration = this.#milliseconds();
          break;
        case ATTEMPTS:
          attempts = this.#count(1);
          break;
        case MESSAGE:
          message = this.#text();
          break;
        case STACK:
          stack = this.#text();
          break;
        case FILE:
          isPlain = this.#name(base + SPAN.fileFrom) && isPlain;
          break;
        case LINE:
          line = this.#count(ABSENT);
          break;
        case undefined:
          isPlain = false;
          this.#skipValue(3);
          break;
        default:
          isPlain = this.#name(base + SPAN.classFrom) && isPlain;
      }
      this.#tokens += 2;
    } while (this.#next(CLOSE));
    const hasNames = spans[base + SPAN.suiteTo]! > 0 && spans[base + SPAN.nameTo]! > 0;
    const isSure = duration !== UNSURE && attempts !== UNSURE && line !== UNSURE;
    if (!isPlain || !isSure || !hasNames || status < 0) return false;
    table.statuses[row] = status;
    table.durations[row] = duration;
    table.attempts[row] = attempts;
    if (message !== null || stack !== null || (line !== ABSENT && status % 2 === 1)) {
      const file = this.#nameAt(base + SPAN.fileFrom);
      table.addText(row, {
        errorMessage: keepText(message),
        stack: keepText(stack),
        file,
        line: line === ABSENT ? null : line,
      });
    }
    return true;
  }

  /** A case of any other form takes the general way, alone. */
  #oddCase(from: number): void {
    this.#at = from;
    this.#skipValue(2);
    const text = Buffer.from(
      this.#bytes.buffer,
      this.#bytes.byteOffset + from,
      this.#at - from,
    ).toString('utf8');
    const parsed = caseSchema.safeParse(JSON.parse(text));
    if (!parsed.success || tidyName(parsed.data.name) === '') throw giveUp;
    this.#table.push(toCase(parsed.data, this.#table.count, this.#notes));
  }

  /** The field whose key comes next, its value at the cursor; undefined for an unknown key. */
  #field(member: number): number | undefined {
    const bytes = this.#bytes;
    const guess = this.#order[member];
    if (bytes[this.#at]! <= SPACE) this.#space();
    if (guess !== undefined) {
      const expected = quotedKeys[guess]!;
      if (this.#equals(expected, this.#at)) {
        this.#at += expected.length;
        if (bytes[this.#at]! <= SPACE) this.#space();
        return guess;
      }
    }
    return this.#unguessedField(member);
  }

  /** Apart, because its closure would cost every field a heap object. */
  #unguessedField(member: number): number | undefined {
    const from = this.#keyStart();
    const length = this.#at - from;
    const field = keys.findIndex((key) => key.length === length && this.#equals(key, from));
    this.#colon();
    if (field < 0) return undefined;
    this.#order[member] = field;
    return field;
  }

  #key(expected: Uint8Array): boolean {
    const from = this.#keyStart();
    const isExpected = this.#at - from === expected.length && this.#equals(expected, from);
    this.#colon();
    return isExpected;
  }

  /** Moves to the closing quote of a key and returns where the key begins. */
  #keyStart(): number {
    this.#space();
    if (this.#bytes[this.#at] !== QUOTE) throw giveUp;
    const from = ++this.#at;
    const bytes = this.#bytes;
    let at = from;
    while (bytes[at] !== QUOTE) {
      const byte = bytes[at];
      if (byte === undefined || byte === BACKSLASH || byte < SPACE) throw giveUp;
      at++;
    }
    this.#at = at;
    return from;
  }

  #colon(): void {
    this.#at++;
    this.#expect(COLON);
    this.#space();
  }

  #equals(expected: Uint8Array, from: number): boolean {
    const bytes = this.#bytes;
    for (let i = 0; i < expected.length; i++) if (bytes[from + i] !== expected[i]) return false;
    return true;
  }

  /**
   * A name that is stored as it stands: printable ASCII, single inner blanks, not too long. Writes
   * its span; null leaves the span empty. False when it must take the general way.
   */
  #name(span: number): boolean {
    const { spans } = this.#table;
    if (this.#isNull()) {
      spans[span] = spans[span + 1] = 0;
      return true;
    }
    if (this.#bytes[this.#at] !== QUOTE) throw giveUp;
    const bytes = this.#bytes;
    const from = this.#at + 1;
    let at = from;
    for (;;) {
      while (isPlainByte[bytes[at]!] === 1) at++;
      if (bytes[at] !== SPACE || at === from || isPlainByte[bytes[at + 1]!] !== 1) break;
      at++;
    }
    const length = at - from;
    if (bytes[at] !== QUOTE || length === 0 || length > limits.nameLength.value)
      return this.#oddName();
    spans[span] = from;
    spans[span + 1] = at;
    this.#at = at + 1;
    return true;
  }

  #oddName(): false {
    this.#skipString();
    return false;
  }

  #nameAt(span: number): string | null {
    const { spans } = this.#table;
    const from = spans[span]!;
    const to = spans[span + 1]!;
    if (from === to) return null;
    const text = Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + from, to - from).toString(
      'latin1',
    );
    return cutName(text, limits.nameLength.value);
  }

  /** A status code; -1 sends the case the general way, which words the fault. */
  #status(): number {
    if (this.#bytes[this.#at] !== QUOTE) throw giveUp;
    const from = this.#at + 1;
    for (let code = 0; code < statusWords.length; code++) {
      const word = statusWords[code]!;
      if (this.#bytes[from + word.length] === QUOTE && this.#equals(word, from)) {
        this.#at = from + word.length + 1;
        return code;
      }
    }
    throw giveUp;
  }

  /** Whole ms, rounded; ABSENT for null. */
  #milliseconds(): number {
    if (this.#isNull()) return ABSENT;
    const value = this.#number();
    if (!(value >= 0 && value <= limits.durationMs.value)) return UNSURE;
    return Number.isInteger(value) ? value : Math.round(value);
  }

  /** A whole number from 1 (where absent is 1) or from 0. */
  #count(absent: 1 | typeof ABSENT): number {
    if (this.#isNull()) return absent;
    const value = this.#number();
    const most = absent === 1 ? limits.attempts.value : limits.count.value;
    const least = absent === 1 ? 1 : 0;
    return Number.isInteger(value) && value >= least && value <= most ? value : UNSURE;
  }

  /** A JSON number. Digits are summed; any other form is checked by JSON.parse. */
  #number(): number {
    const bytes = this.#bytes;
    const from = this.#at;
    let at = from;
    let value = 0;
    for (let byte = bytes[at]!; byte >= 0x30 && byte <= 0x39; byte = bytes[++at]!)
      value = value * 10 + byte - 0x30;
    const isWhole =
      isEnd(bytes[at]) && at > from && at - from < 16 && (bytes[from] !== 0x30 || at === from + 1);
    this.#at = at;
    if (isWhole) return value;
    while (!isEnd(bytes[this.#at])) this.#at++;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, this.#at - from).toString(
      'latin1',
    );
    const parsed = JSON.parse(text) as unknown;
    if (typeof parsed !== 'number') throw giveUp;
    return parsed;
  }

  /** A string of any content; null for null. */
  #text(): string | null {
    if (this.#isNull()) return null;
    const from = this.#at;
    if (this.#bytes[from] !== QUOTE) throw giveUp;
    this.#skipString();
    const quoted = Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + from, this.#at - from);
    return JSON.parse(quoted.toString('utf8')) as string;
  }

  #isNull(): boolean {
    if (this.#bytes[this.#at] !== 0x6e || !this.#equals(NULL, this.#at)) return false;
    this.#at += 4;
    return true;
  }

  /** From an opening quote to behind the closing one. */
  #skipString(): void {
    const bytes = this.#bytes;
    let at = this.#at + 1;
    while (bytes[at] !== QUOTE) {
      if (bytes[at] === undefined) throw giveUp;
      at += bytes[at] === BACKSLASH ? 2 : 1;
    }
    this.#at = at + 1;
  }

  /** Over a value of any kind; its inside is checked by whoever parses it. */
  #skipValue(depth: number): void {
    const bytes = this.#bytes;
    let open = 0;
    do {
      const byte = bytes[this.#at];
      if (byte === undefined) throw giveUp;
      if (byte === QUOTE) this.#skipString();
      else {
        if (byte === OPEN || byte === OPEN_LIST) open++;
        else if (byte === CLOSE || byte === CLOSE_LIST) open--;
        else if (open === 0) {
          while (!isEnd(bytes[this.#at])) this.#at++;
          return;
        }
        this.#tokens++;
        this.#at++;
        if (open + depth > limits.jsonDepth.value) throw giveUp;
      }
    } while (open > 0);
  }

  /** After a member: true at a comma, false behind the closing bracket. */
  #next(close: number): boolean {
    if (this.#bytes[this.#at]! <= SPACE) this.#space();
    const byte = this.#bytes[this.#at++];
    if (byte === COMMA) return true;
    if (byte === close) return false;
    throw giveUp;
  }

  #expect(byte: number): void {
    if (this.#bytes[this.#at]! <= SPACE) this.#space();
    if (this.#bytes[this.#at++] !== byte) throw giveUp;
  }

  #space(): void {
    const bytes = this.#bytes;
    let byte = bytes[this.#at];
    while (byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09)
      byte = bytes[++this.#at];
  }
}

const isEnd = (byte: number | undefined): boolean =>
  byte === undefined || byte === COMMA || byte === CLOSE || byte === CLOSE_LIST || byte <= SPACE;
