import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadResult, PostOrder, ReadOrder } from './load.ts';
import type { Probed } from './probe.ts';

const here = import.meta.dirname;
const root = join(here, '../..');

/** Every process that the bench started and that has not ended. */
const running = new Set<ChildProcess>();

export function remember(child: ChildProcess): ChildProcess {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** For the end of the bench, however it comes. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

export class Load {
  readonly #child = remember(fork(join(here, 'load.ts')));

  async prepare(): Promise<void> {
    this.#child.send({ do: 'prepare' });
    await once(this.#child, 'message');
  }

  async run(order: PostOrder | ReadOrder): Promise<LoadResult> {
    this.#child.send(order);
    const [result] = (await once(this.#child, 'message')) as [LoadResult];
    if (result.refused > 0) throw new Error(`the server refused: ${result.firstRefusal}`);
    return result;
  }

  end(): void {
    this.#child.kill();
  }
}

export type Server = { port: number; key: string; child: ChildProcess; stop(): Promise<void> };
export type Appliance = Server & {
  readyMs: number;
  /** since the last call; null for the binary, which carries no probe */
  probe(): Promise<Probed | null>;
};

/** The appliance as users run it, on a folder; `key` where the folder has one already. */
export async function startAppliance(
  folder: string,
  options: { key?: string; binary?: string; hasProbe?: boolean } = {},
): Promise<Appliance> {
  const begun = performance.now();
  const settings = [
    'serve',
    '--port',
    '0',
    '--data',
    folder,
    '--rate-limit',
    '1000000/60s',
    '--log-level',
    'warn',
  ];
  const hasProbe = options.binary === undefined && options.hasProbe !== false;
  const probing = hasProbe ? ['--import', join(here, 'probe.ts')] : [];
  const command = options.binary ?? process.execPath;
  // as `npm start` does it
  const source = ['-r', join(root, 'build/check-node.cjs'), ...probing, join(root, 'src/main.ts')];
  const args = options.binary === undefined ? source : [];
  const child = remember(
    spawn(command, [...args, ...settings], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: process.env.HOME },
      stdio: ['ignore', 'pipe', 'inherit', ...(hasProbe ? (['ipc'] as const) : [])],
    }),
  );
  const isReady = options.key === undefined ? /API key +\S+\n/ : /ready at .*\n/;
  const text = await firstWords(child, isReady);
  const readyMs = performance.now() - begun;
  const port = Number(/:(\d+) /.exec(text)![1]);
  const key = /API key\s+(\S+)/.exec(text)?.[1] ?? options.key ?? '';
  const probe = async () => {
    if (!hasProbe) return null;
    child.send('probe');
    return ((await once(child, 'message')) as [Probed])[0];
  };
  return { port, key, child, readyMs, probe, stop: () => stop(child) };
}

export async function startBareKoa(): Promise<Server> {
  const child = remember(fork(join(here, 'bare-koa.ts')));
  const [port] = (await once(child, 'message')) as [number];
  return { port, key: '', child, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const hard = setTimeout(() => child.kill('SIGKILL'), 30_000);
  await ended;
  clearTimeout(hard);
}

async function firstWords(child: ChildProcess, pattern: RegExp): Promise<string> {
  let text = '';
  const read = async () => {
    for await (const chunk of child.stdout!) {
      text += chunk;
      if (pattern.test(text)) return;
    }
    throw new Error(`the appliance ended early: ${text}`);
  };
  await read();
  child.stdout!.resume();
  return text;
}

/** MiB of a process, as Linux tells them. */
export function memoryOf(child: ChildProcess): {
  anonymous: number;
  resident: number;
  /** most resident so far */
  peak: number;
} {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  const kib = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)![1]);
  return {
    anonymous: kib('RssAnon') / 1024,
    resident: kib('VmRSS') / 1024,
    peak: kib('VmHWM') / 1024,
  };
}

/** Seconds of both kinds that a process has used so far. */
export function cpuOf(child: ChildProcess): number {
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
