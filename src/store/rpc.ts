import type { MessagePort, Transferable, Worker } from 'node:worker_threads';
import { AppError, fromPlainError, type PlainError, toPlainError } from '../errors.ts';

/** What crosses a thread: a numbered call and its answer. Bodies are transferred, never copied. */
export type Call = { id: number; method: string; args: unknown[] };
type Answer = { id: number; value?: unknown; error?: PlainError };
/**
 * What a thread says unasked: why it accepts no runs now (null: it does), why the process must end,
 * which repo was judged anew, or which could not be judged and why.
 */
export type Notice =
  | { notice: 'refusal'; text: string | null }
  | { notice: 'damage'; text: string }
  | { notice: 'judged'; text: string }
  | { notice: 'unjudged'; text: string };

type Pending = { resolve: (value: unknown) => void; reject: (error: AppError) => void };

/** The calling side: one promise per call; a thread that dies fails what it was asked. */
export class ThreadClient {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  /** calls of this turn of the event loop, sent together: a message costs as much as a small post */
  #together: Call[] = [];
  #transfer: Transferable[] = [];
  #nextId = 1;
  #gone: AppError | null = null;

  constructor(worker: Worker, onNotice: (notice: Notice) => void) {
    this.#worker = worker;
    worker.on('message', (message: Answer | Answer[] | Notice) => {
      if (Array.isArray(message)) for (const answer of message) this.#settle(answer);
      else if ('notice' in message) onNotice(message);
      else this.#settle(message);
    });
    worker.on('error', (cause) => this.fail(cause));
    worker.on('exit', () => this.fail(undefined));
  }

  get waiting(): number {
    return this.#pending.size;
  }

  call<T>(method: string, args: unknown[], transfer: Transferable[] = []): Promise<T> {
    if (this.#gone !== null) return Promise.reject(this.#gone);
    this.#send();
    const id = this.#nextId++;
    return new Promise<T>((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#worker.postMessage({ id, method, args } satisfies Call, transfer);
    });
  }

  /** Like `call`, in one message with what else is called like this in the same turn. */
  callTogether<T>(method: string, args: unknown[], transfer: Transferable[]): Promise<T> {
    if (this.#gone !== null) return Promise.reject(this.#gone);
    const id = this.#nextId++;
    if (this.#together.length === 0) setImmediate(() => this.#send());
    this.#together.push({ id, method, args });
    this.#transfer.push(...transfer);
    return new Promise<T>((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve as (value: unknown) => void, reject });
    });
  }

  #send(): void {
    if (this.#together.length === 0) return;
    this.#worker.postMessage(this.#together, this.#transfer);
    this.#together = [];
    this.#transfer = [];
  }

  #settle({ id, value, error }: Answer): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (error !== undefined) pending?.reject(fromPlainError(error));
    else pending?.resolve(value);
  }

  /** What it was asked fails, and what it will be asked. */
  fail(cause: unknown): void {
    this.#gone ??= new AppError('storage_failure', 'the store is not available', { cause });
    for (const { reject } of this.#pending.values()) reject(this.#gone);
    this.#pending.clear();
  }
}

export function answer(port: MessagePort, id: number, work: () => unknown): void {
  let message: Answer;
  try {
    message = { id, value: work() };
  } catch (error) {
    message = { id, error: toPlainError(error) };
  }
  port.postMessage(message);
}

/** The answers to calls that were served together, in one message: a message costs as much as a route. */
export function answerAll(
  port: MessagePort,
  values: readonly { id: number; value: unknown }[],
  errors: readonly { id: number; error: unknown }[],
): void {
  const refused = errors.map(({ id, error }) => ({ id, error: toPlainError(error) }));
  port.postMessage([...values, ...refused] satisfies Answer[]);
}

export function tell(port: MessagePort, notice: Notice): void {
  port.postMessage(notice);
}

export function refuse(port: MessagePort, id: number, error: unknown): void {
  port.postMessage({ id, error: toPlainError(error) } satisfies Answer);
}
