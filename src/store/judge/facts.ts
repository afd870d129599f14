import { jobKey } from '../../domain/identity.ts';
import { RunState, type UploadFacts } from '../../domain/logical-run.ts';
import type { TestRun } from '../../domain/model.ts';
import { decodeTexts } from '../blocks.ts';
import { factsOf, type UploadRow } from '../runs.ts';
import { CorruptBlockError } from '../sealed.ts';
import type { Db } from '../sqlite.ts';
import { formatUuid } from '../uuid.ts';

/** One upload with what its run shares with others. */
export type StoredUpload = {
  seq: number;
  repoId: number;
  runSeq: number;
  runId: string;
  branch: string | null;
  commit: string | null;
  job: string;
  environment: string;
  receivedAtMs: number;
  startedAtMs: number | null;
  commitTimeMs: number | null;
  facts: UploadFacts;
  /** of its cases that say something; decoded only when asked for */
  readTexts(): ReturnType<typeof decodeTexts>;
};

type Row = UploadRow & {
  seq: number;
  repo_id: number;
  run_seq: number;
  run_id: Buffer;
  branch: string | null;
  commit_sha: string | null;
  framework: string | null;
  upload_job: string | null;
  environment: string | null;
  received_at_ms: number;
  started_at_ms: number | null;
  commit_time_ms: number | null;
  texts: Buffer | null;
};

/** What a run without cases says, as it would be read from the file; `id` is that of its first upload. */
export function uploadWithoutCases(
  { seq, repoId, runSeq, id }: { seq: number; repoId: number; runSeq: number; id: Uint8Array },
  { run, attempt, receivedAtMs }: { run: TestRun; attempt: number; receivedAtMs: number },
): StoredUpload {
  const { total, passed, failed, skipped, flaky, durationMs: duration_ms } = run.summary;
  const shard_index = run.shard?.index ?? null;
  const counts = { total, passed, failed, skipped, flaky, duration_ms };
  return {
    seq,
    repoId,
    runSeq,
    runId: formatUuid(id),
    branch: run.branch,
    commit: run.commit,
    job: jobKey(run.job, run.framework),
    environment: run.environment ?? '',
    receivedAtMs,
    startedAtMs: run.startedAtMs,
    commitTimeMs: run.commitTimeMs,
    facts: factsOf({ attempt, shard_index, ...counts, columns: null }),
    readTexts: () => [],
  };
}

/** Uploads that are remembered until they are judged, some 300 bytes each. */
const mostKept = 16_384;

/** Reads the facts that judgements are made of. Belongs to the writer. */
export class JudgeFacts {
  readonly #sql;
  /** by number, those not judged yet that need not be read */
  readonly #kept = new Map<number, StoredUpload>();

  constructor(db: Db) {
    this.#sql = prepare(db);
  }

  /** Remembers an upload until it is asked for: to read a small one costs more than to judge it. */
  keep(upload: StoredUpload): void {
    if (this.#kept.size < mostKept) this.#kept.set(upload.seq, upload);
  }

  /** A block that is damaged counts as an upload without cases; its own page reports the damage. */
  upload(seq: number): StoredUpload {
    const kept = this.#kept.get(seq);
    if (kept !== undefined) {
      this.#kept.delete(seq);
      return kept;
    }
    const row = this.#sql.upload.get(seq)!;
    return {
      seq,
      repoId: row.repo_id,
      runSeq: row.run_seq,
      runId: formatUuid(row.run_id),
      branch: row.branch,
      commit: row.commit_sha,
      job: jobKey(row.upload_job, row.framework),
      environment: row.environment ?? '',
      receivedAtMs: row.received_at_ms,
      startedAtMs: row.started_at_ms,
      commitTimeMs: row.commit_time_ms,
      facts: unlessDamaged(row),
      readTexts: () => textsUnlessDamaged(row.texts),
    };
  }

  /** What a run was made of by its uploads up to `throughSeq`. */
  fold(runSeq: number, throughSeq: number): RunState {
    const state = new RunState();
    for (const row of this.#sql.uploadsOf.iterate(runSeq, throughSeq)) {
      state.add(unlessDamaged(row));
    }
    return state;
  }

  /** The upload of a run that has one; null where it has more up to `throughSeq`. */
  onlyUpload(runSeq: number, throughSeq: number): UploadFacts | null {
    const rows = this.#sql.firstTwo.all(runSeq, throughSeq);
    return rows.length === 1 ? unlessDamaged(rows[0]!) : null;
  }

  /** Uploads after `seq`, oldest first, with their repos. */
  after(seq: number): IterableIterator<{ seq: number; repo_id: number }> {
    return this.#sql.after.iterate(seq);
  }

  /** The uploads of a repo received until then, oldest first. */
  ofRepo(repoId: number, untilMs = Infinity): number[] {
    return this.#sql.ofRepo.all(repoId, untilMs);
  }

  receivedAtMs(seq: number): number {
    return this.#sql.receivedAt.get(seq)!;
  }
}

function unlessDamaged(row: UploadRow): UploadFacts {
  try {
    return factsOf(row);
  } catch (error) {
    if (!(error instanceof CorruptBlockError)) throw error;
    return factsOf({ ...row, columns: null });
  }
}

function textsUnlessDamaged(texts: Buffer | null): ReturnType<typeof decodeTexts> {
  try {
    return decodeTexts(texts);
  } catch (error) {
    if (!(error instanceof CorruptBlockError)) throw error;
    return [];
  }
}

function prepare(db: Db) {
  return {
    upload: db.prepare<[number], Row>(
      `SELECT uploads.seq, repo_id, run_seq, runs.id AS run_id, branch, commit_sha, framework, environment,
         uploads.job AS upload_job, uploads.received_at_ms, uploads.started_at_ms,
         context ->> '$.commitTimeMs' AS commit_time_ms, attempt, shard_index,
         uploads.total, uploads.passed, uploads.failed, uploads.skipped, uploads.flaky,
         uploads.duration_ms,
         (SELECT columns FROM blocks WHERE upload_seq = uploads.seq) AS columns,
         (SELECT texts FROM blocks WHERE upload_seq = uploads.seq) AS texts
       FROM uploads JOIN runs ON runs.seq = run_seq WHERE uploads.seq = ?`,
    ),
    uploadsOf: db.prepare<[number, number], UploadRow>(
      `SELECT attempt, shard_index, total, passed, failed, skipped, flaky, duration_ms, columns
       FROM uploads LEFT JOIN blocks ON upload_seq = seq
       WHERE run_seq = ? AND seq <= ? ORDER BY seq`,
    ),
    firstTwo: db.prepare<[number, number], UploadRow>(
      `SELECT attempt, shard_index, total, passed, failed, skipped, flaky, duration_ms, columns
       FROM uploads LEFT JOIN blocks ON upload_seq = seq
       WHERE run_seq = ? AND seq <= ? ORDER BY seq LIMIT 2`,
    ),
    after: db.prepare<[number], { seq: number; repo_id: number }>(
      `SELECT uploads.seq, repo_id FROM uploads JOIN runs ON runs.seq = run_seq
       WHERE uploads.seq > ? ORDER BY uploads.seq`,
    ),
    ofRepo: db
      .prepare<[number, number], number>(
        `SELECT uploads.seq FROM runs JOIN uploads ON run_seq = runs.seq
         WHERE repo_id = ? AND uploads.received_at_ms <= ? ORDER BY uploads.seq`,
      )
      .pluck(),
    receivedAt: db
      .prepare<[number], number>('SELECT received_at_ms FROM uploads WHERE seq = ?')
      .pluck(),
  };
}
