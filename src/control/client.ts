import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Clock } from '../clock.ts';
import { ExitError, exitCode, fromPlainError, type PlainError } from '../errors.ts';
import { openStore } from '../store/store.ts';
import { socketPath } from './socket-path.ts';
import { verbs } from './verbs.ts';

/**
 * Runs a verb on a data folder: through the running appliance, else directly under its lock.
 * A folder that no appliance has made is refused, so that a typo makes no new one.
 */
export async function control<T>(
  folder: string,
  clock: Clock,
  verb: string,
  args: unknown,
): Promise<T> {
  if (!existsSync(join(folder, 'qualitypilot.db'))) {
    throw new ExitError(
      exitCode.failure,
      `${folder} holds no appliance; name its folder with --data.`,
    );
  }
  const answer = await ask(folder, JSON.stringify({ verb, args }));
  if (answer === null) return (await runAlone(folder, clock, verb, args)) as T;
  const { value, error } = JSON.parse(answer) as { value?: T; error?: PlainError };
  if (error !== undefined) throw fromPlainError(error);
  return value as T;
}

/** One question, one answer; null when nobody listens. */
async function ask(folder: string, line: string): Promise<string | null> {
  const { path, release } = socketPath(folder);
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    socket.write(`${line}\n`);
    const [reply] = (await once(createInterface({ input: socket }), 'line')) as [string];
    return reply;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return null;
    throw error;
  } finally {
    socket.destroy();
    release();
  }
}

async function runAlone(
  folder: string,
  clock: Clock,
  verb: string,
  args: unknown,
): Promise<unknown> {
  const nowMs = clock.now();
  const { store } = await openStore({
    folder,
    nowMs,
    pid: process.pid,
    readers: 1,
    onFailure: () => {},
  });
  try {
    return await verbs[verb]!({ store, clock, authenticator: null, baseUrl: () => null }, args);
  } finally {
    await store.close();
  }
}
