import { ByteReader, ByteWriter } from '../byte-columns.ts';
import type { Db } from '../sqlite.ts';
import type { Commit } from './commit-order.ts';
import { type JudgedRun, RepoState, type Storm } from './repo-state.ts';
import type { RunCounts } from './run-sheet.ts';

/** Keeps the runs, commits and cells of repos, of which their state is made again. */
export class SavedStates {
  readonly #sql;

  constructor(db: Db) {
    this.#sql = prepare(db);
  }

  /** Writes what changed; inside a transaction of the caller. */
  save(repoId: number, { changed }: RepoState): void {
    for (const { no, job, environment, hasRetries } of changed.cells) {
      this.#sql.putCell.run(repoId, no, job, environment, Number(hasRetries));
    }
    for (const commit of changed.commits) {
      const { no, isPull, name, sha, timeMs, hasCommitTime, firstReceivedMs } = commit;
      this.#sql.putCommit.run(
        repoId,
        no,
        Number(isPull),
        name,
        sha,
        timeMs,
        Number(hasCommitTime),
        firstReceivedMs,
      );
    }
    for (const run of changed.runs) this.#putRun(repoId, run);
    changed.cells.clear();
    changed.commits.clear();
    changed.runs.clear();
  }

  /** Cells, commits and runs as they were saved, without evidence. */
  load(repoId: number): RepoState {
    const state = new RepoState();
    for (const { job, environment, has_retries } of this.#sql.cells.iterate(repoId)) {
      state.addCell({ job, environment, hasRetries: has_retries === 1 });
    }
    state.order.addAll(this.#sql.commits.all(repoId).map(commitOf));
    const runs = this.#sql.runs.all(repoId).map((row) => runOf(row, state.order.byNo));
    state.addRuns(runs);
    return state;
  }

  forget(repoId: number): void {
    for (const sql of this.#sql.forget) sql.run(repoId);
  }

  #putRun(repoId: number, { seq, cell, commit, atMs, counts, storm }: JudgedRun): void {
    const { total, failed, skipped, flaky, durationMs, executedCases, offenders } = counts;
    this.#sql.putRun.run(
      repoId,
      seq,
      cell,
      commit.no,
      atMs,
      total,
      failed,
      skipped,
      flaky,
      durationMs,
      executedCases,
      storm,
      encodeOffenders(offenders),
    );
  }
}

/** Ascending numbers as differences. */
function encodeOffenders(offenders: Uint32Array): Buffer {
  const out = new ByteWriter(offenders.length * 2 + 4);
  let before = 0;
  for (const offender of offenders) {
    out.uvarint(offender - before);
    before = offender;
  }
  return out.bytes();
}

function decodeOffenders(bytes: Uint8Array): Uint32Array {
  const input = new ByteReader(bytes);
  const offenders: number[] = [];
  let before = 0;
  while (input.left > 0) {
    before += input.uvarint();
    offenders.push(before);
  }
  return Uint32Array.from(offenders);
}

type CommitRow = {
  commit_no: number;
  is_pull: number;
  name: string;
  sha: string | null;
  time_ms: number;
  has_commit_time: number;
  first_received_ms: number;
};

const commitOf = (row: CommitRow): Commit => ({
  no: row.commit_no,
  name: row.name,
  sha: row.sha,
  isPull: row.is_pull === 1,
  timeMs: row.time_ms,
  hasCommitTime: row.has_commit_time === 1,
  firstReceivedMs: row.first_received_ms,
  rank: 0,
  place: 0,
});

type RunRow = {
  run_seq: number;
  cell_no: number;
  commit_no: number;
  at_ms: number;
  total: number;
  failed: number;
  skipped: number;
  flaky: number;
  duration_ms: number | null;
  executed_cases: number;
  storm: number;
  offenders: Buffer;
};

function runOf(row: RunRow, commits: readonly Commit[]): JudgedRun {
  const { total, failed, skipped, flaky } = row;
  const counts: RunCounts = {
    total,
    passed: total - failed - skipped - flaky,
    failed,
    skipped,
    flaky,
    durationMs: row.duration_ms,
    executedCases: row.executed_cases,
    offenders: decodeOffenders(row.offenders),
  };
  const commit = commits[row.commit_no]!;
  const storm = row.storm as Storm;
  return { seq: row.run_seq, cell: row.cell_no, commit, atMs: row.at_ms, counts, storm };
}

function prepare(db: Db) {
  return {
    putCell: db.prepare(
      `INSERT INTO judged_cells (repo_id, cell_no, job, environment, has_retries) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET has_retries = excluded.has_retries`,
    ),
    putCommit: db.prepare(
      `INSERT INTO judged_commits (repo_id, commit_no, is_pull, name, sha, time_ms, has_commit_time,
         first_received_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET time_ms = excluded.time_ms, has_commit_time = excluded.has_commit_time,
         first_received_ms = excluded.first_received_ms`,
    ),
    putRun: db.prepare(
      `INSERT OR REPLACE INTO judged_runs (repo_id, run_seq, cell_no, commit_no, at_ms, total, failed,
         skipped, flaky, duration_ms, executed_cases, storm, offenders)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    cells: db.prepare<[number], { job: string; environment: string; has_retries: number }>(
      'SELECT job, environment, has_retries FROM judged_cells WHERE repo_id = ? ORDER BY cell_no',
    ),
    commits: db.prepare<[number], CommitRow>(
      'SELECT * FROM judged_commits WHERE repo_id = ? ORDER BY commit_no',
    ),
    runs: db.prepare<[number], RunRow>(
      'SELECT * FROM judged_runs WHERE repo_id = ? ORDER BY run_seq',
    ),
    forget: ['judged_runs', 'judged_commits', 'judged_cells'].map((table) =>
      db.prepare<[number]>(`DELETE FROM ${table} WHERE repo_id = ?`),
    ),
  };
}
