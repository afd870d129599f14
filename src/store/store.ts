import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { buffersOf } from '../domain/packed-cases.ts';
import type { Visible } from '../domain/principal.ts';
import type { Usage } from '../domain/quota.ts';
import type { ExitError } from '../errors.ts';
import type { ReportFormat } from '../formats/report-session.ts';
import { limits } from '../limits.ts';
import { resource } from '../resources.ts';
import { type Actor, theOperator } from './accounts/audit.ts';
import { type Accounts, accountsDoor } from './accounts/door.ts';
import type { FirstStart } from './accounts/setup.ts';
import type { Admitted } from './admissions.ts';
import { Gate } from './gate.ts';
import type { TestHistory } from './history.ts';
import type { IngestAnswer, IngestJob, Source } from './ingest.ts';
import { declareDamaged } from './integrity.ts';
import type { BranchChange } from './judge/branch-change.ts';
import type { GradeAsOf } from './judge/grade-as-of.ts';
import { type JudgedDoor, judgedDoor } from './judged/door.ts';
import type { FoundKey, KeyFacts, MadeKey, NewKey } from './keys.ts';
import type { OtherCells } from './matrix.ts';
import type { NewsItem } from './news.ts';
import type { Overview, OverviewQuery } from './overview.ts';
import { Parser, type ReportUpload } from './parser.ts';
import type {
  CaseFilter,
  CasePage,
  Page,
  RepoFacts,
  RunDetail,
  RunFacts,
  RunFilter,
  RunPlace,
  TroubledSuite,
} from './reads.ts';
import { Keeper, KeptThread, type Role, startThread, type ThreadFaults } from './threads.ts';
import type { PlanChange, Spent, WorkspaceFacts } from './workspaces.ts';
import type { BatchAnswer } from './writer.ts';
import type { WriterReady } from './writer-thread.ts';

/**
 * The one door to everything kept. Asynchronous: behind it is one writing thread and some reading
 * ones, and nothing outside this folder knows which engine they use. Writes resolve when they are
 * durably on disk; reads see every write that has resolved.
 */
export type Store = JudgedDoor & {
  /** Parses, checks and stores one upload. Takes the body's memory. Rejects with the 4xx to answer. */
  ingest(job: IngestJob): Promise<IngestAnswer>;

  /** A report in another format, to be written as it streams in; `ingest` stores what it comes to. */
  openReport(format: ReportFormat): ReportUpload;
  /** The same for a JSON batch; the runs are stored or refused one by one. */
  ingestBatch(job: IngestJob & { body: Uint8Array }): Promise<BatchAnswer>;

  /** people: who they are, where they may what, and what was done */
  readonly accounts: Accounts;

  findKey(hash: Uint8Array): Promise<FoundKey | null>;
  /** of one workspace or (null) of all */
  listKeys(workspaceId: number | null): Promise<KeyFacts[]>;
  /** The new key, whole; it is never shown again. */
  createKey(key: NewKey, nowMs: number, by?: Actor): Promise<MadeKey>;
  revokeKey(workspaceId: number | null, id: number, nowMs: number, by?: Actor): Promise<void>;

  listWorkspaces(nowMs: number): Promise<WorkspaceFacts[]>;
  /** The id of the new workspace. */
  createWorkspace(name: string, nowMs: number): Promise<number>;
  setPlan(id: number, change: PlanChange, nowMs: number): Promise<void>;
  usage(workspaceId: number, nowMs: number): Promise<Usage>;
  /** Writes down credits spent on reads; how each workspace stands then, in the order given. */
  addCredits(spent: readonly Spent[], nowMs: number): Promise<Usage[]>;

  admissionsSince(sinceMs: number): Promise<Admitted[]>;

  /** counts over the repos that may be seen */
  overview(visible: Visible, query: OverviewQuery): Promise<Overview>;
  listRepos(
    visible: Visible,
    limit: number,
    cursor: string | null,
    q: string | null,
    recentRuns: number,
  ): Promise<Page<RepoFacts>>;
  getRepo(slug: string, recentRuns: number): Promise<RepoFacts | null>;
  /** by the id of any of its uploads */
  findRun(id: string): Promise<RunPlace | null>;
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
  /** The newest uploads in which a test has a result: at most `limit`, and at most 256. */
  testHistory(slug: string, testId: string, limit: number): Promise<TestHistory | null>;
  /** the suites of a run with the most failed and flaky cases, worst first */
  troubledSuites(runId: string, limit: number): Promise<TroubledSuite[]>;
  /** the other runs of the same CI run, at most `limit` */
  otherCells(runSeq: number, limit: number): Promise<OtherCells>;

  /**
   * Judges a repo anew from its facts, null all of them; resolves with how many when that has begun.
   * `judging` tells when it is done. Throws not_found.
   */
  rebuild(slug: string | null): Promise<number>;
  /**
   * Decides on a repo's default branch; whether it is judged anew for it, which then has begun. Throws
   * not_found.
   */
  setDefaultBranch(change: BranchChange, by: Actor, nowMs: number): Promise<boolean>;
  /** uploads that are not judged yet, and whether nothing is left to do */
  judging(): Promise<{ backlog: number; isDone: boolean }>;
  /** SHA-256 of the rows of each table of judgements, by table */
  digestJudgements(): Promise<Record<string, string>>;
  /** The grade of a repo at a time, made anew from the uploads received until then; null: none were. */
  gradeAsOf(slug: string, asOfMs: number): Promise<GradeAsOf | null>;

  /** Calls `listener` for each change from now on, soon after it can be read. Returns what ends that. */
  onNews(listener: (item: NewsItem) => void): () => void;

  /** uploads and other writes not yet answered */
  readonly writesWaiting: number;
  /** why no runs are accepted now, in a sentence; else null */
  readonly refusal: string | null;
  /**
   * After an unclean stop, checks the file beside all other work and resolves with what is wrong
   * (at most ten lines); damage ends the store through `onFailure`. null: the last stop was clean.
   */
  checkAfterCrash(): Promise<string[] | null>;
  /** a check is under way, which nothing but a kill interrupts */
  readonly isChecking: boolean;
  /** Waits for what was begun, empties the log, releases the folder. */
  close(): Promise<void>;
};

