import { AppError } from '../../errors.ts';

/**
 * So many pieces of work at once, the others in the order in which they came. Hashing a password
 * takes a core and 46 MiB for a while: fifty people who sign in together must not stand in the way
 * of the runs that come in meanwhile.
 */
export class Turns {
  readonly #atOnce: number;
  readonly #mostWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(atOnce: number, mostWaiting: number) {
    this.#atOnce = atOnce;
    this.#mostWaiting = mostWaiting;
  }

  /** Throws `busy` when too many wait already. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#atOnce) this.#running++;
    else await this.#queue();
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  /** Resolves when the one before hands its turn on. */
  #queue(): Promise<void> {
    if (this.#waiting.length >= this.#mostWaiting) {
      throw new AppError('busy', 'Too many people are signing in at once: try again.', {
        retryAfter: 5,
      });
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
