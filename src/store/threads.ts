import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Transferable, Worker, type WorkerOptions } from 'node:worker_threads';
import { AppError, ExitError, exitCode } from '../errors.ts';
import { News } from './news.ts';
import { type Notice, ThreadClient } from './rpc.ts';

export type Role = 'writer' | 'reader' | 'check';

export type ThreadStart = {
  role: Role;
  folder: string;
  migrations: string;
  nowMs: number;
  pid: number;
  /** requests admitted in the last window are kept, so that a restart does not forget them */
  rateWindowMs: number;
  /** where readers wait for the writer to open the file */
  gate: Int32Array;
  /** it takes the place of one that died: this process has the file open already */
  isAgain: boolean;
};

/** Only tests give these: faults come in by this door, never from the environment. */
export type ThreadFaults = {
  worker?: WorkerOptions;
  onStart?: (worker: Worker, role: Role) => void;
  onParserStart?: (worker: Worker) => void;
  mostDeaths?: number;
};

const mostDeaths = 5;
const withinMs = 60_000;

/**
 * Keeps the threads of one store alive: one that dies is started again, unless they die so often
 * that the cause must be elsewhere. `onFailure` is called once, with the exit to take.
 */
export class Keeper {
  readonly faults: ThreadFaults;
  readonly #onFailure: (exit: ExitError) => void;
  readonly #onDeath: (role: Role, cause: string) => void;
  readonly #onUnjudged: (text: string) => void;
  #deaths: number[] = [];
  #isClosing = false;
  /** why the process is about to end */
  failure: ExitError | null = null;
  /** why the writer accepts no runs */
  refusal: string | null = null;
  readonly news = new News();

  constructor(
    faults: ThreadFaults,
    onFailure: (exit: ExitError) => void,
    onDeath: (role: Role, cause: string) => void,
    onUnjudged: (text: string) => void,
  ) {
    this.faults = faults;
    this.#onFailure = onFailure;
    this.#onDeath = onDeath;
    this.#onUnjudged = onUnjudged;
  }

  readonly #hears: { [N in Notice as N['notice']]: (text: N['text']) => void } = {
    refusal: (text) => {
      this.refusal = text;
    },
    judged: (repo) => this.news.tell({ kind: 'judged', repo }),
    unjudged: (text) => this.#onUnjudged(text),
    damage: (text) => this.fail(new ExitError(exitCode.io, text)),
  };

  get mayStart(): boolean {
    return !this.#isClosing && this.failure === null;
  }

  close(): void {
    this.#isClosing = true;
  }

  hear(notice: Notice): void {
    this.#hears[notice.notice](notice.text as never);
  }

  died(role: Role, cause: string): void {
    if (!this.mayStart) return;
    if (role === 'writer') this.refusal = null;
    this.#onDeath(role, cause);
    const now = performance.now();
    this.#deaths = [...this.#deaths.filter((at) => at > now - withinMs), now];
    if (this.#deaths.length < (this.faults.mostDeaths ?? mostDeaths)) return;
    this.fail(
      new ExitError(
        exitCode.io,
        `${this.#deaths.length} threads of the store died within a minute, the last one of: ${cause}`,
      ),
    );
  }

  fail(exit: ExitError): void {
    if (!this.mayStart) return;
    this.failure = exit;
    this.#onFailure(exit);
  }
}

/** A thread that is there again after it died. What it was asked when it died fails with 500. */
export class KeptThread {
  readonly #start: ThreadStart;
  readonly #keeper: Keeper;
  #client: ThreadClient | null = null;
  #ended: Promise<void> = Promise.resolve();
  #opening: Promise<unknown>;

  private constructor(start: ThreadStart, keeper: Keeper) {
    this.#start = start;
    this.#keeper = keeper;
    this.#opening = this.#open(false);
  }

  /** Resolves when it is ready, with what it says then. Throws the ExitError it could not open with. */
  static async open(
    start: ThreadStart,
    keeper: Keeper,
  ): Promise<{ thread: KeptThread; ready: unknown }> {
    const thread = new KeptThread(start, keeper);
    return { thread, ready: await thread.#opening };
  }

  get isUp(): boolean {
    return this.#client !== null;
  }

  get waiting(): number {
    return this.#client?.waiting ?? 0;
  }

  call<T>(method: string, args: unknown[], transfer: Transferable[] = []): Promise<T> {
    return this.#client?.call<T>(method, args, transfer) ?? Promise.reject(startingAgain());
  }

  /** In one message with what else is called like this in the same turn of the event loop. */
  callTogether<T>(method: string, args: unknown[], transfer: Transferable[]): Promise<T> {
    return this.#client?.callTogether<T>(method, args, transfer) ?? Promise.reject(startingAgain());
  }

  /** Ends it for good, after what it was asked before. */
  async stop(...args: unknown[]): Promise<void> {
    await this.#opening.catch(() => {});
    if (this.#client === null) return;
    await this.#client.call('close', args);
    await this.#ended;
  }

  async #open(isAgain: boolean): Promise<unknown> {
    const start = { ...this.#start, isAgain };
    const { worker, ready, death } = await startThread(start, this.#keeper.faults);
    const client = new ThreadClient(worker, (notice) => this.#keeper.hear(notice));
    this.#client = client;
    this.#ended = death.then((cause) => {
      client.fail(new Error(cause));
      this.#client = null;
      this.#died(cause);
    });
    return ready;
  }

  #died(cause: string): void {
    this.#keeper.died(this.#start.role, cause);
    if (!this.#keeper.mayStart) return;
    this.#opening = this.#open(true);
    this.#opening.catch((error: unknown) => {
      if (error instanceof ExitError) this.#keeper.fail(error);
      else this.#died(String(error));
    });
  }
}

const startingAgain = (): AppError =>
  new AppError('storage_failure', 'the store is starting again; try again', { retryAfter: 1 });

/**
 * Resolves with the first word of the thread; rejects with the exit it asks for, or with its death.
 * `death` resolves with the cause, also when the thread dies before anybody has read its first word.
 */
export function startThread(
  start: ThreadStart,
  faults: ThreadFaults = {},
): Promise<{ worker: Worker; ready: unknown; death: Promise<string> }> {
  const worker = new Worker(threadFile(start.role), {
    workerData: start,
    name: start.role,
    ...faults.worker,
  });
  faults.onStart?.(worker, start.role);
  let cause = '';
  let end: (cause: string) => void;
  const death = new Promise<string>((resolve) => {
    end = resolve;
  });
  return new Promise((resolve, reject) => {
    worker.on('error', (error) => {
      cause = String(error);
      reject(error);
    });
    worker.once('exit', (code) => {
      reject(new Error(`the ${start.role} thread ended with ${code}`));
      end(cause || `exit ${code}`);
    });
    worker.once('message', ({ ready, exit }: FirstWord) => {
      if (exit === undefined) resolve({ worker, ready, death });
      else reject(new ExitError(exit.code, exit.message));
    });
  });
}

export type FirstWord = { ready?: unknown; exit?: { code: number; message: string } };

/** Beside this file in a checkout; beside the bundle in the binary. */
export function threadFile(role: Role | 'parser'): string {
  const bundled = join(import.meta.dirname, `${role}-thread.cjs`);
  return existsSync(bundled) ? bundled : join(import.meta.dirname, `${role}-thread.ts`);
}
