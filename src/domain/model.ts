import type { CaseTable } from './case-table.ts';

/** The words of the field, as types. Times are integers in ms, `…Ms`. */

/** Worst to best order is `failed > flaky > passed > skipped`; the codes are stored in run blocks. */
export const statuses = ['passed', 'failed', 'skipped', 'flaky'] as const;
export type Status = (typeof statuses)[number];

export type Summary = {
  total: number;
  passed: number;
  failed: number;
  skipped: number;
  flaky: number;
  /** null: the client did not say */
  durationMs: number | null;
};

/** One case as uploaded, texts cleaned and cut. */
export type Case = {
  suite: string;
  name: string;
  status: Status;
  /** null: not reported */
  durationMs: number | null;
  attempts: number;
  errorMessage: string | null;
  stack: string | null;
  file: string | null;
  line: number | null;
  className: string | null;
  /** explicit identity that survives a rename */
  id: string | null;
  startedAtMs: number | null;
};

export type Shard = { index: number; total: number };

export type Warning = { code: string; message: string; path?: string | undefined };

/** One accepted upload: what a client posted, checked and cleaned. */
export type TestRun = {
  repo: string;
  commit: string | null;
  branch: string | null;
  framework: string | null;
  ciProvider: string | null;
  runKey: string | null;
  /** null: not said; `domain/logical-run.ts` then decides */
  runAttempt: number | null;
  shard: Shard | null;
  job: string | null;
  environment: string | null;
  startedAtMs: number | null;
  commitTimeMs: number | null;
  parents: string[];
  baseCommit: string | null;
  baseBranch: string | null;
  pullRequest: string | null;
  runUrl: string | null;
  reporter: { name: string; version: string | null } | null;
  tags: string[];
  summary: Summary;
  cases: CaseTable;
  /** cases beyond the limit: counted, not stored */
  casesDropped: number;
};

export const outcomes = ['passed', 'failed', 'flaky', 'empty'] as const;
/** What a run came to: failed before flaky before passed; empty when nothing was executed. */
export type Outcome = (typeof outcomes)[number];

export function outcomeOf(summary: Summary): Outcome {
  if (summary.failed > 0) return 'failed';
  if (summary.flaky > 0) return 'flaky';
  return summary.passed > 0 ? 'passed' : 'empty';
}
