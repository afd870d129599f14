import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
export const program = [process.execPath, join(root, 'src/main.ts')];

export type Ended = { code: number | null; stdout: string; stderr: string };
export type Running = { child: ChildProcess; stdout(): string; ended: Promise<Ended> };

export const tempFolder = (): string => mkdtempSync(join(tmpdir(), 'qualitypilot-'));

/** Starts the program with arguments, in a folder of its own, without settings from outside. */
export function startProgram(args: string[], cwd = tmpdir()): Running {
  const [command, ...first] = program;
  const env = { PATH: process.env.PATH, HOME: process.env.HOME };
  const stdio = ['ignore', 'pipe', 'pipe'] satisfies StdioOptions;
  return watch(spawn(command!, [...first, ...args], { cwd, env, stdio }));
}

/** Collects what a child prints until it ends. */
export function watch(child: ChildProcess): Running {
  let stdout = '';
  let stderr = '';
  child.stdout!.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr!.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = once(child, 'close').then(([code]) => ({
    code: code as number | null,
    stdout,
    stderr,
  }));
  return { child, stdout: () => stdout, ended };
}

export const runProgram = (args: string[], cwd?: string): Promise<Ended> =>
  startProgram(args, cwd).ended;

/** Resolves with what was printed once it matches; rejects when the program ends before. */
export async function printed(running: Running, pattern: RegExp): Promise<RegExpExecArray> {
  for (;;) {
    const match = pattern.exec(running.stdout());
    if (match !== null) return match;
    const next = once(running.child.stdout!, 'data');
    const outcome = await Promise.race([next, running.ended]);
    if (!Array.isArray(outcome)) throw new Error(`ended with ${outcome.code}: ${outcome.stderr}`);
  }
}
