import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ExitError } from '../errors.ts';
import { resource } from '../resources.ts';
import type { IngestAnswer, IngestJob } from './ingest.ts';
import type { FirstStart, FoundKey, KeyFacts, NewKey } from './keys.ts';
import type { Overview } from './overview.ts';
import type {
  CaseFilter,
  CasePage,
  Page,
  RepoFacts,
  RunDetail,
  RunFacts,
  RunFilter,
  TroubledSuite,
  Visible,
} from './reads.ts';
import { ThreadClient } from './rpc.ts';

/**
 * The one door to everything kept. Asynchronous: behind it is one writing thread and some reading
 * ones, and nothing outside this folder knows which engine they use. Writes resolve when they are
 * durably on disk; reads see every write that has resolved.
 */
export type Store = {
  /** Parses, checks and stores one upload. Takes the body's memory. Rejects with the 4xx to answer. */
  ingest(job: IngestJob): Promise<IngestAnswer>;

  findKey(hash: Uint8Array): Promise<FoundKey | null>;
  listKeys(): Promise<KeyFacts[]>;
  /** The new key, whole; it is never shown again. */
  createKey(key: NewKey, nowMs: number): Promise<string>;
  revokeKey(id: number, nowMs: number): Promise<void>;
  findSetup(token: string, nowMs: number): Promise<{ workspace: string } | null>;
  finishSetup(token: string, workspace: string, nowMs: number): Promise<void>;
  admissionsSince(sinceMs: number): Promise<{ keyId: number; atMs: number }[]>;

  /** counts over all repos */
  overview(): Promise<Overview>;
  listRepos(
    visible: Visible,
    limit: number,
    cursor: string | null,
    q: string | null,
  ): Promise<Page<RepoFacts>>;
  getRepo(slug: string): Promise<RepoFacts | null>;
  listRuns(
    slug: string,
    filter: RunFilter,
    limit: number,
    cursor: number | null,
  ): Promise<Page<RunFacts>>;
  /** by the id of any of its uploads */
  getRun(id: string): Promise<RunDetail | null>;
  listCases(
    runId: string,
    filter: CaseFilter,
    limit: number,
    offset: number,
  ): Promise<CasePage | null>;
  /** the suites of a run with the most failed and flaky cases, worst first */
  troubledSuites(runId: string, limit: number): Promise<TroubledSuite[]>;

  /** uploads and other writes not yet answered */
  readonly writesWaiting: number;
  /** Waits for what was begun, empties the log, releases the folder. */
  close(): Promise<void>;
};

export type OpenOptions = {
  folder: string;
  nowMs: number;
  pid: number;
  readers?: number;
  /** called once when a thread dies of itself: the appliance must stop */
  onFailure: (cause: unknown) => void;
};

export type ThreadStart = {
  role: 'writer' | 'reader';
  folder: string;
  migrations: string;
  nowMs: number;
  pid: number;
};

/** Opens or creates the data folder. Throws ExitError when it may not or cannot be used. */
export async function openStore(
  options: OpenOptions,
): Promise<{ store: Store; firstStart: FirstStart | null }> {
  let isClosing = false;
  const onFailure = (cause: unknown) => {
    if (!isClosing) options.onFailure(cause);
  };
  const { folder, nowMs, pid } = options;
  const base = { folder, nowMs, pid, migrations: resource('migrations') };
  const writer = await startThread({ ...base, role: 'writer' }, onFailure);
  const count = options.readers ?? Math.min(4, availableParallelism());
  const readers = await Promise.all(
    Array.from({ length: count }, () => startThread({ ...base, role: 'reader' }, onFailure)),
  );
  const close = async () => {
    isClosing = true;
    await Promise.all(readers.map((reader) => reader.stop()));
    await writer.stop();
  };
  const store = door(
    writer.client,
    readers.map((r) => r.client),
    close,
  );
  return { store, firstStart: writer.ready as FirstStart | null };
}

function door(writer: ThreadClient, readers: ThreadClient[], close: () => Promise<void>): Store {
  const read = <T>(method: string, ...args: unknown[]) => leastBusy(readers).call<T>(method, args);
  const write = <T>(method: string, ...args: unknown[]) => writer.call<T>(method, args);
  return {
    ingest: (job) => writer.call('ingest', [job], [job.body.buffer as ArrayBuffer]),
    findKey: (hash) => read('findKey', hash),
    listKeys: () => read('listKeys'),
    createKey: (key, nowMs) => write('createKey', key, nowMs),
    revokeKey: (id, nowMs) => write('revokeKey', id, nowMs),
    findSetup: (token, nowMs) => read('findSetup', token, nowMs),
    finishSetup: (token, workspace, nowMs) => write('finishSetup', token, workspace, nowMs),
    admissionsSince: (sinceMs) => read('admissionsSince', sinceMs),
    overview: () => read('overview'),
    listRepos: (visible, limit, cursor, q) => read('listRepos', visible, limit, cursor, q),
    getRepo: (slug) => read('getRepo', slug),
    listRuns: (slug, filter, limit, cursor) => read('listRuns', slug, filter, limit, cursor),
    getRun: (id) => read('getRun', id),
    listCases: (runId, filter, limit, offset) => read('listCases', runId, filter, limit, offset),
    troubledSuites: (runId, limit) => read('troubledSuites', runId, limit),
    get writesWaiting() {
      return writer.waiting;
    },
    close,
  };
}

const leastBusy = (readers: ThreadClient[]): ThreadClient =>
  readers.reduce((least, reader) => (reader.waiting < least.waiting ? reader : least));

type Thread = { client: ThreadClient; ready: unknown; stop: () => Promise<void> };

async function startThread(
  start: ThreadStart,
  onFailure: (cause: unknown) => void,
): Promise<Thread> {
  const worker = new Worker(threadFile(start.role), { workerData: start, name: start.role });
  const [message] = (await once(worker, 'message')) as [
    { ready?: unknown; exit?: { code: number; message: string } },
  ];
  if (message.exit !== undefined) throw new ExitError(message.exit.code, message.exit.message);
  const client = new ThreadClient(worker);
  const ended = once(worker, 'exit');
  worker.once('error', onFailure);
  worker.once('exit', (code) =>
    onFailure(new Error(`the ${start.role} thread ended with ${code}`)),
  );
  const stop = async () => {
    await client.call('close', []);
    await ended;
  };
  return { client, ready: message.ready, stop };
}

/** Beside this file in a checkout; beside the bundle in the binary. */
function threadFile(role: ThreadStart['role']): string {
  const bundled = join(import.meta.dirname, `${role}-thread.cjs`);
  return existsSync(bundled) ? bundled : join(import.meta.dirname, `${role}-thread.ts`);
}
