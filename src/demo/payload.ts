import type { Status } from '../domain/model.ts';
import type { DemoCase } from './execute.ts';
import type { PlannedRun } from './plan.ts';
import type { DemoRepo } from './repos.ts';

/** One upload as a reporter would post it: the body, and when it arrives. */
export type DemoUpload = { receivedAtMs: number; body: Uint8Array };

export type UploadOf = {
  repo: DemoRepo;
  run: PlannedRun;
  runKey: string;
  attempt: number;
  /** from 1 */
  shard: number;
  startedAtMs: number;
  cases: readonly DemoCase[];
};

/** from the end of the tests to the arrival of the report */
const reportMs = 2500;
/** installing, compiling, starting workers */
const warmUpMs = 9000;

/** The body of POST /api/v1/test-runs; equal arguments give equal bytes. O(cases). */
export function makeUpload(of: UploadOf): DemoUpload {
  const { repo, run, runKey, attempt, shard, startedAtMs, cases } = of;
  const counts: Record<Status, number> = { passed: 0, failed: 0, skipped: 0, flaky: 0 };
  let workMs = 0;
  for (const { status, durationMs } of cases) {
    counts[status]++;
    workMs += durationMs;
  }
  const durationMs = warmUpMs + Math.round(workMs / repo.workers);
  const head = {
    repo: repo.slug,
    branch: run.branch,
    commit: run.commit,
    parents: run.parents,
    commitTime: iso(run.commitTimeMs),
    ...(run.pullRequest !== null && {
      pullRequest: run.pullRequest.number,
      baseBranch: 'main',
      baseCommit: run.pullRequest.baseCommit,
    }),
    framework: repo.framework,
    ciProvider: repo.ciProvider,
    job: repo.job,
    environment: repo.environment,
    runKey,
    runAttempt: attempt,
    ...(repo.shards > 1 && { shard: { index: shard, total: repo.shards } }),
    startedAt: iso(startedAtMs),
    summary: { total: cases.length, ...counts, durationMs },
  };
  // Grown, not joined: three times as fast, and most of a demo's start is spent here.
  let text = `${JSON.stringify(head).slice(0, -1)},"cases":[`;
  let comma = '';
  for (const item of cases) {
    text += comma + caseText(item);
    comma = ',';
  }
  return { receivedAtMs: startedAtMs + durationMs + reportMs, body: toBytes(`${text}]}`) };
}

function caseText({ test, status, durationMs, attempts, failure }: DemoCase): string {
  const plain = `${test.opening}${status}","durationMs":${durationMs}`;
  if (failure === null) return `${plain}}`;
  return `${plain},${JSON.stringify({ attempts, line: test.line, ...failure }).slice(1)}`;
}

/** Memory of its own, because the store takes it over. */
export const toBytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export const iso = (ms: number): string => new Date(ms).toISOString();
