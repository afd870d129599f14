import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { AppError, type PlainError, toPlainError } from '../errors.ts';
import { type BatchEntry, readBatch } from '../formats/json-batch.ts';
import { recycle } from '../formats/run-scanner.ts';
import type { Actor } from './accounts/audit.ts';
import { accountWrites, callVerb } from './accounts/verbs.ts';
import type { DiskSpace } from './disk-space.ts';
import {
  bytesOf,
  digestOf,
  Ingest,
  type IngestAnswer,
  type IngestJob,
  type Prepared,
  prepareJob,
} from './ingest.ts';
import { type BranchChange, changeBranch } from './judge/branch-change.ts';
import { Judge } from './judge/judge.ts';
import { insertKey, type NewKey, revokeKey } from './keys.ts';
import { Pressure } from './pressure.ts';
import { answer, answerAll, type Call, refuse, tell } from './rpc.ts';
import { markStopped } from './running-mark.ts';
import { assertDurable, type Db } from './sqlite.ts';
import {
  damageLine,
  isDamage,
  isFull,
  isStorageError,
  isWriteLost,
  storageFailure,
} from './storage-error.ts';

import { addCredits, createWorkspace, type PlanChange, type Spent, setPlan } from './workspaces.ts';

const groupRuns = 32;
const leastGroupMs = 5;
const mostGroupMs = 40;
const sealingMs = 4;
const judgingMs = 5;
/** Between two slices of judging, while posts come in as fast as they are taken. */
const judgingRestMs = 40;
const checkpointPages = 4000;
const checkpointMs = 5000;
const watchMs = 1000;
const largeBody = 256 * 1024;
/** Once a day a few repos are judged from their facts once more. */
const verifyMs = 86_400_000;
const verifiedRepos = 8;
/** A start has better things to do, and a short life needs none. */
const ballastAfterMs = 5000;

/** One entry per run of the batch, in order. */
export type BatchAnswer = ({ stored: IngestAnswer } | { error: PlainError })[];

type Random = (bytes: number) => Uint8Array;
type Waiting = { id: number; bytes: number; prepared: Prepared };
type Verdicts = {
  stored: { id: number; value: IngestAnswer }[];
  refused: { id: number; error: unknown }[];
};

/** A run failed, for the cause, and was undone in its savepoint. */
class Undone extends Error {}

/** The data folder and what is known of its disk. */
type Place = { folder: string; disk: DiskSpace; rateWindowMs: number };

/**
 * The only thread that writes. Posts that wait together are committed together: up to 32 runs or
 * 5 ms of parsing (longer where the disk is slow), one fsync, then the answers. A disk that is nearly
 * full refuses runs; a damaged one ends all writing.
 */
export class Writer {
  readonly #db: Db;
  readonly #port: MessagePort;
  readonly #ingest: Ingest;
  readonly #random: Random;
  readonly #sql;
  readonly #folder: string;
  readonly #disk: DiskSpace;
  /** received, not yet served */
  #calls: Call[] = [];
  #isAsserted = false;
  #isDamaged = false;
  #refusal: string | null = null;
  readonly #openedAt = performance.now();
  #dirtyPages = 0;
  #isSealing = false;
  readonly #judge: Judge;
  /** a slice of it is on its way */
  #isJudging = false;
  #lastJudgedAt = 0;
  #lastVerifiedAt = performance.now();
  readonly #pressure = new Pressure();
  /** as long as the commit before took, so that a slow disk is asked less often */
  #groupMs = leastGroupMs;
  #lastCheckpoint = 0;
  /** the log holds frames of commits, checkpointed or not */
  #hasLog = true;

