import { createHash } from 'node:crypto';
import { Notes, type ReadRun, readHead } from '../contract/test-run.ts';
import type { CaseTable } from '../domain/case-table.ts';
import { FAILED, FLAKY } from '../domain/logical-run.ts';
import type { TestRun, Warning } from '../domain/model.ts';
import { unpackCases } from '../domain/packed-cases.ts';
import { authorize, type Principal } from '../domain/principal.ts';
import { AppError } from '../errors.ts';
import { readRunBytes } from '../formats/json-run.ts';
import type { ReadReport } from '../formats/report.ts';
import { limits } from '../limits.ts';
import { Admissions } from './admissions.ts';
import { type Columns, encodeColumns, encodeTexts } from './blocks.ts';
import { type StoredUpload, uploadWithoutCases } from './judge/facts.ts';
import { Names } from './names.ts';
import { type Repo, Repos } from './repos.ts';
import { Runs } from './runs.ts';
import type { Db } from './sqlite.ts';
import { StripeSealer } from './stripe-sealer.ts';
import { formatUuid, makeUuid } from './uuid.ts';
import { Credits } from './workspaces.ts';

export type KeyPrincipal = Extract<Principal, { kind: 'key' }>;

/** What came in: a JSON body as received, or what the parser thread made of another format. */
export type Source = { body: Uint8Array } | { report: ReadReport };

/** One post on its way to the disk. */
export type IngestJob = Source & {
  principal: KeyPrincipal;
  receivedAtMs: number;
  /** null: the caller is not limited (demo) */
  admittedAtMs: number | null;
  route: string;
  /** what the query asked for; the same Idempotency-Key must come with the same */
  query?: string;
  idempotencyKey: string | null;
  /** does everything, keeps nothing */
  dryRun?: boolean;
  /** one of many runs of the same request: all of them count as one post when commits are shared */
  isLine?: boolean;
};

export type IngestAnswer = {
  id: string;
  repo: string;
  casesStored: number;
  casesDropped: number;
  warnings: Warning[];
};

/** What was stored, for who judges it; `upload` null: it is to be read. */
type Stored = { repoId: number; seq: number; upload: StoredUpload | null };

/** A parsed job, checked as far as possible without the database. */
export type Prepared = { job: IngestJob; digest: Buffer | null; run: TestRun; warnings: Warning[] };

/** Parsing and checking: throws the 400s. CPU only. */
export function prepareJob(job: IngestJob): Prepared {
  const { run, warnings } = readSource(job, job.receivedAtMs);
  return { job, digest: digestOf(job), run, warnings };
}

function readSource(source: Source, nowMs: number): ReadRun {
  if ('body' in source) return readRunBytes(source.body, nowMs);
  const { head, cases, casesDropped, warnings } = source.report;
  return readHead(head, unpackCases(cases), nowMs, Notes.of(warnings), casesDropped);
}

/** What an Idempotency-Key stands for; null without one. */
export function digestOf(job: IngestJob): Buffer | null {
  if (job.idempotencyKey === null) return null;
  const content = 'body' in job ? job.body : job.report.digest;
  return createHash('sha256')
    .update(`${job.query ?? ''}\0`)
    .update(content)
    .digest();
}

/** How large a post is, for the sharing of transactions. */
export const bytesOf = (source: Source): number =>
  'body' in source ? source.body.length : source.report.cases.bytes.length;

/** Writes uploads. `store` runs inside a transaction of the caller; one call is one upload. */
export class Ingest {
  readonly #sql;
  readonly #names: Names;
  readonly #runs: Runs;
  readonly #repos: Repos;
  readonly #credits: Credits;
  readonly #admissions: Admissions;
  readonly stripes: StripeSealer;
  readonly #random: (bytes: number) => Uint8Array;
  #hasWritten = false;
  /** uploads of the open transaction, and how many there were before its last run */
  #stored: Stored[] = [];
  #storedBefore = 0;

  constructor(db: Db, random: (bytes: number) => Uint8Array, rateWindowMs: number) {
    this.#sql = prepare(db);
    this.#names = new Names(db);
    this.#runs = new Runs(db);
    this.#repos = new Repos(db);
    this.#credits = new Credits(db);
    this.#admissions = new Admissions(db, 2 * rateWindowMs);
    this.stripes = new StripeSealer(db);
    this.#random = pooled(random);
  }

  /** Whether the run at hand has left a trace: only then a refusal of it must be undone. */
  get hasWritten(): boolean {
    return this.#hasWritten;
  }