export type OpenOptions = {
  folder: string;
  nowMs: number;
  pid: number;
  readers?: number;
  /** of the rate limit; how long admissions matter */
  rateWindowMs?: number;
  /** called once when the store cannot go on: the appliance must end with this */
  onFailure: (exit: ExitError) => void;
  /** a thread died and is started again */
  onThreadDeath?: (role: Role, cause: string) => void;
  /** a repo could not be judged; its facts are untouched, and its next upload tries again */
  onUnjudged?: (text: string) => void;
  faults?: ThreadFaults;
};

/** How long a stop waits for a check of the file that is under way. */
const checkPatienceMs = 5000;

/** Opens or creates the data folder. Throws ExitError when it may not or cannot be used. */
export async function openStore(
  options: OpenOptions,
): Promise<{ store: Store; firstStart: FirstStart | null }> {
  const { folder, nowMs, pid, faults = {}, onFailure } = options;
  const { onThreadDeath = () => {}, onUnjudged = () => {} } = options;
  const keeper = new Keeper(faults, onFailure, onThreadDeath, onUnjudged);
  const rateWindowMs = options.rateWindowMs ?? limits.rateWindowMs.value;
  const migrations = resource('migrations');
  const gate = new Gate();
  const base = { folder, nowMs, pid, rateWindowMs, migrations, gate: gate.shared, isAgain: false };
  const count = options.readers ?? Math.min(4, availableParallelism());
  // Readers load their code meanwhile, and wait at the gate until the writer has opened the file.
  const opening = Promise.allSettled(
    Array.from({ length: count }, () => KeptThread.open({ ...base, role: 'reader' }, keeper)),
  );
  const { thread: writer, ready } = await KeptThread.open(
    { ...base, role: 'writer' },
    keeper,
  ).catch(async (error) => {
    gate.shut();
    await opening;
    throw error;
  });
  gate.open();
  const { firstStart, wasLeftRunning } = ready as WriterReady;
  const opened = await opening;
  const readers = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value.thread] : []));
  const failed = opened.find((one) => one.status === 'rejected');
  if (failed !== undefined) {
    keeper.close();
    await Promise.all([...readers, writer].map((thread) => thread.stop(false)));
    throw failed.reason;
  }
  let isSound = !wasLeftRunning;
  let checking: Promise<{ ready: unknown }> | null = null;
  const checkAfterCrash = async () => {
    if (isSound) return null;
    checking = startThread({ ...base, role: 'check' });
    const { ready } = await checking.finally(() => {
      checking = null;
    });
    const found = ready as string[];
    isSound = found.length === 0;
    if (!isSound) keeper.fail(declareDamaged(folder, found));
    return found;
  };
  const parser = new Parser(faults.onParserStart);
  const close = async () => {
    keeper.close();
    await Promise.race([
      checking?.catch(() => {}),
      sleep(checkPatienceMs, undefined, { ref: false }),
    ]);
    await parser.close();
    await Promise.all(readers.map((reader) => reader.stop()));
    await writer.stop(isSound);
  };
  const store = door(writer, readers, keeper, parser, {
    checkAfterCrash,
    close,
    get isChecking() {
      return checking !== null;
    },
  });
  return { store, firstStart };
}

