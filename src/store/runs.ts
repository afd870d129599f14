import { LRUCache } from 'lru-cache';
import { jobKey, runIdentity } from '../domain/identity.ts';
import { FAILED, FLAKY, RunState, type UploadFacts } from '../domain/logical-run.ts';
import { outcomeOf, type Summary, type TestRun } from '../domain/model.ts';
import { limits } from '../limits.ts';
import { decodeColumns } from './blocks.ts';
import type { Db } from './sqlite.ts';

export type Arrival = {
  uploadId: Buffer;
  repoId: number;
  run: TestRun;
  receivedAtMs: number;
  /** test numbers and the columns beside them */
  facts: Omit<UploadFacts, 'attempt'>;
};

/** `isFirst`: the upload opened the run. */
export type Placement = { runSeq: number; attempt: number; isFirst: boolean };

/** Puts uploads into logical runs and keeps the runs' counts. Belongs to the writer. */
export class Runs {
  readonly #statements;
  /** runs of more than one upload that grew lately; a lost entry is rebuilt from blocks */
  readonly #states = new LRUCache<number, RunState>({
    maxSize: 2_000_000,
    sizeCalculation: (state) => state.tests.size + 1,
  });
  readonly #touched = new Set<number>();

  constructor(db: Db) {
    this.#statements = prepare(db);
  }

  /** Finds or opens the logical run of an upload. O(cases), O(cases of the run) after a restart. */
  place(arrival: Arrival): Placement {
    const { run } = arrival;
    // Without a commit and a run key nothing says that two uploads belong together.
    const identity = run.runKey === null && run.commit === null ? null : runIdentity(run);
    const known = identity === null ? undefined : this.#findOpen(arrival, identity);
    if (known === undefined) return this.#open(arrival, identity);
    const state = this.#stateOf(known);
    const attempt = attemptOf(arrival, state);
    // Attempts that nobody counts must not grow one run without end.
    if (attempt > limits.attempts.value) return this.#open(arrival, identity);
    return this.#join(arrival, { runSeq: known, attempt, isFirst: false }, state);
  }

  rolledBack(): void {
    for (const seq of this.#touched) this.#states.delete(seq);
    this.#touched.clear();
  }

  committed(): void {
    this.#touched.clear();
  }

  #findOpen({ run, repoId, receivedAtMs }: Arrival, identity: Buffer): number | undefined {
    const latest = this.#statements.latest.get(repoId, identity);
    if (latest === undefined) return undefined;
    const isNear = receivedAtMs - latest.last_received_at_ms <= limits.shardGapMs.value;
    return run.runKey !== null || isNear ? latest.seq : undefined;
  }

  #open(arrival: Arrival, identity: Buffer | null): Placement {
    const { run, facts } = arrival;
    const attempt = run.runAttempt ?? 1;
    const { total, passed, failed, skipped, flaky, durationMs } = run.summary;
    const { lastInsertRowid } = this.#statements.insert.run(
      arrival.uploadId,
      arrival.repoId,
      identity,
      run.branch,
      run.commit,
      run.framework,
      run.ciProvider,
      run.runKey,
      run.job,
      run.environment,
      run.runUrl,
      arrival.receivedAtMs,
      arrival.receivedAtMs,
      run.startedAtMs ?? arrival.receivedAtMs,
      attempt,
      outcomeWithCases(run.summary, facts.statuses),
      total,
      passed,
      failed,
      skipped,
      flaky,
      durationMs,
      facts.tests.length,
      run.casesDropped,
    );
    return { runSeq: Number(lastInsertRowid), attempt, isFirst: true };
  }

  #join({ run, facts, receivedAtMs }: Arrival, place: Placement, state: RunState): Placement {
    const { runSeq, attempt } = place;
    this.#touched.add(runSeq);
    state.add({ ...facts, attempt });
    this.#states.set(runSeq, state);
    const summary = state.summary();
    this.#statements.update.run({
      seq: runSeq,
      last_received_at_ms: receivedAtMs,
      started_at_ms: run.startedAtMs ?? receivedAtMs,
      job: run.job,
      job_key: jobKey(run.job, run.framework),
      run_url: run.runUrl,
      ci_provider: run.ciProvider,
      uploads: state.uploads,
      attempts: state.lastAttempt,
      overlapping: state.overlaps ? 1 : 0,
      outcome: outcomeOf(summary),
      ...countColumns(summary),
      cases_stored: state.tests.size,
      cases_dropped: run.casesDropped,
    });
    return place;
  }

  #stateOf(runSeq: number): RunState {
    const held = this.#states.get(runSeq);
    if (held !== undefined) return held;
    const state = new RunState();
    for (const row of this.#statements.uploads.iterate(runSeq)) state.add(factsOf(row));
    return state;
  }
}