  /** Stores one upload, or finds that it was stored before. Throws the 403s, 409s, 429s. O(cases). */
  store({ job, digest, run, warnings }: Prepared): IngestAnswer {
    this.#begin();
    const earlier = this.earlierAnswer<IngestAnswer>(job, digest);
    if (earlier !== undefined) return earlier;
    const answer = this.storeRun(job, { run, warnings });
    this.rememberRequest(job, digest, answer);
    return answer;
  }

  /** Stores one upload of a request that may hold several. */
  storeRun(job: IngestJob, { run, warnings }: ReadRun): IngestAnswer {
    this.#begin();
    const known = this.#permittedRepo(job.principal, run.repo);
    this.#credits.take(job.principal.workspaceId, job.receivedAtMs);
    this.#hasWritten = true;
    // The first accepted upload creates the repo in the key's workspace.
    const repo = known ?? this.#repos.make(job.principal.workspaceId, run.repo, job.receivedAtMs);
    const tests = this.#names.intern(repo, run.cases);
    const columns = toColumns(tests, run.cases);
    const uploadId = makeUuid(job.receivedAtMs, this.#random(16));
    const facts = { ...columns, summary: run.summary, shardIndex: run.shard?.index ?? null };
    const { receivedAtMs } = job;
    const place = this.#runs.place({ uploadId, repoId: repo.id, run, receivedAtMs, facts });
    const seq = this.#insertUpload(uploadId, place, job, run, warnings);
    if (run.cases.count > 0) this.#insertCases(seq, repo.id, columns, run.cases);
    this.#repos.hasRun(repo.id, place.runSeq);
    const ids = { seq, repoId: repo.id, runSeq: place.runSeq, id: uploadId };
    const isPlain = place.isFirst && run.cases.count === 0;
    const said = { run, attempt: place.attempt, receivedAtMs };
    const upload = isPlain ? uploadWithoutCases(ids, said) : null;
    this.#stored.push({ repoId: repo.id, seq, upload });
    return {
      id: formatUuid(uploadId),
      repo: repo.slug,
      casesStored: run.cases.count,
      casesDropped: run.casesDropped,
      warnings,
    };
  }

  #begin(): void {
    this.#hasWritten = false;
    this.#repos.begin();
    this.#credits.begin();
    this.#admissions.begin();
    this.#storedBefore = this.#stored.length;
  }

  /** Writes down what all runs of the transaction need only once. */
  beforeCommit(): void {
    this.#repos.flush();
    this.#credits.flush();
    this.#admissions.flush();
  }

  /** The uploads that are durable now. */
  committed(): Stored[] {
    this.#repos.committed();
    this.#names.committed();
    this.stripes.committed();
    this.#runs.committed();
    return this.#stored.splice(0);
  }

  /** The transaction is undone. */
  rolledBack(): void {
    this.#repos.rolledBack();
    this.#credits.forget();
    this.#admissions.forget();
    this.#stored.length = 0;
    this.#unlearn();
  }

  /** The last run of the transaction is undone, those before it stay. */
  undoRun(): void {
    this.#repos.undoRun();
    this.#credits.giveBack();
    this.#admissions.undoRun();
    this.#stored.length = this.#storedBefore;
    this.#unlearn();
  }

  #unlearn(): void {
    this.#names.rolledBack();
    this.stripes.rolledBack();
    this.#runs.rolledBack();
  }

  /** The answer to the same request before; undefined when there was none. Throws the 409. */
  earlierAnswer<T>(job: IngestJob, digest: Buffer | null): T | undefined {
    if (digest === null) return undefined;
    const { principal, route, idempotencyKey, receivedAtMs } = job;
    const row = this.#sql.findAnswer.get(principal.keyId, route, idempotencyKey!);
    if (row === undefined || row.at_ms <= receivedAtMs - limits.idempotencyMs.value)
      return undefined;
    if (row.body_digest.equals(digest)) return JSON.parse(row.answer) as T;
    throw new AppError('idempotency_key_reused', 'this Idempotency-Key was used with another body');
  }

  /** undefined: there is none of this name yet, and the key may make it. Throws the 403. */
  #permittedRepo(principal: KeyPrincipal, slug: string): Repo | undefined {
    const known = this.#repos.find(slug);
    const workspaceId = known?.workspaceId ?? principal.workspaceId;
    if (authorize(principal, 'ingest', { slug, workspaceId }) === 'yes') return known;
    throw new AppError('forbidden', 'this key may not post to this repo', { path: 'repo' });
  }

  #insertUpload(
    id: Buffer,
    place: { runSeq: number; attempt: number },
    job: IngestJob,
    run: TestRun,
    warnings: Warning[],
  ): number {
    const { summary } = run;
    const { lastInsertRowid } = this.#sql.insertUpload.run(
      id,
      place.runSeq,
      job.principal.keyId,
      place.attempt,
      run.shard?.index ?? null,
      run.shard?.total ?? null,
      run.job,
      job.receivedAtMs,
      run.startedAtMs,
      summary.total,
      summary.passed,
      summary.failed,
      summary.skipped,
      summary.flaky,
      summary.durationMs,
      run.cases.count,
      run.casesDropped,
      warnings.length === 0 ? null : JSON.stringify(warnings),
      contextOf(run),
    );
    return Number(lastInsertRowid);
  }

  #insertCases(uploadSeq: number, repoId: number, columns: Columns, cases: CaseTable): void {
    this.#sql.insertBlock.run(uploadSeq, repoId, encodeColumns(columns), encodeTexts(cases.texts));
    this.stripes.stored(repoId);
    columns.statuses.forEach((status, position) => {
      if (status === FAILED || status === FLAKY) {
        this.#sql.insertFailure.run(repoId, columns.tests[position]!, uploadSeq, position, status);
      }
    });
  }

  /** The traces that a restart needs: the admission, and the answer to an idempotent post. */
  rememberRequest(job: IngestJob, digest: Buffer | null, answer: object): void {
    const { principal, admittedAtMs, receivedAtMs } = job;
    if (admittedAtMs !== null) this.#admissions.add(principal.keyId, admittedAtMs);
    if (digest !== null) {
      const text = JSON.stringify(answer);
      this.#sql.pruneAnswers.run(receivedAtMs - limits.idempotencyMs.value);
      this.#sql.insertAnswer.run(
        principal.keyId,
        job.route,
        job.idempotencyKey,
        digest,
        text,
        receivedAtMs,
      );
    }
  }
}

