import { Worker } from 'node:worker_threads';
import { AppError, fromPlainError, type PlainError } from '../errors.ts';
import type { ReadReport } from '../formats/report.ts';
import type { ReportFormat } from '../formats/report-session.ts';
import { limits } from '../limits.ts';
import { threadFile } from './threads.ts';

/** What crosses to the parser thread and back; bytes and columns are handed over, not copied. */
export type ParserCall = { upload: number } & (
  | { op: 'open'; format: ReportFormat }
  | { op: 'write'; bytes: Uint8Array }
  | { op: 'endFile' }
  | { op: 'end'; fields: Record<string, unknown> }
  | { op: 'drop' }
);
export type ParserAnswer = { upload: number } & (
  | { taken: number }
  | { error: PlainError }
  | { report: ReadReport }
);

/** A report on its way in. */
export type ReportUpload = {
  /** Takes the memory of `bytes`. Resolves when more may come; rejects once the report is at fault. */
  write(bytes: Uint8Array): Promise<void>;
  /** The next bytes belong to another file. */
  endFile(): void;
  /** `fields` are those of a posted run, without counts and cases. Rejects with the 4xx to answer. */
  end(fields: Record<string, unknown>): Promise<ReadReport>;
  /** Forgets it and rejects what waits for it; to be called when it is neither ended nor at fault. */
  drop(): void;
};

const mostAheadBytes = 1024 * 1024;
const idleMs = 30_000;
/** what all reports read at a time may hold; beyond it the thread dies instead of the process */
const mostMegabytes = 1024;

/** Starts the parser thread when it is needed and ends it when it is not. */
export class Parser {
  #worker: Worker | null = null;
  #idle: NodeJS.Timeout | undefined;
  readonly #onStart: (worker: Worker) => void;
  readonly #uploads = new Map<number, Upload>();
  #next = 1;

  constructor(onStart: (worker: Worker) => void = () => {}) {
    this.#onStart = onStart;
  }

  /** Throws `busy` while too many reports are being read. */
  open(format: ReportFormat): ReportUpload {
    if (this.#uploads.size >= limits.reportsAtOnce.value) {
      throw new AppError('busy', 'too many reports are being read; try again', { retryAfter: 1 });
    }
    const worker = this.#running();
    const id = this.#next++;
    const upload = new Upload(id, worker, () => this.#forget(id));
    this.#uploads.set(id, upload);
    worker.postMessage({ upload: id, op: 'open', format } satisfies ParserCall);
    return upload;
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    await this.#worker?.terminate();
  }

  #running(): Worker {
    clearTimeout(this.#idle);
    this.#worker ??= this.#start();
    return this.#worker;
  }

  #start(): Worker {
    const worker = new Worker(threadFile('parser'), {
      name: 'parser',
      resourceLimits: { maxOldGenerationSizeMb: mostMegabytes },
    });
    this.#onStart(worker);
    worker.on('message', ({ upload, ...answer }: ParserAnswer) => {
      this.#uploads.get(upload)?.hear(answer);
    });
    const onEnd = (cause: unknown) => {
      if (this.#worker === worker) this.#worker = null;
      const error = new AppError('internal', 'the report could not be read; try again', { cause });
      for (const upload of [...this.#uploads.values()]) {
        if (upload.worker === worker) upload.fail(error);
      }
    };
    worker.on('error', onEnd);
    worker.on('exit', () => onEnd(undefined));
    return worker;
  }

  #forget(id: number): void {
    this.#uploads.delete(id);
    if (this.#uploads.size > 0 || this.#worker === null) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      void this.#worker?.terminate();
      this.#worker = null;
    }, idleMs).unref();
  }
}

type Waiting<T> = { resolve: (value: T) => void; reject: (error: AppError) => void };

class Upload implements ReportUpload {
  readonly worker: Worker;
  readonly #id: number;
  readonly #forget: () => void;
  #ahead = 0;
  #error: AppError | null = null;
  #room: Waiting<void>[] = [];
  #end: Waiting<ReadReport> | null = null;

  constructor(id: number, worker: Worker, forget: () => void) {
    this.worker = worker;
    this.#id = id;
    this.#forget = forget;
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.#error !== null) return Promise.reject(this.#error);
    this.#ahead += bytes.length;
    const call = { upload: this.#id, op: 'write', bytes } satisfies ParserCall;
    this.worker.postMessage(call, [bytes.buffer as ArrayBuffer]);
    if (this.#ahead <= mostAheadBytes) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#room.push({ resolve, reject });
    });
  }

  endFile(): void {
    this.worker.postMessage({ upload: this.#id, op: 'endFile' } satisfies ParserCall);
  }

  end(fields: Record<string, unknown>): Promise<ReadReport> {
    if (this.#error !== null) return Promise.reject(this.#error);
    this.worker.postMessage({ upload: this.#id, op: 'end', fields } satisfies ParserCall);
    return new Promise((resolve, reject) => {
      this.#end = { resolve, reject };
    });
  }

  drop(): void {
    this.worker.postMessage({ upload: this.#id, op: 'drop' } satisfies ParserCall);
    this.fail(new AppError('incomplete_body', 'the report was given up'));
  }

  hear(answer: { taken: number } | { error: PlainError } | { report: ReadReport }): void {
    if ('error' in answer) this.fail(fromPlainError(answer.error));
    else if ('report' in answer) {
      this.#forget();
      this.#end?.resolve(answer.report);
    } else {
      this.#ahead -= answer.taken;
      if (this.#ahead > mostAheadBytes) return;
      for (const { resolve } of this.#room.splice(0)) resolve();
    }
  }

  fail(error: AppError): void {
    this.#error ??= error;
    this.#forget();
    for (const { reject } of this.#room.splice(0)) reject(error);
    this.#end?.reject(error);
    this.#end = null;
  }
}
