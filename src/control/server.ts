import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { AppError, toPlainError } from '../errors.ts';
import { socketPath } from './socket-path.ts';
import { type ControlContext, verbs } from './verbs.ts';

/** One line of JSON asks `{verb, args}`, one line answers `{value}` or `{error}`. */
export async function openControl(
  folder: string,
  context: ControlContext,
): Promise<{ close(): Promise<void> }> {
  rmSync(join(folder, 'control.sock'), { force: true });
  const { path, release } = socketPath(folder);
  const server = createServer((socket) => serve(socket, context));
  const listening = once(server, 'listening');
  server.listen(path);
  await listening;
  chmodSync(path, 0o600);
  return {
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      await closed;
      release();
    },
  };
}

function serve(socket: Socket, context: ControlContext): void {
  socket.on('error', () => socket.destroy());
  socket.setTimeout(10_000, () => socket.destroy());
  createInterface({ input: socket }).once('line', async (line) => {
    // A rebuild takes as long as it takes; who asked may leave.
    socket.setTimeout(0);
    socket.end(`${JSON.stringify(await answer(line, context))}\n`);
  });
}

async function answer(line: string, context: ControlContext): Promise<object> {
  try {
    const { verb, args } = JSON.parse(line) as { verb: string; args: unknown };
    const run = verbs[verb];
    if (run === undefined) throw new AppError('bad_request', `the appliance knows no verb ${verb}`);
    return { value: (await run(context, args)) ?? null };
  } catch (error) {
    return { error: toPlainError(error) };
  }
}