/** A draw from the system costs more than an insert, so one draw serves many uploads. */
function pooled(random: (bytes: number) => Uint8Array): (bytes: number) => Uint8Array {
  let pool: Uint8Array = new Uint8Array();
  return (bytes) => {
    if (pool.length < bytes) pool = random(64 * bytes);
    const drawn = pool.subarray(0, bytes);
    pool = pool.subarray(bytes);
    return drawn;
  };
}

const noColumns: Columns = {
  tests: new Uint32Array(),
  statuses: new Uint8Array(),
  durations: new Float64Array(),
  attempts: new Uint16Array(),
  startedAtMs: null,
};

function toColumns(tests: Uint32Array, cases: CaseTable): Columns {
  const n = cases.count;
  if (n === 0) return noColumns;
  return {
    tests,
    statuses: cases.statuses.subarray(0, n),
    durations: cases.durations.subarray(0, n),
    attempts: cases.attempts.subarray(0, n),
    startedAtMs: cases.startedAtMs?.subarray(0, n) ?? null,
  };
}

/** What is shown or judged by, but never searched: one JSON column. */
function contextOf(run: TestRun): string | null {
  const { parents, baseCommit, baseBranch, pullRequest, commitTimeMs, reporter, tags } = run;
  const said = Object.entries({
    baseCommit,
    baseBranch,
    pullRequest,
    commitTimeMs,
    reporter,
  }).filter(([, value]) => value !== null);
  const lists = Object.entries({ parents, tags }).filter(([, list]) => list.length > 0);
  const entries = [...said, ...lists];
  return entries.length === 0 ? null : JSON.stringify(Object.fromEntries(entries));
}

function prepare(db: Db) {
  return {
    insertUpload: db.prepare(
      `INSERT INTO uploads (id, run_seq, key_id, attempt, shard_index, shard_total, job, received_at_ms,
         started_at_ms, total, passed, failed, skipped, flaky, duration_ms, cases_stored, cases_dropped,
         warnings, context)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    insertBlock: db.prepare(
      'INSERT INTO blocks (upload_seq, repo_id, columns, texts) VALUES (?, ?, ?, ?)',
    ),
    insertFailure: db.prepare(
      'INSERT INTO failures (repo_id, test_no, upload_seq, position, status) VALUES (?, ?, ?, ?, ?)',
    ),
    findAnswer: db.prepare<
      [number, string, string],
      { body_digest: Buffer; answer: string; at_ms: number }
    >(
      `SELECT body_digest, answer, at_ms FROM idempotent_answers
       WHERE key_id = ? AND route = ? AND value = ?`,
    ),
    insertAnswer: db.prepare(
      `INSERT OR REPLACE INTO idempotent_answers (key_id, route, value, body_digest, answer, at_ms)
       VALUES (?, ?, ?, ?, ?, ?)`,
    ),
    pruneAnswers: db.prepare(
      `DELETE FROM idempotent_answers WHERE (key_id, route, value) IN
         (SELECT key_id, route, value FROM idempotent_answers WHERE at_ms < ? ORDER BY at_ms LIMIT 8)`,
    ),
  };
}
