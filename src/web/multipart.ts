import { AppError } from '../errors.ts';
import { limits } from '../limits.ts';

/** Where the parts of a form go, in the order in which they come. */
export type FormSink = {
  field(name: string, value: string): void;
  /** Takes the memory of `bytes`. The form is read on when it resolves. */
  file(bytes: Uint8Array): Promise<void>;
  endFile(): void;
};

const newline = Buffer.from('\r\n');
const blankLine = Buffer.from('\r\n\r\n');
/** disposition, type and what else a client says of a part */
const headBytes = 8 * 1024;

/**
 * Reads multipart/form-data (RFC 7578) as it streams in; holds one chunk and one part's head.
 * Throws the 400 or 413 to answer. What follows the closing boundary is passed over.
 */
export async function readForm(
  chunks: AsyncIterable<Uint8Array>,
  contentType: string,
  sink: FormSink,
): Promise<void> {
  const form = new Form(boundaryOf(contentType), sink);
  for await (const chunk of chunks) await form.take(chunk);
  form.end();
}

type Part = { isFile: boolean; name: string };
type Step = 'content' | 'boundary' | 'head' | 'over';

class Form {
  readonly #delimiter: Buffer;
  readonly #sink: FormSink;
  /** what was received and not yet used; the first boundary needs no line before it */
  #rest: Buffer = newline;
  #step: Step = 'content';
  /** null: before the first part */
  #part: Part | null = null;
  #value: Buffer[] = [];
  #files = 0;
  #fields = 0;
  #fieldBytes = 0;

  constructor(boundary: string, sink: FormSink) {
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
    this.#sink = sink;
  }

  async take(chunk: Uint8Array): Promise<void> {
    if (this.#step === 'over') return;
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (await this.#advance());
  }

  end(): void {
    if (this.#step !== 'over') throw malformed('it ends before its closing boundary');
  }

  /** false: more bytes are needed, or none. */
  #advance(): boolean | Promise<boolean> {
    if (this.#step === 'content') return this.#readContent();
    if (this.#step === 'boundary') return this.#readBoundary();
    return this.#step === 'head' && this.#readHead();
  }

  async #readContent(): Promise<boolean> {
    const at = this.#rest.indexOf(this.#delimiter);
    // The end of what is here may be the beginning of a boundary.
    const certain = at >= 0 ? at : this.#rest.length - this.#delimiter.length + 1;
    if (certain > 0) {
      await this.#keep(this.#rest.subarray(0, certain));
      this.#rest = this.#rest.subarray(certain);
    }
    if (at < 0) return false;
    this.#endPart();
    this.#rest = this.#rest.subarray(this.#delimiter.length);
    this.#step = 'boundary';
    return true;
  }

  /** After a boundary stands `--`, or white space and the head of the next part. */
  #readBoundary(): boolean {
    if (this.#rest.length < 2) return false;
    if (this.#rest.subarray(0, 2).toString('latin1') === '--') {
      this.#step = 'over';
      return false;
    }
    const at = this.#rest.indexOf(newline);
    if (at < 0 || at > headBytes) return this.#isShort();
    // The line break stays: a part without any head goes on with a second one.
    if (/[^ \t]/.test(this.#rest.toString('latin1', 0, at)))
      throw malformed('a boundary is no line');
    this.#rest = this.#rest.subarray(at);
    this.#step = 'head';
    return true;
  }

  #readHead(): boolean {
    const at = this.#rest.indexOf(blankLine);
    if (at < 0 || at > headBytes) return this.#isShort();
    this.#part = this.#counted(partOf(this.#rest.toString('utf8', 0, at)));
    this.#rest = this.#rest.subarray(at + blankLine.length);
    this.#step = 'content';
    return true;
  }

  #isShort(): false {
    if (this.#rest.length > headBytes) throw malformed('the head of a part is too long');
    return false;
  }

  #counted(part: Part): Part {
    if (part.isFile) this.#files++;
    else this.#fields++;
    if (this.#files > limits.formFiles.value) throw tooMuch(`${limits.formFiles.value} files`);
    if (this.#fields > limits.formFields.value) throw tooMuch(`${limits.formFields.value} fields`);
    return part;
  }

  async #keep(bytes: Buffer): Promise<void> {
    if (this.#part === null) return;
    if (this.#part.isFile) return this.#sink.file(new Uint8Array(bytes));
    this.#fieldBytes += bytes.length;
    const max = limits.formFieldBytes.value;
    if (this.#fieldBytes > max) throw tooMuch(`${max} bytes of fields`);
    this.#value.push(bytes);
  }

  #endPart(): void {
    if (this.#part === null) return;
    if (this.#part.isFile) this.#sink.endFile();
    else this.#sink.field(this.#part.name, Buffer.concat(this.#value).toString('utf8'));
    this.#value = [];
  }
}

function boundaryOf(contentType: string): string {
  const [, quoted, plain] =
    /;\s*boundary=(?:"([^"\r\n]{1,200})"|([^\s;"]{1,200}))/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw malformed('its Content-Type names no boundary');
  return boundary;
}

const nameOf = /^form-data\s*;(?:.*;)?\s*name=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/is;

/** A part with a file name, or of another type than plain text, is a file; names are never used. */
function partOf(head: string): Part {
  const headers = new Map(
    head.split('\r\n').map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const disposition = headers.get('content-disposition') ?? '';
  const [, quoted, plain] = nameOf.exec(disposition) ?? [];
  const name = quoted ?? plain;
  if (name === undefined) throw malformed('a part has no name');
  const encoding = headers.get('content-transfer-encoding')?.toLowerCase() ?? 'binary';
  if (!['binary', '8bit', '7bit'].includes(encoding)) {
    throw malformed('send parts without Content-Transfer-Encoding');
  }
  const type = headers.get('content-type') ?? 'text/plain';
  const isFile = /;\s*filename\*?=/i.test(disposition) || !/^text\/plain\b/i.test(type);
  return { name, isFile };
}

const malformed = (why: string): AppError =>
  new AppError('invalid_body', `the form is not valid multipart/form-data: ${why}`);
const tooMuch = (what: string): AppError =>
  new AppError('too_large', `the form holds more than ${what}`);
