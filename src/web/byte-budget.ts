import { AppError } from '../errors.ts';

/** Bytes of all bodies in flight, so that many large posts cannot exhaust memory together. */
export class ByteBudget {
  readonly max: number;
  #used = 0;

  constructor(max: number) {
    this.max = max;
  }

  get used(): number {
    return this.#used;
  }

  get left(): number {
    return this.max - this.#used;
  }

  /** Throws `busy` when the bytes do not fit now. */
  take(bytes: number): void {
    if (this.#used + bytes > this.max) {
      throw new AppError('busy', 'too many bytes in flight; try again', { retryAfter: 1 });
    }
    this.#used += bytes;
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }
}
