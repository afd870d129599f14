import { setTimeout as sleep } from 'node:timers/promises';
import { JudgedStore } from '../helpers/judged-store.ts';
import type { Appliance, Load } from './children.ts';
import { median, percentile } from './reference.ts';
import type { Report } from './report.ts';
import { large, makeBody, type Workload } from './workload.ts';

const together = 10;
const commitMs = 60_000;

/**
 * What judging costs, in this process and with nothing else going on: ten 10,000-case runs at a time
 * after `history` of them, as when ten a second come in. Once where some tests are flaky and the others
 * are not, as is usual, and once where every test fails now and then, which is the most work there is.
 */
export function measureJudgingCost(report: Report, history: number): void {
  const usual = { ...large, oneIn: 25 };
  judging(report, history, usual, {
    id: 'judging_cpu',
    note: 'CPU; ten at a time; 4 % of the tests fail in a quarter of the runs',
  });
  judging(report, history, large, {
    id: 'judging_cpu_most',
    note: 'CPU; ten at a time; every test fails in 1 % of the runs',
  });
}

function judging(
  report: Report,
  history: number,
  workload: Workload,
  { id, note }: { id: string; note: string },
): void {
  const store = new JudgedStore({ takeMs: 1000, everyMs: 0, share: Infinity });
  try {
    let posted = 0;
    const post = (count: number) => {
      for (let i = 0; i < count; i++, posted++) {
        store.post(makeBody('bench/large', posted, workload), 1.7e12 + posted * commitMs);
      }
    };
    for (; posted < history; ) {
      post(together);
      store.settle();
    }
    const costs = Array.from({ length: 9 }, () => {
      post(together);
      const before = process.cpuUsage();
      store.settle();
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000 / together;
    });
    report.add({
      id,
      what: `judging a 10,000-case run, after ${history} of them`,
      value: median(costs),
      unit: 'ms',
      target: { atMost: 30 },
      note,
    });
    if (workload === large) measureHeld(report, store, posted);
  } finally {
    store.close();
  }
}

function measureHeld(report: Report, store: JudgedStore, runs: number): void {
  const { bytes, variants } = store.judge.evidence;
  report.add({
    id: 'judging_memory',
    what: 'evidence held for a variant',
    value: bytes / variants / 1024,
    unit: 'KiB',
    target: { atMost: 2.1 },
    note: `${variants} variants, ${runs} runs`,
  });
  store.restart();
  const begun = performance.now();
  store.judge.verifySome(1);
  store.settle();
  report.add({
    id: 'judging_load',
    what: `loading a repo of 10,000 tests and ${runs} runs, and judging it`,
    value: (performance.now() - begun) / 1000,
    unit: 's',
    target: { atMost: 1 },
  });
}

/**
 * From the 202 until the judgement that contains the run can be read, ten runs a second. Of each
 * judgement the newest run counts, and the oldest that was not in the one before.
 */
export async function measureVisible(
  report: Report,
  load: Load,
  appliance: Appliance,
  seconds: number,
): Promise<void> {
  const { port, key } = appliance;
  const delays: number[] = [];
  let isOver = false;
  const watching = watch();
  const { lastId } = await load.run({
    do: 'post',
    port,
    key,
    kind: 'large',
    connections: 2,
    seconds,
    perSecond: together,
  });
  isOver = true;
  await watching;
  const begun = performance.now();
  while ((await judgedThrough(port, key)) < lastId!) await sleep(20);
  report.add({
    id: 'visible_p99',
    what: 'judged after the 202, ten 10,000-case runs a second, p99',
    value: percentile(delays, 99),
    unit: 'ms',
    target: { atMost: 1000 },
    note: `median ${median(delays).toFixed(0)} ms; the last one ${(performance.now() - begun).toFixed(0)} ms after the end`,
  });

  /** Ids of uploads begin with the time of their receipt. */
  async function watch(): Promise<void> {
    let seen = await judgedThrough(port, key);
    const begunAt = Date.now();
    while (!isOver) {
      const id = await judgedThrough(port, key);
      if (id > seen) {
        const now = Date.now();
        const oldest = Math.max(begunAt, receivedAt(seen) + 1000 / together);
        delays.push(now - receivedAt(id));
        if (oldest < receivedAt(id)) delays.push(now - oldest);
        seen = id;
      }
      await sleep(20);
    }
  }
}

/** How long the appliance takes to judge what it took in at full speed, all repos of it. */
export async function measureDrain(report: Report, { port, key }: Appliance): Promise<void> {
  const begun = performance.now();
  const repos = ['large', ...Array.from({ length: 20 }, (_, i) => `medium-${i}`)];
  const last = new Map<string, string>();
  for (const repo of repos) last.set(repo, (await readRepo(port, key, repo)).lastRun.id);
  for (const [repo, id] of last)
    while ((await judgedThrough(port, key, repo)) < id) await sleep(50);
  report.add({
    id: 'drain',
    what: 'judging the backlog after ingest at full speed',
    value: (performance.now() - begun) / 1000,
    unit: 's',
  });
}

type RepoAnswer = { judgedThrough: string | null; lastRun: { id: string } };

async function readRepo(port: number, key: string, repo: string): Promise<RepoAnswer> {
  const url = `http://127.0.0.1:${port}/api/v1/repos/bench%2F${repo}`;
  return (await (await fetch(url, { headers: { 'x-api-key': key } })).json()) as RepoAnswer;
}

async function judgedThrough(port: number, key: string, repo = 'large'): Promise<string> {
  return (await readRepo(port, key, repo)).judgedThrough ?? '';
}

const receivedAt = (id: string): number => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
