import { type Appliance, cpuOf, type Load } from './children.ts';
import { median, parseMs } from './reference.ts';
import type { Report } from './report.ts';
import { large, medium } from './workload.ts';

export type Filled = {
  cases: number;
  /** cases a second of the 10,000-case runs */
  rate: number;
  lastLargeId: string;
  lastMediumId: string;
};

/** A post of 10,000 cases with nothing else going on: its time in references, and the server's CPU. */
type OneByOne = { references: number; cpuMs: number };

const early = 1_000_000;

/**
 * Fills the appliance up to so many cases, half in 10,000-case runs of one repo and half in runs of
 * 500 of twenty repos, and measures on the way.
 */
export async function fill(
  report: Report,
  load: Load,
  appliance: Appliance,
  scale: number,
): Promise<Filled> {
  const chunk = Math.min(2_000_000, scale / 4);
  const { port, key, child } = appliance;
  const sums = { cases: 0, seconds: 0, client: 0, server: 0 };
  const delays: { delayP99: number; delayMax: number }[] = [];
  const rates = { large: [] as number[], medium: [] as number[] };
  let stored = 0;
  let first: OneByOne | null = null;
  let ids = { large: '', medium: '' };
  const post = async (kind: 'large' | 'medium', connections: number, count: number) => {
    const tests = kind === 'large' ? large.tests : medium.tests;
    const result = await load.run({ do: 'post', port, key, kind, connections, count });
    stored += result.requests * tests;
    rates[kind].push((result.requests * tests) / result.seconds);
    ids = { ...ids, [kind]: result.lastId };
    return result;
  };
  while (stored < scale) {
    await appliance.probe();
    const before = cpuOf(child);
    const result = await post('large', 8, chunk / 2 / large.tests);
    sums.server += cpuOf(child) - before;
    sums.cases += result.requests * large.tests;
    sums.seconds += result.seconds;
    sums.client += result.cpuSeconds;
    const probed = await appliance.probe();
    if (probed !== null) delays.push(probed);
    await post('medium', 16, chunk / 2 / medium.tests);
    if (first === null && stored >= Math.min(early, scale / 4)) first = await oneByOne();
  }
  const last = await oneByOne();

  async function oneByOne(): Promise<OneByOne> {
    const before = parseMs(20);
    const cpu = cpuOf(child);
    const count = 41;
    const order = { do: 'post', port, key, kind: 'large', connections: 1, count } as const;
    const { latencies } = await load.run(order);
    stored += count * large.tests;
    const cpuMs = ((cpuOf(child) - cpu) * 1000) / count;
    return { references: median(latencies) / ((before + parseMs(20)) / 2), cpuMs };
  }

  const rate = sums.cases / sums.seconds;
  const cores = (seconds: number) => (seconds / sums.seconds).toFixed(2);
  report.add({
    id: 'large_rate',
    what: '10,000-case runs over HTTP, 8 connections',
    value: rate,
    unit: 'cases/s',
    target: { atLeast: 1_000_000 },
    note: `${sums.seconds.toFixed(1)} s; client ${cores(sums.client)} + server ${cores(sums.server)} cores`,
  });
  report.add({
    id: 'large_rate_end',
    what: '… in the last chunk',
    value: rates.large.at(-1)!,
    unit: 'cases/s',
  });
  report.add({
    id: 'medium_rate',
    what: '500-case runs of 20 repos, 16 connections',
    value: median(rates.medium),
    unit: 'cases/s',
  });
  report.add({
    id: 'delay_p99',
    what: 'event loop delay p99 during maximal ingest',
    value: median(delays.map((d) => d.delayP99)),
    unit: 'ms',
    target: { atMost: 20 },
    note: `longest ${Math.max(...delays.map((d) => d.delayMax)).toFixed(0)} ms`,
  });
  report.add({
    id: 'growth',
    what: `time of one 10,000-case post at ${millions(scale)} against ${millions(Math.min(early, scale / 4))}`,
    value: last.references / first!.references,
    unit: '×',
    target: { atMost: 1.2 },
    note: `${first!.references.toFixed(2)} → ${last.references.toFixed(2)} references; CPU ${first!.cpuMs.toFixed(1)} → ${last.cpuMs.toFixed(1)} ms`,
  });
  return { cases: stored, rate, lastLargeId: ids.large, lastMediumId: ids.medium };
}

export const millions = (cases: number): string => `${Number((cases / 1e6).toPrecision(3))}M`;
