import { AppError } from '../../errors.ts';
import { limits } from '../../limits.ts';

const LINE_FEED = 0x0a;

/**
 * Cuts a stream of bytes into lines of text. Holds one line at most; a longer one than 16 MiB is
 * refused with `too_large`. Bytes that are not UTF-8 become U+FFFD.
 */
export class Lines {
  readonly #onLine: (line: string) => void;
  /** the beginning of a line whose end has not come yet */
  #begun = Buffer.alloc(4096);
  #length = 0;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  write(bytes: Uint8Array): void {
    let from = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, from)) {
      const part = bytes.subarray(from, end);
      if (this.#length === 0) this.#emit(part);
      else {
        this.#hold(part);
        this.end();
      }
      from = end + 1;
    }
    this.#hold(bytes.subarray(from));
  }

  end(): void {
    if (this.#length === 0) return;
    const line = this.#begun.subarray(0, this.#length);
    this.#length = 0;
    this.#emit(line);
  }

  #hold(part: Uint8Array): void {
    const length = this.#length + part.length;
    checkLength(length);
    if (length > this.#begun.length) {
      const larger = Buffer.alloc(Math.max(length, this.#begun.length * 2));
      larger.set(this.#begun.subarray(0, this.#length));
      this.#begun = larger;
    }
    this.#begun.set(part, this.#length);
    this.#length = length;
  }

  #emit(bytes: Uint8Array): void {
    checkLength(bytes.length);
    const line = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
    this.#onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
  }
}

function checkLength(length: number): void {
  if (length > limits.lineBytes.value)
    throw new AppError('too_large', 'a line is longer than 16 MiB');
}
