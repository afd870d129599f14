import { CorruptBlockError } from './sealed.ts';

/** Little-endian base-128 numbers of up to 53 bits; grows on demand. */
export class ByteWriter {
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

/** Reads what ByteWriter wrote. Throws CorruptBlockError at the end of the bytes. */
export class ByteReader {
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

  /** The next `count` bytes, not copied. */
  take(count: number): Uint8Array {
    if (this.left < count) throw new CorruptBlockError('the block ends too early');
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
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

  /** Goes over the zero bytes that come next, at most `most`; how many there were. */
  zeros(most: number): number {
    const bytes = this.#bytes;
    const end = Math.min(bytes.length, this.#at + most);
    let at = this.#at;
    while (at < end && bytes[at] === 0) at++;
    const count = at - this.#at;
    this.#at = at;
    return count;
  }

  /** Goes over `count` numbers without reading them. */
  skip(count: number): void {
    const bytes = this.#bytes;
    const { length } = bytes;
    let at = this.#at;
    let left = count;
    // Every number ends with a byte below 0x80. No branch, because which one does is noise.
    for (; left > 0 && at < length; at++) left -= 1 ^ (bytes[at]! >> 7);
    if (left > 0) throw new CorruptBlockError('the block ends too early');
    this.#at = at;
  }

  /** Goes over `count` numbers and reads those at some places, which are in order. */
  visit(count: number, places: readonly number[], read: (value: number) => void): void {
    let at = 0;
    for (const place of places) {
      this.skip(place - at);
      read(this.uvarint());
      at = place + 1;
    }
    this.skip(count - at);
  }

  svarint(): number {
    const value = this.uvarint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
