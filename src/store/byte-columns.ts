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

  svarint(): number {
    const value = this.uvarint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