/** With a run key the client counts attempts; one that it does not count is the first. */
function attemptOf({ run, facts }: Arrival, state: RunState): number {
  if (run.runAttempt !== null) return run.runAttempt;
  return run.runKey === null ? state.freeAttempt(facts.tests, facts.shardIndex) : 1;
}

type Latest = { seq: number; last_received_at_ms: number };

export type UploadRow = {
  attempt: number;
  shard_index: number | null;
  total: number;
  passed: number;
  failed: number;
  skipped: number;
  flaky: number;
  duration_ms: number | null;
  columns: Buffer | null;
};

const none = new Uint8Array();

/** What the fold needs of one stored upload. Throws CorruptBlockError on a damaged block. */
export function factsOf(row: UploadRow): UploadFacts {
  const columns = row.columns === null ? null : decodeColumns(row.columns);
  return {
    attempt: row.attempt,
    shardIndex: row.shard_index,
    summary: {
      total: row.total,
      passed: row.passed,
      failed: row.failed,
      skipped: row.skipped,
      flaky: row.flaky,
      durationMs: row.duration_ms,
    },
    tests: columns?.tests ?? none,
    statuses: columns?.statuses ?? none,
    durations: columns?.durations ?? none,
    attempts: columns?.attempts ?? none,
  };
}

/** A case that failed makes the run red even where the summary says otherwise. */
function outcomeWithCases(summary: Summary, statuses: ArrayLike<number>) {
  const seen = [0, 0, 0, 0];
  for (let i = 0; i < statuses.length; i++) seen[statuses[i]!]!++;
  return outcomeOf({
    ...summary,
    failed: Math.max(summary.failed, seen[FAILED]!),
    flaky: Math.max(summary.flaky, seen[FLAKY]!),
    passed: Math.max(summary.passed, seen[0]!),
  });
}

function countColumns(summary: Summary) {
  const { total, passed, failed, skipped, flaky, durationMs } = summary;
  return { total, passed, failed, skipped, flaky, duration_ms: durationMs };
}

function prepare(db: Db) {
  return {
    latest: db.prepare<[number, Buffer], Latest>(
      `SELECT seq, last_received_at_ms FROM runs INDEXED BY runs_by_identity
       WHERE repo_id = ? AND identity = ? ORDER BY seq DESC LIMIT 1`,
    ),
    uploads: db.prepare<[number], UploadRow>(
      `SELECT attempt, shard_index, total, passed, failed, skipped, flaky, duration_ms, columns
       FROM uploads LEFT JOIN blocks ON upload_seq = seq WHERE run_seq = ? ORDER BY seq`,
    ),
    insert: db.prepare(
      `INSERT INTO runs (id, repo_id, identity, branch, commit_sha, framework, ci_provider, run_key, job,
         environment, run_url, received_at_ms, last_received_at_ms, started_at_ms, uploads, attempts,
         overlapping, outcome, total, passed, failed, skipped, flaky, duration_ms, cases_stored, cases_dropped)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    update: db.prepare(
      `UPDATE runs SET
         last_received_at_ms = max(last_received_at_ms, :last_received_at_ms),
         started_at_ms = min(started_at_ms, :started_at_ms),
         -- Shards of one job, such as "rspec 1/4", are shown by what they share.
         job = CASE WHEN job IS :job THEN job ELSE :job_key END,
         run_url = coalesce(min(run_url, :run_url), run_url, :run_url),
         ci_provider = coalesce(min(ci_provider, :ci_provider), ci_provider, :ci_provider),
         uploads = :uploads, attempts = :attempts, overlapping = :overlapping, outcome = :outcome,
         total = :total, passed = :passed, failed = :failed, skipped = :skipped, flaky = :flaky,
         duration_ms = :duration_ms, cases_stored = :cases_stored,
         cases_dropped = cases_dropped + :cases_dropped
       WHERE seq = :seq`,
    ),
  };
}
