import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashKey } from '../../src/domain/api-key.ts';
import { healths } from '../../src/domain/health.ts';
import { resource } from '../../src/resources.ts';
import { firstStart } from '../../src/store/accounts/setup.ts';
import { Histories } from '../../src/store/history.ts';
import { Ingest, type KeyPrincipal, prepareJob } from '../../src/store/ingest.ts';
import { digestJudgements } from '../../src/store/judge/digest.ts';
import type { StoredUpload } from '../../src/store/judge/facts.ts';
import type { Incident } from '../../src/store/judge/incident-book.ts';
import { Judge, type Pace } from '../../src/store/judge/judge.ts';
import type { IncidentBody, JudgementSummary } from '../../src/store/judge/judgement-rows.ts';
import { decodeVariants } from '../../src/store/judge/snapshot.ts';
import { judgedReads } from '../../src/store/judged/verbs.ts';
import { findKey } from '../../src/store/keys.ts';
import { migrate } from '../../src/store/migrate.ts';
import { Reads } from '../../src/store/reads.ts';
import { type Db, openWriter } from '../../src/store/sqlite.ts';

/** A writer's file and its judge in this thread, so that a test decides when something is judged. */
export class JudgedStore {
  readonly folder = mkdtempSync(join(tmpdir(), 'qualitypilot-'));
  readonly db: Db;
  readonly #ingest: Ingest;
  readonly #principal: KeyPrincipal;
  readonly #pace: Pace;
  readonly faults: string[] = [];
  judge: Judge;
  /** what the judge was told of the last post, so that it need not read it */
  told: StoredUpload | null = null;

  /** `pace`: how often it is evaluated meanwhile; absent: as soon as it may be, without a rest */
  constructor(pace: Pace = { takeMs: 200, everyMs: 0, share: Infinity }) {
    this.#pace = pace;
    this.db = openWriter(join(this.folder, 'test.db'));
    migrate(this.db, resource('migrations'));
    const first = firstStart(this.db, 0, randomBytes)!;
    this.#principal = findKey(this.db, hashKey(first.apiKey))!.principal;
    this.#ingest = new Ingest(this.db, randomBytes, 60_000);
    this.judge = this.#newJudge();
  }

  /** Stores a run as a post would; judged only when asked for. Returns the upload's id. */
  post(body: object | Buffer, receivedAtMs: number, idempotencyKey: string | null = null): string {
    const job = {
      principal: this.#principal,
      body: new Uint8Array(Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body))),
      receivedAtMs,
      admittedAtMs: null,
      route: 'test-runs',
      idempotencyKey,
    };
    this.db.exec('BEGIN IMMEDIATE');
    const { id } = this.#ingest.store(prepareJob(job));
    this.#ingest.beforeCommit();
    this.db.exec('COMMIT');
    for (const { repoId, seq, upload } of this.#ingest.committed()) {
      this.told = upload;
      this.judge.stored(repoId, seq, upload);
    }
    return id;
  }

  /** Judges until nothing is left to do. */
  settle(): void {
    while (this.judge.dueAtMs !== null) this.judge.work(1000);
    if (this.faults.length > 0) throw new Error(this.faults.join('\n'));
  }

  /** As after a restart: nothing is held in memory. */
  restart(): void {
    this.judge = this.#newJudge();
    this.judge.start();
  }

  rebuild(): void {
    this.judge.rebuild(null);
    this.settle();
  }

  /** What a reading thread would answer. */
  openReads() {
    return judgedReads(this.db, new Reads(this.db), new Histories(this.db));
  }

  summary(repo: string): JudgementSummary {
    const text = this.db
      .prepare<[string], string>(
        'SELECT summary FROM judgements JOIN repos ON id = repo_id WHERE slug = ?',
      )
      .pluck()
      .get(repo);
    return JSON.parse(text!) as JudgementSummary;
  }

  /** What is judged of the variants of a repo, by suite, name, job and environment. */
  variants(repo: string): Map<string, ReturnType<typeof rowAt>> {
    const block = this.db
      .prepare<[string], Buffer>(
        'SELECT variants FROM judgements JOIN repos ON id = repo_id WHERE slug = ?',
      )
      .pluck()
      .get(repo)!;
    const table = decodeVariants(block);
    const name = this.db
      .prepare<[string, number], string>(
        `SELECT suite || ' > ' || name || iif(ordinal > 1, ' #' || ordinal, '')
         FROM tests JOIN repos ON id = repo_id WHERE slug = ? AND test_no = ?`,
      )
      .pluck();
    const cell = this.db
      .prepare<[string, number], string>(
        `SELECT trim(job || ' ' || environment)
         FROM judged_cells JOIN repos ON id = repo_id WHERE slug = ? AND cell_no = ?`,
      )
      .pluck();
    return new Map(
      Array.from({ length: table.count }, (_, i) => {
        const [test, where] = [table.tests[i]!, table.cells[i]!];
        return [`${name.get(repo, test)} (${cell.get(repo, where)})`, rowAt(table, i)];
      }),
    );
  }

  incidents(repo: string): (IncidentBody & Pick<Incident, 'kind' | 'id'> & { isOpen: boolean })[] {
    type Row = { id: Buffer; kind: Incident['kind']; is_open: number; body: string };
    const rows = this.db
      .prepare<[string], Row>(
        `SELECT incidents.id, kind, is_open, body FROM incidents JOIN repos ON repos.id = repo_id
         WHERE slug = ? ORDER BY opened_at_ms, incidents.id`,
      )
      .all(repo);
    return rows.map(({ id, kind, is_open, body }) => ({
      ...(JSON.parse(body) as IncidentBody),
      id: id.toString('hex'),
      kind,
      isOpen: is_open === 1,
    }));
  }

  digests(): Record<string, string> {
    return digestJudgements(this.db);
  }

  close(): void {
    this.db.close();
    rmSync(this.folder, { recursive: true });
  }

  #newJudge(): Judge {
    return new Judge(
      this.db,
      { onFault: (text) => this.faults.push(text), onWrite() {}, onJudged() {} },
      this.#pace,
    );
  }
}

function rowAt(table: ReturnType<typeof decodeVariants>, i: number) {
  return {
    health: healths[table.healths[i]!]!,
    flaky: table.flaky[i]!,
    rate: table.rate[i]!,
    broken: table.broken[i]!,
    failing: table.failing[i]!,
    passing: table.passing[i]!,
    runs: table.runs[i]!,
    failures: table.failures[i]!,
    medianMs: table.medianMs[i]!,
  };
}
