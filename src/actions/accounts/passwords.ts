import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { AppError } from '../../errors.ts';
import { type Derivation, hashPassword, matchesPassword } from './password-hash.ts';
import { Turns } from './turns.ts';

const idleMs = 30_000;

/** Who counts guesses: may throw before one is looked at, and hears what came of it. */
export type Guard = { ask: () => void; tell: (isRight: boolean) => void };

/**
 * Hashes and checks passwords, one at a time and in the order in which people came, in a thread of
 * its own that yields to all others. The thread is there when it is needed, and ends when it is not.
 */
export class Passwords {
  readonly #random: (bytes: number) => Uint8Array;
  readonly #turns: Turns;
  #worker: Worker | null = null;
  #idle: NodeJS.Timeout | undefined;

  constructor(random: (bytes: number) => Uint8Array, mostWaiting: number) {
    this.#random = random;
    this.#turns = new Turns(1, mostWaiting);
  }

  /** What is stored of a password. Throws `busy` when too many wait. */
  hash(password: string): Promise<string> {
    return this.#turns.take(() => hashPassword(password, this.#random, this.#derive));
  }

  /**
   * Whether a password is the one that was hashed; with null never, after the same time. The guard
   * is asked and told within the turn. Throws `busy`, and what the guard throws.
   */
  matches(password: string, hash: string | null, guard: Guard): Promise<boolean> {
    return this.#turns.take(async () => {
      guard.ask();
      const isRight = await matchesPassword(password, hash, this.#derive);
      guard.tell(isRight);
      return isRight;
    });
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    await this.#worker?.terminate();
  }

  readonly #derive = (derivation: Derivation): Promise<Uint8Array> => {
    const worker = this.#running();
    return new Promise((resolve, reject) => {
      const done = (settle: () => void) => {
        worker.off('message', onTag).off('error', onEnd).off('exit', onEnd);
        settle();
      };
      const onTag = (tag: Uint8Array) => done(() => resolve(tag));
      const onEnd = (cause: unknown) =>
        done(() =>
          reject(new AppError('internal', 'The password could not be checked.', { cause })),
        );
      worker.on('message', onTag).on('error', onEnd).on('exit', onEnd);
      worker.postMessage(derivation);
    });
  };

  /** Who comes while it ends gets another. */
  #end(): void {
    void this.#worker?.terminate();
    this.#worker = null;
  }

  #running(): Worker {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#end(), idleMs).unref();
    if (this.#worker !== null) return this.#worker;
    const worker = new Worker(threadFile(), { name: 'passwords' });
    worker.once('exit', () => {
      if (this.#worker === worker) this.#worker = null;
    });
    worker.unref();
    this.#worker = worker;
    return worker;
  }
}

/** Beside this file in a checkout; beside the bundle in the binary. */
function threadFile(): string {
  const bundled = join(import.meta.dirname, 'password-thread.cjs');
  return existsSync(bundled) ? bundled : join(import.meta.dirname, 'password-thread.ts');
}
