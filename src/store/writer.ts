import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { AppError } from '../errors.ts';
import { Ingest, type IngestAnswer, type IngestJob, type Prepared, prepareJob } from './ingest.ts';
import { finishSetup, insertKey, type NewKey, revokeKey } from './keys.ts';
import { answer, type Call, refuse } from './rpc.ts';
import { assertDurable, type Db } from './sqlite.ts';

const groupRuns = 32;
const groupMs = 5;
const checkpointPages = 1000;
const checkpointMs = 5000;

type Random = (bytes: number) => Uint8Array;
type Waiting = { id: number; bytes: number; prepared: Prepared };

/** A damaged file or disk: the writer must not go on. */
const fatalCodes = /^SQLITE_(IOERR|CORRUPT|NOTADB)/;

/**
 * The only thread that writes. Posts that wait together are committed together: up to 32 runs or
 * 5 ms of parsing, a savepoint each, one fsync, then the answers.
 */
export class Writer {
  readonly #db: Db;
  readonly #port: MessagePort;
  readonly #ingest: Ingest;
  readonly #random: Random;
  #isAsserted = false;
  #dirtyPages = 0;
  #lastCheckpoint = 0;

  constructor(db: Db, port: MessagePort, random: Random) {
    this.#db = db;
    this.#port = port;
    this.#random = random;
    this.#ingest = new Ingest(db, random);
  }

  /** Serves calls until `close`. */
  listen(): void {
    this.#port.on('message', (first: Call) => this.#take(first));
    setInterval(() => this.#checkpointIfDue(), checkpointMs).unref();
  }

  #take(first: Call): void {
    const group: Waiting[] = [];
    const begun = performance.now();
    let call: Call | undefined = first;
    while (call !== undefined) {
      if (call.method === 'ingest') this.#prepare(call, group);
      else {
        this.#commit(group.splice(0));
        this.#serve(call);
      }
      const isFull = group.length >= groupRuns || performance.now() - begun >= groupMs;
      call = isFull ? undefined : (receiveMessageOnPort(this.#port)?.message as Call | undefined);
    }
    this.#commit(group);
    this.#checkpointIfDue();
  }

  #prepare(call: Call, group: Waiting[]): void {
    const job = call.args[0] as IngestJob;
    try {
      group.push({ id: call.id, bytes: job.body.length, prepared: prepareJob(job) });
    } catch (error) {
      refuse(this.#port, call.id, error);
    }
  }

  /** One transaction for the group; a fault in one run rolls back its own savepoint only. */
  #commit(group: Waiting[]): void {
    if (group.length === 0) return;
    const stored: { id: number; value: IngestAnswer }[] = [];
    const refused: { id: number; error: unknown }[] = [];
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      for (const waiting of group) this.#storeOne(waiting, stored, refused);
      this.#db.exec('COMMIT');
    } catch (cause) {
      this.#rollBack();
      const error = storageFailure(cause);
      for (const { id } of group) refuse(this.#port, id, error);
      this.#dieIfDamaged(cause);
      return;
    }
    this.#ingest.committed();
    this.#assertOnce();
    this.#dirtyPages += group.reduce((pages, { bytes }) => pages + 10 + bytes / 8192, 0);
    for (const { id, value } of stored) answer(this.#port, id, () => value);
    for (const { id, error } of refused) refuse(this.#port, id, error);
  }

  #storeOne(
    { id, prepared }: Waiting,
    stored: { id: number; value: IngestAnswer }[],
    refused: { id: number; error: unknown }[],
  ): void {
    this.#db.exec('SAVEPOINT run');
    try {
      stored.push({ id, value: this.#ingest.store(prepared) });
    } catch (error) {
      if (!this.#db.inTransaction || isStorageError(error)) throw error;
      this.#db.exec('ROLLBACK TO run');
      this.#ingest.rolledBack();
      refused.push({ id, error });
    }
    this.#db.exec('RELEASE run');
  }

  #rollBack(): void {
    if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
    this.#ingest.rolledBack();
  }

  #serve(call: Call): void {
    const verb = this.#verbs[call.method];
    if (verb === undefined) {
      refuse(this.#port, call.id, new Error(`the writer has no verb ${call.method}`));
      return;
    }
    let failure: unknown;
    answer(this.#port, call.id, () => {
      try {
        return verb(...(call.args as never[]));
      } catch (cause) {
        failure = cause;
        throw cause instanceof AppError ? cause : storageFailure(cause);
      }
    });
    if (failure !== undefined) this.#dieIfDamaged(failure);
    if (call.method === 'close') this.#port.close();
  }

  readonly #verbs: Record<string, (...args: never[]) => unknown> = {
    createKey: (key: NewKey, nowMs: number) =>
      this.#transact(() => insertKey(this.#db, key, nowMs, this.#random)),
    revokeKey: (id: number, nowMs: number) => this.#transact(() => revokeKey(this.#db, id, nowMs)),
    finishSetup: (token: string, workspace: string, nowMs: number) =>
      this.#transact(() => finishSetup(this.#db, token, workspace, nowMs)),
    close: () => this.#close(),
  };

  #transact<T>(work: () => T): T {
    const value = this.#db.transaction(work).immediate();
    this.#assertOnce();
    this.#dirtyPages += 4;
    return value;
  }

  /** The pragma tells the truth only after the first write. */
  #assertOnce(): void {
    if (this.#isAsserted) return;
    assertDurable(this.#db);
    this.#isAsserted = true;
  }

  #checkpointIfDue(): void {
    if (!this.#db.open || this.#dirtyPages === 0) return;
    const isDue =
      this.#dirtyPages >= checkpointPages ||
      performance.now() - this.#lastCheckpoint >= checkpointMs;
    if (!isDue) return;
    this.#db.pragma('wal_checkpoint(PASSIVE)');
    this.#dirtyPages = 0;
    this.#lastCheckpoint = performance.now();
  }

  /** Empties the WAL, so that the folder holds one plain file after a clean stop. */
  #close(): void {
    this.#db.pragma('wal_checkpoint(TRUNCATE)');
    this.#db.close();
  }

  #dieIfDamaged(cause: unknown): void {
    if (isStorageError(cause) && fatalCodes.test((cause as { code: string }).code)) throw cause;
  }
}

const isStorageError = (error: unknown): boolean =>
  ((error as { code?: unknown }).code ?? '').toString().startsWith('SQLITE_');

function storageFailure(cause: unknown): AppError {
  const isFull = (cause as { code?: string }).code === 'SQLITE_FULL';
  const message = isFull ? 'the disk is full; nothing was stored' : 'the run could not be stored';
  return new AppError('storage_failure', message, { cause });
}
