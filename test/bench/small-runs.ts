import { cpuOf, type Load, type Server } from './children.ts';
import { median } from './reference.ts';
import type { Report } from './report.ts';

type Round = { rate: number; clientCores: number; serverCores: number };

/**
 * Runs without cases at 32 connections: the appliance, durable, against a bare Koa that keeps
 * nothing. In turn, so that what else the machine does falls on both.
 */
export async function measureSmallRuns(
  report: Report,
  load: Load,
  appliance: Server,
  bare: Server,
  rounds: number,
): Promise<void> {
  for (const client of ['agent', 'lean'] as const) {
    const ours: Round[] = [];
    const theirs: Round[] = [];
    for (let round = 0; round <= rounds; round++) {
      ours.push(await postFor(load, appliance, client));
      theirs.push(await postFor(load, bare, client));
    }
    ours.shift();
    theirs.shift();
    const rate = (rounds: Round[]) => median(rounds.map((r) => r.rate));
    const cores = (rounds: Round[]) =>
      `client ${median(rounds.map((r) => r.clientCores)).toFixed(2)} + server ${median(rounds.map((r) => r.serverCores)).toFixed(2)} cores`;
    const name = client === 'agent' ? 'node:http client' : 'lean client';
    report.add({
      id: `small_rate_${client}`,
      what: `small runs, ${name}`,
      value: rate(ours),
      unit: 'runs/s',
      note: cores(ours),
    });
    report.add({
      id: `bare_rate_${client}`,
      what: `bare Koa, ${name}`,
      value: rate(theirs),
      unit: 'runs/s',
      note: cores(theirs),
    });
    report.add({
      id: `small_ratio_${client}`,
      what: `small runs against bare Koa, ${name}`,
      value: median(ours.map((r, i) => r.rate / theirs[i]!.rate)),
      unit: '×',
      target: { atLeast: 0.9 },
    });
  }
}

async function postFor(load: Load, server: Server, client: 'agent' | 'lean'): Promise<Round> {
  const before = cpuOf(server.child);
  const { port, key } = server;
  const order = {
    do: 'post',
    port,
    key,
    kind: 'small',
    connections: 32,
    seconds: 1.5,
    client,
  } as const;
  const result = await load.run(order);
  return {
    rate: result.requests / result.seconds,
    clientCores: result.cpuSeconds / result.seconds,
    serverCores: (cpuOf(server.child) - before) / result.seconds,
  };
}