function door(
  writer: KeptThread,
  readers: KeptThread[],
  keeper: Keeper,
  parser: Parser,
  rest: Pick<Store, 'checkAfterCrash' | 'isChecking' | 'close'>,
): Store {
  const read = <T>(method: string, ...args: unknown[]) => leastBusy(readers).call<T>(method, args);
  const write = <T>(method: string, ...args: unknown[]) => writer.call<T>(method, args);
  return {
    ...judgedDoor(read),
    onNews: (listener) => keeper.news.listen(listener),
    ingest: (job) =>
      keeper.news.ofRun(writer.callTogether('ingest', [job], memoryOf(job)), job.dryRun),
    openReport: (format) => parser.open(format),
    ingestBatch: (job) =>
      keeper.news.ofBatch(writer.call('ingestBatch', [job], memoryOf(job)), job.dryRun),
    findKey: (hash) => read('findKey', hash),
    listKeys: (workspaceId) => read('listKeys', workspaceId),
    accounts: accountsDoor(read, write),
    createKey: (key, nowMs, by = theOperator) => write('createKey', key, by, nowMs),
    revokeKey: (workspaceId, id, nowMs, by = theOperator) =>
      write('revokeKey', workspaceId, id, by, nowMs),
    listWorkspaces: (nowMs) => read('listWorkspaces', nowMs),
    usage: (workspaceId, nowMs) => read('usage', workspaceId, nowMs),
    createWorkspace: (name, nowMs) => write('createWorkspace', name, theOperator, nowMs),
    setPlan: (id, change, nowMs) => write('setPlan', id, change, theOperator, nowMs),
    addCredits: (spent, nowMs) => write('addCredits', spent, nowMs),
    admissionsSince: (sinceMs) => read('admissionsSince', sinceMs),
    overview: (visible, query) => read('overview', visible, query),
    listRepos: (...args) => read('listRepos', ...args),
    findRun: (id) => read('findRun', id),
    getRepo: (slug, recentRuns) => read('getRepo', slug, recentRuns),
    listRuns: (slug, filter, limit, cursor) => read('listRuns', slug, filter, limit, cursor),
    getRun: (id) => read('getRun', id),
    listCases: (runId, filter, limit, offset) => read('listCases', runId, filter, limit, offset),
    testHistory: (slug, testId, limit) => read('testHistory', slug, testId, limit),
    troubledSuites: (runId, limit) => read('troubledSuites', runId, limit),
    otherCells: (runSeq, limit) => read('otherCells', runSeq, limit),
    rebuild: (slug) => write('rebuild', slug),
    setDefaultBranch: (change, by, nowMs) => write('setDefaultBranch', change, by, nowMs),
    judging: () => write('judging'),
    digestJudgements: () => read('digestJudgements'),
    gradeAsOf: (slug, asOfMs) => read('gradeAsOf', slug, asOfMs),
    get writesWaiting() {
      return writer.waiting;
    },
    get refusal() {
      if (keeper.failure !== null) return keeper.failure.message;
      return writer.isUp ? keeper.refusal : 'the store is starting again; try again';
    },
    checkAfterCrash: rest.checkAfterCrash,
    get isChecking() {
      return rest.isChecking;
    },
    close: rest.close,
  };
}

/** To hand over a piece of memory costs more than to copy one up to here, in bytes. */
const cheaplyCopied = 16_384;

/** What is handed over to the writer instead of being copied. */
function memoryOf(source: Source): ArrayBuffer[] {
  if (!('body' in source)) return buffersOf(source.report.cases);
  const buffer = source.body.buffer as ArrayBuffer;
  return buffer.byteLength <= cheaplyCopied ? [] : [buffer];
}

/** A thread that is starting again counts only when there is no other. */
const leastBusy = (readers: KeptThread[]): KeptThread =>
  readers.reduce((least, reader) => {
    if (reader.isUp !== least.isUp) return reader.isUp ? reader : least;
    return reader.waiting < least.waiting ? reader : least;
  });
