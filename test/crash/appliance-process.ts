import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { program } from '../helpers/run-program.ts';

export type Ended = { code: number | null; signal: NodeJS.Signals | null; stderr: string };

/** An appliance in a process of its own, to be killed. */
export type ApplianceProcess = {
  pid: number;
  url: string;
  /** printed by a first start only */
  key: string | null;
  readyMs: number;
  child: ChildProcess;
  kill(signal?: NodeJS.Signals): Promise<Ended>;
  ended: Promise<Ended>;
};

type Options = {
  data: string;
  /** command and first arguments; the program of this checkout when not given */
  command?: string[];
  args?: string[];
  env?: Record<string, string>;
  patienceMs?: number;
};

/** Resolves when it is ready; rejects, with its last words, when it ends before or takes too long. */
export async function startAppliance(options: Options): Promise<ApplianceProcess> {
  const { data, command = program, args = [], env = {}, patienceMs = 30_000 } = options;
  const begun = performance.now();
  const [file, ...first] = command as [string, ...string[]];
  const all = [...first, '--port', '0', '--data', data, '--rate-limit', 'off', ...args];
  const child = spawn(file, all, {
    cwd: tmpdir(),
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, stderr }) as Ended);
  const ready = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
      if (/is ready at \S+ .*\n/.test(stdout)) resolve();
    });
  });
  const late = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  const end = await Promise.race([ready, ended]);
  clearTimeout(late);
  if (end !== undefined) throw new Error(`ended with ${end.code} ${end.signal}: ${end.stderr}`);
  return {
    pid: child.pid!,
    url: /is ready at (\S+)/.exec(stdout)![1]!,
    key: /qlens_\w{36}/.exec(stdout)?.[0] ?? null,
    readyMs: performance.now() - begun,
    child,
    kill: (signal = 'SIGKILL') => {
      child.kill(signal);
      return ended;
    },
    ended,
  };
}

/** Peak resident memory in MB. */
export function peakMegabytes(pid: number): number {
  const [, kB] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Number(kB) / 1024;
}

/** A program of this folder in place of the appliance's own. */
export const script = (name: string): string[] => [
  process.execPath,
  join(import.meta.dirname, name),
];