  constructor(db: Db, port: MessagePort, random: Random, { folder, disk, rateWindowMs }: Place) {
    this.#folder = folder;
    this.#disk = disk;
    this.#db = db;
    this.#port = port;
    this.#random = random;
    this.#ingest = new Ingest(db, random, rateWindowMs);
    this.#judge = new Judge(db, {
      onFault: (text) => tell(port, { notice: 'unjudged', text }),
      onWrite: (pages) => this.#wrote(pages),
      onJudged: (text) => tell(port, { notice: 'judged', text }),
    });
    this.#sql = {
      begin: db.prepare('BEGIN IMMEDIATE'),
      commit: db.prepare('COMMIT'),
      savepoint: db.prepare('SAVEPOINT run'),
      release: db.prepare('RELEASE run'),
      rollBackRun: db.prepare('ROLLBACK TO run'),
    };
  }

  /** Serves calls until `close`. */
  listen(): void {
    this.#port.on('message', (message: Call | Call[]) => this.#take(message));
    setInterval(() => this.#watch(), watchMs).unref();
    setImmediate(() => this.#watch());
    this.#judge.start();
    this.#judgeIfDue();
  }

  #watch(): void {
    if (!this.#db.open || this.#isDamaged) return;
    this.#disk.look();
    this.#announce();
    this.#checkpointIfDue();
    if (this.#dirtyPages === 0) this.#emptyLogWhenIdle();
    if (performance.now() - this.#openedAt >= ballastAfterMs) void this.#disk.keepBallast();
    if (performance.now() - this.#lastVerifiedAt < verifyMs) return;
    this.#lastVerifiedAt = performance.now();
    this.#judge.verifySome(verifiedRepos);
    this.#judgeIfDue();
  }

  /** The main thread refuses runs by this word, before it reads their bodies. */
  #announce(): void {
    const { refusal } = this.#disk;
    if ((refusal === null) === (this.#refusal === null)) return;
    this.#refusal = refusal;
    tell(this.#port, { notice: 'refusal', text: refusal });
  }

  #take(message: Call | Call[]): void {
    this.#disk.look();
    this.#announce();
    this.#calls.push(...[message].flat());
    const begun = performance.now();
    let posts = 0;
    while (this.#calls.length > 0) posts += this.#takeGroup();
    this.#pressure.took(posts, performance.now() - begun);
    this.#checkpointIfDue();
    this.#sealIfDue();
    this.#judgeIfDue();
  }

  /** Serves what waits, until there is nothing more or the group of posts is full; how many posts. */
  #takeGroup(): number {
    const group: Waiting[] = [];
    const begun = performance.now();
    let posts = 0;
    for (let call = this.#next(); call !== undefined; call = this.#next()) {
      if (call.method === 'ingest') {
        this.#prepare(call, group);
        if (!(call.args[0] as IngestJob).isLine) posts++;
      } else {
        this.#commit(group.splice(0));
        this.#serve(call);
      }
      if (posts >= groupRuns || performance.now() - begun >= this.#groupMs) break;
    }
    this.#commit(group);
    return posts;
  }

  #next(): Call | undefined {
    if (this.#calls.length === 0) {
      const received = receiveMessageOnPort(this.#port)?.message as Call | Call[] | undefined;
      if (received !== undefined) this.#calls = [received].flat();
    }
    return this.#calls.shift();
  }

  #wrote(pages: number): void {
    this.#dirtyPages += pages;
    this.#hasLog = true;
  }

  /** Commits come first: under pressure judging takes one slice in nine. */
  #judgeIfDue(): void {
    const dueAt = this.#judge.dueAtMs;
    if (this.#isJudging || dueAt === null) return;
    this.#isJudging = true;
    const now = performance.now();
    const restedAt = this.#lastJudgedAt + judgingRestMs * this.#pressure.at(now);
    const wait = Math.max(dueAt, restedAt) - now;
    if (wait <= 0) setImmediate(() => this.#judgeSlice());
    else setTimeout(() => this.#judgeSlice(), wait).unref();
  }

  #judgeSlice(): void {
    this.#isJudging = false;
    if (!this.#db.open || this.#isDamaged) return;
    try {
      this.#judge.work(judgingMs);
    } catch (cause) {
      this.#learnFrom(cause);
      if (!isStorageError(cause)) throw cause;
    }
    this.#lastJudgedAt = performance.now();
    this.#checkpointIfDue();
    this.#judgeIfDue();
  }

  /** In slices, so that no post waits longer than for one of them. */
  #sealIfDue(): void {
    if (this.#isSealing || !this.#ingest.stripes.isDue) return;
    this.#isSealing = true;
    setImmediate(() => {
      this.#isSealing = false;
      if (!this.#db.open || this.#isDamaged) return;
      try {
        this.#dirtyPages += this.#ingest.stripes.work(sealingMs) / 4096;
      } catch (cause) {
        this.#learnFrom(cause);
        if (!isStorageError(cause)) throw cause;
      }
      this.#sealIfDue();
    });
  }

  #prepare(call: Call, group: Waiting[]): void {
    const job = call.args[0] as IngestJob;
    try {
      if (this.#refusal !== null) throw new AppError('storage_failure', this.#refusal);
      group.push({ id: call.id, bytes: bytesOf(job), prepared: prepareJob(job) });
    } catch (error) {
      refuse(this.#port, call.id, error);
      giveBack(job);
    }
  }

  /** One transaction for the group; a fault in one run undoes that run only. */
  #commit(group: Waiting[]): void {
    if (group.length === 0) return;
    if (this.#isDamaged) {
      for (const { id } of group) refuse(this.#port, id, damaged());
      return;
    }
    let verdicts: Verdicts;
    try {
      verdicts = this.#storeGroup(group);
      this.#ingest.beforeCommit();
      const begun = performance.now();
      this.#sql.commit.run();
      const taken = performance.now() - begun;
      this.#groupMs = Math.min(mostGroupMs, Math.max(leastGroupMs, taken));
    } catch (cause) {
      this.#rollBack();
      // Before the answers: who hears that the disk is full may rely on what was done about it.
      this.#learnFrom(cause);
      const error = storageFailure(cause);
      for (const { id } of group) refuse(this.#port, id, error);
      return;
    } finally {
      for (const { prepared } of group) {
        recycle(prepared.run.cases);
        giveBack(prepared.job);
      }
    }
    this.#hasLog = true;
    this.#judgeStored();
    this.#assertOnce();
    this.#dirtyPages += group.reduce((pages, { bytes }) => pages + 2 + bytes / 8192, 12);
    answerAll(this.#port, verdicts.stored, verdicts.refused);
  }

  /**
   * Once a run is being written it hardly ever fails, and a savepoint costs as much as its rows: the
   * pages that it touches are copied. So savepoints are taken only where one is needed, or was.
   */
  #storeGroup(group: Waiting[]): Verdicts {
    this.#sql.begin.run();
    if (!group.some(({ prepared }) => prepared.job.dryRun)) {
      try {
        return this.#storeAll(group, (waiting) => this.#ingest.store(waiting.prepared));
      } catch (error) {
        if (!this.#db.inTransaction || isStorageError(error)) throw error;
      }
      this.#rollBack();
      this.#sql.begin.run();
    }
    return this.#storeAll(group, (waiting) => this.#storeApart(waiting));
  }

  /** A refusal that left no trace stands; any other fault is thrown. */
  #storeAll(group: Waiting[], store: (waiting: Waiting) => IngestAnswer): Verdicts {
    const verdicts: Verdicts = { stored: [], refused: [] };
    for (const waiting of group) {
      const { id } = waiting;
      try {
        verdicts.stored.push({ id, value: store(waiting) });
      } catch (error) {
        if (error instanceof Undone) verdicts.refused.push({ id, error: error.cause });
        else if (this.#ingest.hasWritten || !(error instanceof AppError)) throw error;
        else verdicts.refused.push({ id, error });
      }
    }
    return verdicts;
  }

  /** In a savepoint of its own. Throws Undone where the run failed. */
  #storeApart({ prepared }: Waiting): IngestAnswer {
    this.#sql.savepoint.run();
    try {
      const answer = this.#ingest.store(prepared);
      if (prepared.job.dryRun) this.#undoRun();
      return answer;
    } catch (cause) {
      if (!this.#db.inTransaction || isStorageError(cause)) throw cause;
      this.#undoRun();
      throw new Undone('', { cause });
    } finally {
      if (this.#db.inTransaction) this.#sql.release.run();
    }
  }

  /** What was learnt since the savepoint is unlearnt; runs before it in the group stay. */
  #undoRun(): void {
    this.#sql.rollBackRun.run();
    this.#ingest.undoRun();
  }

  /** Several runs of one request in one transaction: each is stored or refused on its own. */
  #ingestBatch(job: IngestJob & { body: Uint8Array }): BatchAnswer {
    if (this.#isDamaged) throw damaged();
    if (this.#refusal !== null) throw new AppError('storage_failure', this.#refusal);
    const entries = readBatch(job.body, job.receivedAtMs);
    const digest = digestOf(job);
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      const answer =
        this.#ingest.earlierAnswer<BatchAnswer>(job, digest) ??
        this.#storeBatch(job, digest, entries);
      this.#ingest.beforeCommit();
      this.#db.exec(job.dryRun ? 'ROLLBACK' : 'COMMIT');
      if (job.dryRun) this.#ingest.rolledBack();
      else this.#judgeStored();
      this.#dirtyPages += 10 * entries.length + job.body.length / 8192;
      this.#hasLog = true;
      return answer;
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  #storeBatch(job: IngestJob, digest: Buffer | null, entries: BatchEntry[]): BatchAnswer {
    const answer = entries.map((entry) => this.#storeEntry(job, entry));
    this.#ingest.rememberRequest(job, digest, answer);
    return answer;
  }

  #storeEntry(job: IngestJob, entry: BatchEntry): BatchAnswer[number] {
    if ('error' in entry) return { error: toPlainError(entry.error) };
    this.#sql.savepoint.run();
    try {
      return { stored: this.#ingest.storeRun(job, entry) };
    } catch (error) {
      if (!this.#db.inTransaction || !(error instanceof AppError)) throw error;
      this.#undoRun();
      return { error: toPlainError(error) };
    } finally {
      recycle(entry.run.cases);
      if (this.#db.inTransaction) this.#sql.release.run();
    }
  }

  #judgeStored(): void {
    for (const { repoId, seq, upload } of this.#ingest.committed()) {
      this.#judge.stored(repoId, seq, upload);
    }
  }

  #rollBack(): void {
    this.#ingest.rolledBack();
    try {
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
    } catch (cause) {
      this.#learnFrom(cause);
    }
  }

  #serve(call: Call): void {
    const verb = this.#verbs[call.method];
    if (verb === undefined) {
      refuse(this.#port, call.id, new Error(`the writer has no verb ${call.method}`));
      return;
    }
    answer(this.#port, call.id, () => {
      try {
        return verb(...(call.args as never[]));
      } catch (cause) {
        this.#learnFrom(cause);
        throw cause instanceof AppError ? cause : storageFailure(cause);
      }
    });
    if (call.method === 'close') this.#port.close();
  }

  readonly #verbs: Record<string, (...args: never[]) => unknown> = {
    ingestBatch: (job: IngestJob & { body: Uint8Array }) => this.#ingestBatch(job),
    createWorkspace: (name: string, by: Actor, nowMs: number) =>
      this.#transact(() => createWorkspace(this.#db, name, by, nowMs)),
    setPlan: (id: number, change: PlanChange, by: Actor, nowMs: number) =>
      this.#transact(() => setPlan(this.#db, id, change, by, nowMs)),
    addCredits: (spent: Spent[], nowMs: number) =>
      this.#transact(() => addCredits(this.#db, spent, nowMs)),
    createKey: (key: NewKey, by: Actor, nowMs: number) =>
      this.#transact(() => insertKey(this.#db, key, by, nowMs, this.#random)),
    revokeKey: (workspaceId: number | null, id: number, by: Actor, nowMs: number) =>
      this.#transact(() => revokeKey(this.#db, workspaceId, id, by, nowMs)),
    accounts: (verb: string, args: unknown[]) =>
      this.#transact(() => callVerb(accountWrites(this.#db, this.#random), verb, args)),
    rebuild: (slug: string | null) => {
      const repos = this.#judge.rebuild(slug);
      this.#judgeIfDue();
      return repos;
    },
    setDefaultBranch: (change: BranchChange, by: Actor, nowMs: number) =>
      this.#setDefaultBranch(change, by, nowMs),
    judging: () => ({ backlog: this.#judge.backlog, isDone: this.#judge.dueAtMs === null }),
    close: (isSound: boolean) => this.#close(isSound),
  };

  /** The decision and the end of what it overturns are one: a stop between them would keep both. */
  #setDefaultBranch(change: BranchChange, by: Actor, nowMs: number): boolean {
    const isOverturned = this.#transact(() => {
      const overturns = changeBranch(this.#db, change, by, nowMs);
      if (overturns) this.#judge.rebuild(change.slug);
      return overturns;
    });
    this.#judgeIfDue();
    return isOverturned;
  }

  /** On a full disk the ballast is given up for it: these verbs are small, and some make room. */
  #transact<T>(work: () => T): T {
    if (this.#isDamaged) throw damaged();
    const transaction = this.#db.transaction(work);
    let value: T;
    try {
      value = transaction.immediate();
    } catch (cause) {
      if (!isFull(cause) || !this.#filled()) throw cause;
      value = transaction.immediate();
    }
    this.#assertOnce();
    this.#dirtyPages += 4;
    this.#hasLog = true;
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
    if (!isDue || this.#isDamaged) return;
    this.#lastCheckpoint = performance.now();
    // A reader may hold a part of the log back, a full disk all of it: that waits for its next turn.
    this.#dirtyPages = this.#checkpoint('PASSIVE') === null ? 1 : 0;
  }

  /** Gives the log's room back once nothing was written for a while; never waits for a reader. */
  #emptyLogWhenIdle(): void {
    if (!this.#hasLog || performance.now() - this.#lastCheckpoint < checkpointMs) return;
    this.#lastCheckpoint = performance.now();
    this.#db.pragma('busy_timeout=0');
    if (this.#checkpoint('TRUNCATE') === 'all') this.#hasLog = false;
    if (!this.#isDamaged) this.#db.pragma('busy_timeout=5000');
  }

  /** How much of the log is in the file now; null when it failed. */
  #checkpoint(mode: 'PASSIVE' | 'TRUNCATE'): 'all' | 'some' | null {
    try {
      const [row] = this.#db.pragma(`wal_checkpoint(${mode})`) as [
        { busy: number; log: number; checkpointed: number },
      ];
      return row.busy === 0 && row.log === row.checkpointed ? 'all' : 'some';
    } catch (cause) {
      this.#learnFrom(cause);
      return null;
    }
  }

  /**
   * Empties the log, so that the folder holds one plain file after a clean stop, and takes the mark
   * of running away if the file is known to be sound. Throws when the disk failed on the way.
   */
  #close(isSound: boolean): void {
    const isEmpty = !this.#isDamaged && this.#checkpoint('TRUNCATE') === 'all';
    this.#db.close();
    if (this.#isDamaged) throw damaged();
    if (isSound && isEmpty) markStopped(this.#folder);
  }

  #learnFrom(cause: unknown): void {
    if (isFull(cause)) this.#filled();
    else if ((isDamage(cause) || isWriteLost(cause)) && !this.#isDamaged) {
      this.#isDamaged = true;
      const text = damageLine(this.#db.name, (cause as Error).message);
      tell(this.#port, { notice: 'damage', text });
    }
  }

  /** true when the ballast made room. */
  #filled(): boolean {
    const hasRoom = this.#disk.filled();
    this.#announce();
    return hasRoom;
  }
}

/** A large body is given back when it is used up: the collector is in no hurry with what it hardly sees. */
function giveBack(job: IngestJob): void {
  if ('body' in job && job.body.length > largeBody) (job.body.buffer as ArrayBuffer).transfer(0);
}

const damaged = (): AppError =>
  new AppError('storage_failure', 'the store is damaged; nothing was stored');
