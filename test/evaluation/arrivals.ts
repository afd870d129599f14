import { FAILED, FLAKY, type History, NOT_RUN } from './history.ts';

/** What is posted for a run, or for one shard of it: the body of POST /api/v1/test-runs. */
export type Body = {
  repo: string;
  commit: string;
  branch: string;
  framework: string;
  runKey: string;
  shard?: { index: number; total: number };
  startedAt: string;
  commitTime: string;
  pullRequest?: number;
  summary: { total: number; passed: number; failed: number; flaky: number };
  cases: { suite: string; name: string; status: string; attempts: number }[];
};

/** One post: `key` is its Idempotency-Key, which a repeated post has again. */
export type Arrival = { key: string; atMs: number; body: Body };

const hour = 3_600_000;
const firstMs = Date.UTC(2026, 0, 5);
const commitMs = 3 * hour;
const statuses: Record<number, string> = { [FAILED]: 'failed', [FLAKY]: 'flaky' };

type Case = Body['cases'][number];

function casesOf(run: Uint8Array, { suites, retries }: History): Case[] {
  return [...run].flatMap((outcome, test) => {
    if (outcome === NOT_RUN) return [];
    const attempts = outcome === FAILED ? retries + 1 : outcome === FLAKY ? 2 : 1;
    const status = statuses[outcome] ?? 'passed';
    return [{ suite: `suite ${suites[test]}`, name: `test ${test}`, status, attempts }];
  });
}

function summaryOf(cases: readonly Case[]): Body['summary'] {
  const count = (status: string) => cases.filter((each) => each.status === status).length;
  const [failed, flaky] = [count('failed'), count('flaky')];
  return { total: cases.length, passed: cases.length - failed - flaky, failed, flaky };
}

/** A history as it should arrive: each run at once, as one post, in the order of commits. */
export function arrivalsOf(history: History, repo: string): Arrival[] {
  return history.commits.flatMap((commit, number) =>
    commit.runs.map((run, again): Arrival => {
      const atMs = firstMs + commit.place * commitMs + (commit.isPull ? hour : 0) + again * 600_000;
      const cases = casesOf(run, history);
      const key = `${number}-${again}`;
      const body: Body = {
        repo,
        commit: number.toString(16).padStart(40, '0'),
        branch: commit.isPull ? `change-${number}` : 'main',
        framework: 'node-test',
        runKey: key,
        startedAt: new Date(atMs - 60_000).toISOString(),
        commitTime: new Date(atMs - 120_000).toISOString(),
        ...(commit.isPull && { pullRequest: number }),
        summary: summaryOf(cases),
        cases,
      };
      return { key, atMs, body };
    }),
  );
}

const lateMs = 14 * 24 * hour;

/**
 * The same runs as they may arrive: a third in 2 to 50 shards, whose cases are dealt out at random,
 * clocks of machines off by up to an hour, one post in ten sent twice, one in twenty up to 14 days
 * late, and all in the order of their arrival. Whatever is judged must be what a fresh look at the
 * same set of posts would say.
 */
export function disturbed(arrivals: readonly Arrival[], next: () => number): Arrival[] {
  const posts = arrivals
    .flatMap((arrival) => (next() < 1 / 3 ? sharded(arrival, next) : [arrival]))
    .map((arrival) => skewed(arrival, next))
    .map((arrival) =>
      next() < 0.05 ? { ...arrival, atMs: arrival.atMs + next() * lateMs } : arrival,
    );
  const repeated = posts
    .filter(() => next() < 0.1)
    .map((arrival) => ({ ...arrival, atMs: arrival.atMs + next() * hour }));
  return [...posts, ...repeated]
    .map((arrival) => ({ ...arrival, atMs: Math.round(arrival.atMs) }))
    .sort((a, b) => a.atMs - b.atMs);
}

function sharded({ key, atMs, body }: Arrival, next: () => number): Arrival[] {
  const total = 2 + Math.floor(next() * 49);
  const hands = Array.from({ length: total }, (): Case[] => []);
  for (const each of body.cases) hands[Math.floor(next() * total)]!.push(each);
  return hands.map((cases, i) => ({
    key: `${key}-${i + 1}`,
    atMs: atMs + next() * 300_000,
    body: { ...body, shard: { index: i + 1, total }, summary: summaryOf(cases), cases },
  }));
}

/** The machine's clock is off; the times of commits come from elsewhere. */
function skewed(arrival: Arrival, next: () => number): Arrival {
  const offMs = (2 * next() - 1) * hour;
  const startedAt = new Date(Date.parse(arrival.body.startedAt) + offMs).toISOString();
  return { ...arrival, body: { ...arrival.body, startedAt } };
}
