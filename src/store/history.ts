import { displayName } from '../domain/identity.ts';
import { type Status, statuses } from '../domain/model.ts';
import { foldSlug } from '../domain/slug.ts';
import { findCase } from './blocks.ts';
import { CorruptBlockError } from './sealed.ts';
import type { Db } from './sqlite.ts';
import { type Cell, groupOf, readStripe } from './stripes.ts';
import { formatUuid } from './uuid.ts';

/** What one test did in one upload. */
export type HistoryEntry = {
  uploadId: string;
  runId: string;
  receivedAtMs: number;
  branch: string | null;
  commit: string | null;
  job: string | null;
  environment: string | null;
  attempt: number;
  status: Status;
  /** null: not reported */
  durationMs: number | null;
  attempts: number;
};

export type TestHistory = {
  testId: string;
  /** its number in the repo; not shown */
  testNo: number;
  suite: string;
  name: string;
  file: string | null;
  /** newest first */
  entries: HistoryEntry[];
  /** false: older entries may exist beyond what was looked at */
  isWhole: boolean;
};

/** What one test did, newest first; nothing of the uploads. */
export type TestResults = { test: TestRow; cells: Cell[]; isWhole: boolean };

const mostEntries = 256;
/** How far back a test is looked for that is seldom run: 4,096 uploads of its repo. */
const mostStripes = 64;

/** The history of single tests. Belongs to a reader. */
export class Histories {
  readonly #sql;
  readonly #inOneSnapshot: (work: () => TestHistory | null) => TestHistory | null;

  constructor(db: Db) {
    this.#sql = prepare(db);
    this.#inOneSnapshot = db.transaction((work: () => TestHistory | null) => work());
  }

  /**
   * The newest uploads in which a test has a result, at most 256 of them. Reads the blocks of the
   * uploads that are in no stripe yet (fewer than 64, and what the writer is behind), and at most
   * 64 stripes. null when there is no such repo or test.
   */
  testHistory(slug: string, testId: string, limit: number): TestHistory | null {
    return this.#inOneSnapshot(() => this.read(slug, testId, Math.min(limit, mostEntries)));
  }

  /** The same inside a snapshot of the caller. */
  read(slug: string, testId: string, limit: number): TestHistory | null {
    const found = this.results(slug, testId, limit);
    return found && this.historyOf(testId, found, limit);
  }

  /** Of results that were read before, the newest `limit`, with the uploads they are from. */
  historyOf(testId: string, { test, cells, isWhole }: TestResults, limit: number): TestHistory {
    return {
      testId,
      testNo: test.test_no,
      suite: test.suite,
      name: displayName(test.name, test.ordinal),
      file: test.file,
      entries: this.#entriesOf(cells.slice(0, limit)),
      isWhole: isWhole && cells.length < limit,
    };
  }

  /** A test with what it did in the newest uploads that have it, at most `limit`; nothing of those. */
  results(slug: string, testId: string, limit: number): TestResults | null {
    const repo = this.#sql.repo.get(foldSlug(slug));
    const test = repo && this.#sql.test.get(repo.id, Buffer.from(testId, 'hex'));
    if (repo === undefined || test === undefined) return null;
    const cells = this.#unsealedCells(repo.id, repo.sealed_seq, test.test_no, limit);
    const isWhole = this.#sealedCells(repo.id, test.test_no, limit, cells);
    return { test, cells, isWhole };
  }

  #unsealedCells(repoId: number, sealedSeq: number, testNo: number, limit: number): Cell[] {
    const cells: Cell[] = [];
    for (const { upload_seq, columns } of this.#sql.unsealed.iterate(repoId, sealedSeq)) {
      const found = unlessDamaged(() => findCase(columns, testNo));
      if (found !== null) cells.push({ uploadSeq: upload_seq, ...found });
      if (cells.length === limit) break;
    }
    return cells;
  }

  /** Appends older cells; whether it saw all there are. */
  #sealedCells(repoId: number, testNo: number, limit: number, cells: Cell[]): boolean {
    let stripes = 0;
    for (const block of this.#sql.stripes.iterate(repoId, groupOf(testNo))) {
      if (cells.length >= limit || ++stripes > mostStripes) return false;
      const older = unlessDamaged(() => readStripe(block, testNo)) ?? [];
      cells.push(...older.reverse().slice(0, limit - cells.length));
    }
    return cells.length < limit;
  }

  /** All at once: a look-up each takes ten times as long. */
  #entriesOf(cells: readonly Cell[]): HistoryEntry[] {
    const seqs = JSON.stringify(cells.map(({ uploadSeq }) => uploadSeq));
    const uploads = new Map(this.#sql.uploads.all(seqs).map((row) => [row.seq, row]));
    return cells.map((cell) => entryOf(cell, uploads.get(cell.uploadSeq)!));
  }
}

function entryOf({ status, durationMs, attempts }: Cell, row: UploadRow): HistoryEntry {
  return {
    uploadId: formatUuid(row.id),
    runId: formatUuid(row.run_id),
    receivedAtMs: row.received_at_ms,
    branch: row.branch,
    commit: row.commit_sha,
    job: row.job,
    environment: row.environment,
    attempt: row.attempt,
    status: statuses[status]!,
    durationMs: durationMs < 0 ? null : durationMs,
    attempts,
  };
}

/** A damaged block takes its own uploads out of a history, not the others. */
function unlessDamaged<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof CorruptBlockError) return null;
    throw error;
  }
}

type TestRow = {
  test_no: number;
  suite: string;
  name: string;
  ordinal: number;
  file: string | null;
};

type UploadRow = {
  seq: number;
  id: Buffer;
  run_id: Buffer;
  received_at_ms: number;
  branch: string | null;
  commit_sha: string | null;
  job: string | null;
  environment: string | null;
  attempt: number;
};

function prepare(db: Db) {
  return {
    repo: db.prepare<[string], { id: number; sealed_seq: number }>(
      'SELECT id, sealed_seq FROM repos WHERE slug_folded = ?',
    ),
    test: db.prepare<[number, Buffer], TestRow>(
      'SELECT test_no, suite, name, ordinal, file FROM tests WHERE repo_id = ? AND public_id = ?',
    ),
    unsealed: db.prepare<[number, number], { upload_seq: number; columns: Buffer }>(
      `SELECT upload_seq, columns FROM blocks
       WHERE repo_id = ? AND upload_seq > ? ORDER BY upload_seq DESC`,
    ),
    stripes: db
      .prepare<[number, number], Buffer>(
        'SELECT block FROM stripes WHERE repo_id = ? AND test_group = ? ORDER BY last_seq DESC',
      )
      .pluck(),
    uploads: db.prepare<[string], UploadRow>(
      `SELECT uploads.seq, uploads.id, runs.id AS run_id, uploads.received_at_ms, branch, commit_sha, uploads.job,
         environment, attempt
       FROM uploads JOIN runs ON runs.seq = run_seq
       WHERE uploads.seq IN (SELECT value FROM json_each(?))`,
    ),
  };
}
